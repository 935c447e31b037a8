"""Posts of other systems: mapped, captured once, recorded, signed; and what hostile ones meet."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models.functions import Now

from apps.core import lanes
from apps.feedback.models import Channel, Feedback, Identity
from apps.feedback.services import redact
from apps.integrations.hooks import deliveries, services
from apps.integrations.hooks.mapping import Mapping, Operator, check, load, moment_in
from apps.integrations.hooks.paths import leaves, value_at
from apps.integrations.hooks.presets import PRESETS
from apps.integrations.mail import forgetting
from apps.integrations.models import HookDelivery, InboundHook, Outcome

pytestmark = pytest.mark.django_db
SAMPLE = PRESETS["generic"].sample


def post(client, path: str, body: object, **headers: str):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        path, data, "application/json", headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


def test_a_post_becomes_feedback_and_again_is_a_repeat(client, hooked, product):
    hook, path = hooked()

    first, second = post(client, path, SAMPLE), post(client, path, dict(reversed(SAMPLE.items())))

    feedback = Feedback.objects.get()
    assert (first.status_code, first.json()) == (202, {"outcome": "captured", "id": feedback.pk})
    assert (second.status_code, second.json()) == (200, {"outcome": "repeated", "id": feedback.pk})
    assert (feedback.product, feedback.channel, feedback.text, feedback.rating) == (
        product,
        Channel.API,
        "The stage drifts after an hour.",
        2,
    )
    assert (feedback.customer.email, feedback.identity, feedback.external_id) == (
        "ada@example.org",
        Identity.CLAIMED,
        "F-17",
    )
    assert feedback.captured_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    hook.refresh_from_db()
    assert (hook.received_count, hook.captured_count) == (2, 1)
    assert list(HookDelivery.objects.values_list("outcome", "feedback")) == [
        (Outcome.REPEATED, feedback.pk),
        (Outcome.CAPTURED, feedback.pk),
    ]


def test_without_a_number_the_same_body_is_the_repeat(client, hooked):
    _, path = hooked()

    for body in ({"text": "One."}, {"text": "One."}, {"text": "Two."}):
        post(client, path, body)

    assert sorted(Feedback.objects.values_list("text", flat=True)) == ["One.", "Two."]


def test_the_same_number_of_two_systems_is_no_repeat(client, hooked):
    _, zendesk = hooked(preset="zendesk")
    _, freshdesk = hooked(preset="freshdesk")

    post(client, zendesk, PRESETS["zendesk"].sample)
    post(client, freshdesk, PRESETS["freshdesk"].sample)

    assert sorted(Feedback.objects.values_list("external_id", flat=True)) == ["freshdesk:4711", "zendesk:4711"]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_reads_its_own_sample(client, hooked, preset):
    _, path = hooked(preset=preset)

    answer = post(client, path, PRESETS[preset].sample)

    assert answer.status_code == 202, answer.json()
    feedback = Feedback.objects.get()
    assert "drifts" in feedback.text
    assert "<p>" not in feedback.text
    assert feedback.customer is not None
    assert feedback.captured_at.year == 2026


def test_a_trusted_system_verifies_its_customers(client, hooked):
    _, path = hooked(is_trusted=True)

    post(client, path, SAMPLE)

    assert Feedback.objects.get().identity == Identity.VERIFIED


def test_the_condition_leaves_out(client, hooked):
    _, path = hooked(preset="github")

    answer = post(client, path, {**PRESETS["github"].sample, "action": "closed"})

    assert (answer.status_code, answer.json()["outcome"]) == (200, "skipped")
    assert not Feedback.objects.exists()


def test_a_refused_post_is_kept_and_tried_again_by_a_better_mapping(client, hooked):
    hook, path = hooked()

    answer = post(client, path, {"message": {"body": "It drifts."}})
    assert (answer.status_code, answer.json()["outcome"]) == (422, "refused")
    services.set_mapping(hook=hook, mapping=Mapping(paths={"message.body": "text"}))
    delivery = HookDelivery.objects.get()

    assert deliveries.deliver_again(delivery=delivery).outcome == Outcome.CAPTURED
    assert deliveries.deliver_again(delivery=delivery) is None
    assert [one.text for one in Feedback.objects.all()] == ["It drifts."]


def test_a_form_is_read_as_well_as_json(client, hooked):
    _, path = hooked()
    _, github = hooked(preset="github")

    plain = client.post(path, "text=It+drifts.&rating=1", "application/x-www-form-urlencoded")
    payload = client.post(github, {"payload": json.dumps(PRESETS["github"].sample)}.__str__(), "text/plain")

    assert (plain.status_code, payload.status_code) == (202, 400)
    assert Feedback.objects.get().rating == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b"[" * 5_000 + b"]" * 5_000,
        b'{"a": "\\u0000"}',
    ],
)
def test_a_body_that_is_no_json_is_told_so(client, hooked, body):
    _, path = hooked()

    assert post(client, path, body).status_code == 400
    assert not HookDelivery.objects.exists()


@pytest.mark.parametrize("body", [[], "text", 17, None, {"text": {"a": 1}}, {"text": ["a", {"b": 1}]}, {"text": True}])
def test_a_body_of_another_shape_breaks_nothing(client, hooked, body):
    _, path = hooked()

    assert post(client, path, body).status_code in (202, 422)


def test_nothing_of_the_post_is_said_back(client, hooked):
    _, path = hooked()

    answer = post(client, path, {"text": "x", "email": "<script>alert(1)</script>", "rating": "<b>"})

    assert answer.status_code == 422
    assert b"<" not in answer.content
    assert answer.headers["Content-Type"] == "application/json"


def test_a_large_body_is_refused(client, hooked):
    _, path = hooked()

    assert post(client, path, {"text": "x" * 1_100_000}).status_code == 413


def test_an_address_that_is_off_renewed_or_never_was_answers_alike(client, hooked):
    hook, path = hooked()
    services.set_hook_on(hook=hook, is_on=False)
    off = post(client, path, SAMPLE)
    services.set_hook_on(hook=hook, is_on=True)
    fresh = services.renew_token(hook=hook)

    answers = [off, post(client, path, SAMPLE), post(client, "/hooks/nothing/", SAMPLE)]

    assert {(one.status_code, one.content) for one in answers} == {(404, off.content)}
    assert post(client, f"/hooks/{fresh}/", SAMPLE).status_code == 202
    assert client.get(path).status_code == 405
    assert InboundHook.objects.get().token_sha256 == hashlib.sha256(fresh.encode()).hexdigest()


def test_guesses_are_slowed(client, db):
    statuses = [client.post(f"/hooks/guess{n}/", b"{}", "application/json").status_code for n in range(70)]

    assert statuses[0] == 404
    assert statuses[-1] == 429


def test_posts_are_limited(client, hooked, settings):
    settings.HOOK_LIMIT = "2/h"
    _, path = hooked()

    assert [post(client, path, {"text": str(n)}).status_code for n in range(3)] == [202, 202, 429]


# --- signatures ----------------------------------------------------------------------------------------------------


def signed(body: bytes, *, secret: str = "k3y", extra: bytes = b"") -> bytes:
    return hmac.digest(secret.encode(), extra + body, "sha256")


def test_a_signed_webhook_takes_what_is_signed_alone(client, hooked):
    _, path = hooked(signature_header="X-Hub-Signature-256", signature_secret="k3y")
    body = json.dumps(SAMPLE).encode()
    good = ["sha256=" + signed(body).hex(), signed(body).hex().upper(), base64.b64encode(signed(body)).decode()]
    bad = ["", "sha256=", "sha1=" + signed(body).hex(), signed(body, secret="other").hex(), signed(body + b" ").hex()]

    assert [post(client, path, body, X_Hub_Signature_256=one).status_code for one in good] == [202, 200, 200]
    assert [post(client, path, body, X_Hub_Signature_256=one).status_code for one in bad] == [401] * 5
    assert post(client, path, body).status_code == 401


OLD = timedelta(minutes=11)


def zendesk_signs(body: bytes, when: str) -> dict[str, str]:
    return {
        "X_Zendesk_Webhook_Signature": base64.b64encode(signed(body, extra=when.encode())).decode(),
        "X_Zendesk_Webhook_Signature_Timestamp": when,
    }


def test_zendesk_signs_its_time_too(client, hooked):
    _, path = hooked(preset="zendesk", signature_header="X-Zendesk-Webhook-Signature", signature_secret="k3y")
    body, now = json.dumps(PRESETS["zendesk"].sample).encode(), datetime.now(tz=UTC)
    given = zendesk_signs(body, f"{now:%Y-%m-%dT%H:%M:%SZ}")

    assert post(client, path, body, **given).status_code == 202
    assert post(client, path, body, **{**given, "X_Zendesk_Webhook_Signature_Timestamp": "2027"}).status_code == 401


@pytest.mark.parametrize(
    "when",
    ["", "yesterday", "9" * 40, (datetime.now(tz=UTC) - OLD).isoformat()],
    ids=["none", "a word", "no time", "long past"],  # the same in every process of the tests
)
def test_a_post_that_was_kept_brings_nothing_back(client, hooked, when):
    _, path = hooked(preset="zendesk", signature_header="X-Zendesk-Webhook-Signature", signature_secret="k3y")
    body = json.dumps(PRESETS["zendesk"].sample).encode()

    assert post(client, path, body, **zendesk_signs(body, when)).status_code == 401
    assert not Feedback.objects.exists()


def test_hubspot_signs_method_address_and_time(client, hooked, settings):
    settings.PUBLIC_URL = "https://voices.example.org"
    _, path = hooked(preset="hubspot", signature_header="X-HubSpot-Signature-v3", signature_secret="k3y")
    body, now = json.dumps(PRESETS["hubspot"].sample).encode(), datetime.now(tz=UTC)

    def answer(when: str) -> int:
        all_of_it = b"POST" + f"https://voices.example.org{path}".encode() + body + when.encode()
        signature = base64.b64encode(hmac.digest(b"k3y", all_of_it, "sha256")).decode()
        given = {"X_HubSpot_Signature_v3": signature, "X_HubSpot_Request_Timestamp": when}
        return post(client, path, body, **given).status_code

    moments = [now, now - OLD, now + OLD]
    assert [answer(str(int(one.timestamp() * 1000))) for one in moments] == [202, 401, 401]
    assert [answer(when) for when in ("", "soon", "9" * 400)] == [401, 401, 401]


# --- what is kept --------------------------------------------------------------------------------------------------


def test_the_last_fifty_are_kept_and_bodies_for_a_week(client, hooked):
    hook, path = hooked()
    for number in range(53):
        post(client, path, {"text": f"Number {number}."})
    newest = HookDelivery.objects.latest("pk")
    HookDelivery.objects.exclude(pk=newest.pk).update(received_at=Now() - timedelta(days=8))

    forgetting.purge()

    assert HookDelivery.objects.filter(hook=hook).count() == 50
    assert [one.pk for one in HookDelivery.objects.filter(body__isnull=False)] == [newest.pk]
    assert Feedback.objects.count() == 53


def test_redacted_feedback_takes_its_post_along(client, hooked):
    _, path = hooked()
    redacted, kept = (post(client, path, {"text": text}).json()["id"] for text in ("One.", "Two."))

    redact([redacted])
    lanes.settle(queues=["integrations"])

    assert list(HookDelivery.objects.filter(body__isnull=False).values_list("feedback", flat=True)) == [kept]


# --- the mapping ---------------------------------------------------------------------------------------------------


def test_places_are_found_however_their_keys_are_written():
    body = {"a.b": {"c": [1, {"d": "x"}]}, "list": ["p", "q"], "flag": False, "none": None, "\\": 1}

    assert {leaf.path: leaf.value for leaf in leaves(body)} == {
        "a\\.b.c.0": "1",
        "a\\.b.c.1.d": "x",
        "list.0": "p",
        "list.1": "q",
        "flag": "false",
        "\\\\": "1",
    }
    assert all(value_at(body, leaf.path) == leaf.value for leaf in leaves(body))
    assert value_at(body, "list") == "p, q"
    assert [value_at(body, path) for path in ("", "no", "a.b", "list.9", "list.-1", "list.x", "none")] == [""] * 7


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        (Mapping(paths={"a": "nonsense"}), "paths"),
        (Mapping(paths={"a": "context."}), "paths"),
        (Mapping(paths={"a": "context.<b>"}), "paths"),
        (Mapping(paths={"a": "rating", "b": "rating"}), "paths"),
        (Mapping(paths={"a": "version"}, fixed={"version": "1"}), "paths"),
        (Mapping(scale="furlongs"), "scale"),
        (Mapping(operator=Operator.IS), "condition_path"),
    ],
)
def test_a_mapping_that_could_never_work_is_refused(mapping, field):
    with pytest.raises(ValidationError) as refused:
        check(mapping)

    assert list(refused.value.message_dict) == [field]


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2026-03-02T10:00:00Z", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("2026-03-02T10:00:00", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("1772445600", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("1772445600000", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("", None),
    ],
)
def test_times_in_the_usual_spellings(raw, moment):
    assert moment_in(raw) == moment


@pytest.mark.parametrize("raw", ["yesterday", "2026-13-45", "9" * 16, "1e9"])
def test_a_time_that_is_none_is_refused(raw):
    with pytest.raises(ValidationError):
        moment_in(raw)


def test_words_stand_in_the_order_in_which_they_were_mapped(client, hooked):
    hook, path = hooked()
    services.set_mapping(hook=hook, mapping=Mapping(paths={"the.longer": "text", "a": "text"}))

    post(client, path, {"a": "second", "the": {"longer": "first"}})

    assert Feedback.objects.get().text == "first\n\nsecond"


def test_a_mapping_of_another_release_is_read_as_far_as_it_is_known(hooked):
    hook, _ = hooked()

    assert load({**hook.mapping, "later": 1}) == PRESETS["generic"].mapping
