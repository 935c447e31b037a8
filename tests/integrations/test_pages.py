"""The pages of mail and webhooks in: whose they are, what they show, and that secrets are shown once or never."""

import re

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Product, Visibility
from apps.core.models import Change
from apps.feedback.models import Feedback
from apps.feedback.services import set_visibility
from apps.integrations.hooks import deliveries
from apps.integrations.mail import capturing
from apps.integrations.mail.polling import login_of
from apps.integrations.mail.receiving import receive
from apps.integrations.mailboxes import MailboxWishes, create_mailbox
from apps.integrations.models import HookDelivery, InboundHook, InboundMail, Mailbox, MailSource, OriginalMail
from tests.factories import ProductFactory, TeamFactory, UserFactory
from tests.integrations import letters

pytestmark = pytest.mark.django_db

SERVER = {"address": "feedback@example.com", "imap_host": "imap.example.com", "imap_user": "box"}


def arrived(mailbox: Mailbox, content: bytes) -> InboundMail:
    receive(mailbox=mailbox, content=content)
    while capturing.read_one():
        pass
    return InboundMail.objects.latest("pk")


def said(on: Product, **more: object) -> dict[str, object]:
    """What the form of a mailbox is sent."""
    plain = {
        "product": on.pk,
        "address": "Feedback@Example.com",
        "source": "imap",
        "imap_host": "imap.example.com",
        "imap_port": "993",
        "imap_security": "tls",
        "imap_user": "box",
        "imap_password": "pa55wort",
        "imap_folder": "INBOX",
    }
    return {**plain, **more}


def test_a_mailbox_is_made_and_its_password_never_shown(client, admin, product):
    client.force_login(admin)

    answer = client.post("/integrations/mailboxes/new/", said(product), follow=True)

    mailbox = Mailbox.objects.get()
    assert answer.redirect_chain == [(f"/integrations/mailboxes/{mailbox.pk}/", 302)]
    assert (mailbox.address, mailbox.product, mailbox.imap_host) == (
        "feedback@example.com",
        product,
        "imap.example.com",
    )
    pages = ["", f"mailboxes/{mailbox.pk}/", f"mailboxes/{mailbox.pk}/edit/"]
    assert not any(b"pa55wort" in client.get(f"/integrations/{page}").content for page in pages)
    assert b"pa55wort" not in answer.content
    changes = Change.objects.filter(kind="integrations.Mailbox")
    assert changes.count() == 1
    assert 'secret"' not in str(changes.get().after)
    assert mailbox.imap_secret not in str(changes.get().after)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "nobody"}, "address"),
        ({"imap_host": ""}, "imap_host"),
        ({"imap_host": "imap://x/y"}, "imap_host"),
        ({"imap_user": ""}, "imap_user"),
        ({"imap_password": ""}, "imap_password"),
        ({"source": "hook"}, "hook_sender"),
        ({"source": "hook", "hook_sender": "raw"}, "hook_secret"),
        ({"product": 0}, "product"),
    ],
)
def test_what_cannot_work_is_told_at_its_field_and_nothing_is_lost(client, admin, product, changes, field):
    client.force_login(admin)

    answer = client.post("/integrations/mailboxes/new/", said(product, **changes))

    assert (answer.status_code, field in answer.context["form"].errors) == (422, True)
    assert b"pa55wort" not in answer.content
    assert not Mailbox.objects.exists()


def test_only_who_administers_everything_names_a_variable(client, admin, product):
    client.force_login(admin)
    refused = client.post("/integrations/mailboxes/new/", said(product, imap_secret_variable="SECRET_KEY"))
    client.post("/integrations/mailboxes/new/", said(product, imap_password="", imap_secret_variable="MAIL_IN_OTHERS"))
    assert [mailbox.imap_secret_variable for mailbox in Mailbox.objects.all()] == [""]
    assert "imap_secret_variable" not in client.get("/integrations/mailboxes/new/").context["form"].fields
    Mailbox.objects.all().delete()
    client.force_login(UserFactory(is_superuser=True))

    wrong = client.post("/integrations/mailboxes/new/", said(product, imap_secret_variable="SECRET_KEY"))
    client.post("/integrations/mailboxes/new/", said(product, imap_password="", imap_secret_variable="MAIL_IN_OURS"))

    assert (refused.status_code, wrong.status_code) == (302, 422)
    assert "imap_secret_variable" in wrong.context["form"].errors
    assert [mailbox.imap_secret_variable for mailbox in Mailbox.objects.all()] == ["MAIL_IN_OURS"]


def test_a_variable_is_never_sent_to_another_server_by_a_teams_administrator(client, admin, product):
    mailbox = create_mailbox(MailboxWishes(**SERVER, product=product, imap_secret_variable="MAIL_IN_OURS"))[0]
    path = f"/integrations/mailboxes/{mailbox.pk}/edit/"
    client.force_login(admin)

    client.post(path, said(product, imap_password="", reads_old="on"))
    mailbox.refresh_from_db()
    assert mailbox.imap_secret_variable == "MAIL_IN_OURS"  # the same server
    moved = client.post(path, said(product, imap_password="", imap_host="evil.example"))
    mailbox.refresh_from_db()
    assert (moved.status_code, mailbox.imap_host) == (422, "imap.example.com")
    client.post(path, said(product, imap_host="evil.example"))

    mailbox.refresh_from_db()
    assert (mailbox.imap_host, mailbox.imap_secret_variable) == ("evil.example", "")
    assert login_of(mailbox).password == "pa55wort"


def test_a_mailbox_that_is_fetched_gets_no_address_for_posts(client, admin, mailbox):
    client.force_login(admin)

    answer = client.post(f"/integrations/mailboxes/{mailbox.pk}/do/", {"action": "token"})

    mailbox.refresh_from_db()
    assert (answer.status_code, mailbox.hook_token_sha256) == (409, None)


def test_an_address_is_one_mailbox(client, admin, product):
    client.force_login(admin)
    client.post("/integrations/mailboxes/new/", said(product))

    answer = client.post("/integrations/mailboxes/new/", said(product))

    assert answer.context["form"].errors["address"] == ["A mailbox has this address already."]


def test_nobody_sets_up_anything_for_another_teams_product(client, admin, product):
    foreign = ProductFactory(team=TeamFactory())
    client.force_login(admin)

    assert client.post("/integrations/mailboxes/new/", said(foreign)).status_code == 422
    assert client.post("/integrations/hooks/new/", {"product": foreign.pk, "name": "x"}).status_code == 422


def test_the_address_to_post_to_is_shown_once(client, admin, product, settings):
    settings.PUBLIC_URL = "https://voices.example.org"
    client.force_login(admin)

    answer = client.post(
        "/integrations/mailboxes/new/", said(product, source="hook", hook_sender="raw", hook_secret="s3cret")
    )

    mailbox = Mailbox.objects.get()
    url = answer.context["url"]
    assert url.startswith("https://voices.example.org/mail-in/")
    assert answer.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    path = url.removeprefix("https://voices.example.org")
    headers = {"Authorization": "Bearer s3cret"}
    assert client.post(path, letters.plain(), "message/rfc822", headers=headers).status_code == 200
    token = path.split("/")[2]
    assert token.encode() not in client.get(f"/integrations/mailboxes/{mailbox.pk}/").content
    assert token not in str(list(Mailbox.objects.values()))


def test_the_list_of_mail_tells_what_became_of_each(client, admin, mailbox, django_assert_num_queries):
    arrived(mailbox, letters.plain(subject="<b>Drift</b>"))
    arrived(mailbox, letters.plain(Auto_Submitted="auto-replied", subject="Away", message_id="<2@x>"))
    client.force_login(admin)
    path = f"/integrations/mailboxes/{mailbox.pk}/"
    client.get(path)

    with django_assert_num_queries(7):
        page = client.get(path).content.decode()

    assert "&lt;b&gt;Drift&lt;/b&gt;" in page
    assert "It is an automatic reply." in page
    assert f"/feedback/{Feedback.objects.get().pk}/" in page
    ignored = client.get(f"{path}?state=ignored").content.decode()
    assert ("Away" in ignored, "Drift" in ignored) == (True, False)
    arrived(mailbox, letters.BOUNCE)
    with django_assert_num_queries(7):
        client.get(path)


def test_a_page_shows_fifty_and_leads_to_the_rest(client, admin, mailbox):
    InboundMail.objects.bulk_create(
        InboundMail(mailbox=mailbox, key=str(number), subject=f"Mail {number}.", size_bytes=1) for number in range(52)
    )
    client.force_login(admin)

    first = client.get(f"/integrations/mailboxes/{mailbox.pk}/")
    second = client.get(f"/integrations/mailboxes/{mailbox.pk}/{first.context['older_url']}")

    assert [len(one.context["mail"]) for one in (first, second)] == [50, 2]
    assert client.get(f"/integrations/mailboxes/{mailbox.pk}/?before=x&state=%00").status_code == 400


def test_one_mail_with_its_words_its_head_and_its_original(client, admin, mailbox):
    mail = arrived(mailbox, letters.plain("It drifts.<script>\n\n-- \nAda"))
    client.force_login(admin)

    page = client.get(f"/integrations/mail/{mail.pk}/").content.decode()
    original = client.get(f"/integrations/mail/{mail.pk}/original.eml")

    assert "It drifts.&lt;script&gt;" in page
    assert "Message-ID: &lt;one@example.org&gt;" in page
    assert original.content == letters.plain("It drifts.<script>\n\n-- \nAda")
    assert original.headers["Content-Disposition"] == f'attachment; filename="mail-{mail.pk}.eml"'
    assert original.headers["Content-Type"] == "message/rfc822"
    OriginalMail.objects.all().delete()
    assert client.get(f"/integrations/mail/{mail.pk}/original.eml").status_code == 404
    assert "is not kept any more" in client.get(f"/integrations/mail/{mail.pk}/").content.decode()


def test_mail_whose_feedback_went_to_another_team_is_closed(client, admin, mailbox):
    mail = arrived(mailbox, letters.plain(subject="Zebra"))
    Feedback.objects.update(product=ProductFactory(team=TeamFactory()))
    set_visibility([mail.feedback_id], Visibility.TEAM)
    client.force_login(admin)

    assert "Zebra" not in client.get(f"/integrations/mailboxes/{mailbox.pk}/").content.decode()
    for path in ("", "original.eml"):
        assert client.get(f"/integrations/mail/{mail.pk}/{path}").status_code == 404
    assert client.post(f"/integrations/mail/{mail.pk}/replay/").status_code == 404


def test_mail_is_taken_after_all_by_a_click(client, admin, mailbox):
    mail = arrived(mailbox, letters.plain(Auto_Submitted="auto-replied"))
    client.force_login(admin)
    assert b"Take it after all" in client.get(f"/integrations/mail/{mail.pk}/").content

    client.post(f"/integrations/mail/{mail.pk}/replay/")
    capturing.read_one()

    assert Feedback.objects.count() == 1
    again = client.post(f"/integrations/mail/{mail.pk}/replay/", follow=True)
    assert b"It cannot be taken" in again.content


def test_the_connection_is_tried_and_told(client, admin, server, mailbox):
    server.put(letters.plain())
    client.force_login(admin)
    path = f"/integrations/mailboxes/{mailbox.pk}/do/"

    good = client.post(path, {"action": "test"}, follow=True)
    server.state.password = "changed"
    bad = client.post(path, {"action": "test"}, follow=True)

    assert b"It works: 1 mail is there." in good.content
    assert b"refused user name or password" in bad.content
    assert client.post(path, {"action": "explode"}).status_code == 400


def test_a_mailbox_is_switched_off_on_and_deleted_while_it_is_empty(client, admin, mailbox):
    client.force_login(admin)
    path = f"/integrations/mailboxes/{mailbox.pk}/do/"

    for action, is_on in (("off", False), ("off", False), ("on", True)):
        client.post(path, {"action": action})
        assert Mailbox.objects.get().is_on is is_on
    client.post(path, {"action": "poll"})
    answer = client.post(path, {"action": "delete"}, follow=True)

    assert answer.status_code == 200
    assert not Mailbox.objects.exists()


def test_a_mailbox_with_mail_is_not_deleted(client, admin, mailbox):
    arrived(mailbox, letters.plain())
    client.force_login(admin)

    assert client.post(f"/integrations/mailboxes/{mailbox.pk}/do/", {"action": "delete"}).status_code == 409
    assert Mailbox.objects.exists()


# --- webhooks ------------------------------------------------------------------------------------------------------


def test_a_webhook_is_made_mapped_previewed_and_saved(client, admin, product):
    client.force_login(admin)
    url = client.post(
        "/integrations/hooks/new/",
        {
            "product": product.pk,
            "name": "CRM",
            "preset": "generic",
            "signature_algorithm": "sha256",
        },
    ).context["url"]
    hook = InboundHook.objects.get()
    path = "/hooks/" + url.rpartition("/hooks/")[2]
    assert (
        client.post(
            path, {"said": {"what": "It <i>drifts</i>."}, "stars": 9, "room": "cold"}, "application/json"
        ).status_code
        == 422
    )
    mapping = f"/integrations/hooks/{hook.pk}/mapping/"
    page = client.get(mapping).content.decode()
    assert "said.what" in page
    assert "It &lt;i&gt;drifts&lt;/i&gt;." in page
    sent = {
        "path-0": "said.what",
        "field-0": "text",
        "path-1": "stars",
        "field-1": "rating",
        "path-2": "room",
        "field-2": "context",
        "name-2": "room",
        "scale": "ten",
        "external_prefix": "crm:",
        "operator": "",
    }

    preview = client.post(mapping, {**sent, "do": "preview"})
    assert ("Rating", "5") in preview.context["preview"]
    assert ("room", "cold") in preview.context["preview"]
    assert not Feedback.objects.exists()
    client.post(mapping, {**sent, "do": "save"})
    retried = client.post(
        f"/integrations/hooks/{hook.pk}/deliveries/{HookDelivery.objects.get().pk}/retry/", follow=True
    )

    assert b"It is feedback now." in retried.content
    feedback = Feedback.objects.get()
    assert (feedback.text, feedback.rating, feedback.context) == ("It <i>drifts</i>.", 5, {"room": "cold"})
    assert b"room" in client.get(mapping).content


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"scale": "five"}, "Rating: Give a whole number from 1 to 5."),
        ({"field-2": "context", "name-2": "<x>"}, "is no field"),
        ({"field-2": "rating"}, "“Rating” is mapped twice"),
        ({"operator": "is"}, "Say of which place."),
        ({"field-0": ""}, "Write what happened."),
    ],
)
def test_a_mapping_that_does_not_work_is_told(client, admin, hooked, changes, told):
    hook, _ = hooked()
    deliveries.deliver(hook=hook, body={"said": "It drifts.", "stars": 9, "room": "cold"})
    client.force_login(admin)
    sent = {
        "path-0": "said",
        "field-0": "text",
        "path-1": "stars",
        "field-1": "rating",
        "path-2": "room",
        "field-2": "",
        "scale": "ten",
        "operator": "",
        "do": "preview",
    }

    answer = client.post(f"/integrations/hooks/{hook.pk}/mapping/", {**sent, **changes})

    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_what_a_new_webhook_guesses_gives_way_to_what_the_sample_has(client, admin, hooked):
    hook, _ = hooked()
    deliveries.deliver(hook=hook, body={"ticket": {"body": "It drifts.", "made": "2026-11-20T10:00:00Z"}})
    client.force_login(admin)
    mapping = f"/integrations/hooks/{hook.pk}/mapping/"
    html = client.get(mapping).content.decode()
    sent = dict(re.findall(r'name="(path-\d+)" value="([^"]+)"', html))
    sent |= {f"field-{row.number}": row.field for row in client.get(mapping).context["rows"]}
    places = {path: name.removeprefix("path-") for name, path in sent.items()}
    sent |= {f"field-{places['ticket.body']}": "text", f"field-{places['ticket.made']}": "captured_at"}

    client.post(mapping, {**sent, "scale": "five", "operator": "", "do": "save"})

    hook.refresh_from_db()
    assert [path for path, name in hook.mapping["paths"] if name == "captured_at"] == ["ticket.made"]
    assert ["rating", "rating"] in hook.mapping["paths"]  # what the sample says nothing of stays


def test_making_a_webhook_again_makes_no_second_one(client, admin, product):
    client.force_login(admin)
    sent = {"product": product.pk, "name": "Help desk", "preset": "generic", "signature_algorithm": "sha256"}

    first, again = (client.post("/integrations/hooks/new/", sent) for _ in range(2))

    assert (first.status_code, again.status_code, InboundHook.objects.count()) == (200, 422, 1)
    assert "name" in again.context["form"].errors


def test_a_mailbox_that_is_posted_to_says_how(client, admin, product):
    client.force_login(admin)
    client.post("/integrations/mailboxes/new/", said(product, source="hook", hook_sender="raw", hook_secret="s3cret"))

    html = client.get(f"/integrations/mailboxes/{Mailbox.objects.get().pk}/").content.decode()

    assert "Authorization: Bearer" in html
    assert "s3cret" not in html


def test_a_webhooks_page_and_its_switches(client, admin, hooked, django_assert_num_queries):
    hook, _ = hooked(signature_header="X-Signature", signature_secret="k3ysecret")
    deliveries.deliver(hook=hook, body={"text": "One."})
    client.force_login(admin)
    path = f"/integrations/hooks/{hook.pk}/"
    client.get(path)
    with django_assert_num_queries(7):
        page = client.get(path).content.decode()
    deliveries.deliver(hook=hook, body={"text": "Two."})
    deliveries.deliver(hook=hook, body={})
    with django_assert_num_queries(7):
        client.get(path)

    assert f"/feedback/{Feedback.objects.get(text='One.').pk}/" in page
    assert "k3ysecret" not in page + client.get(f"{path}edit/").content.decode()
    data = {
        "product": hook.product_id,
        "name": "New name",
        "signature_header": "X-Signature",
        "signature_algorithm": "sha1",
    }
    assert client.post(f"{path}edit/", data).status_code == 302
    client.post(f"{path}do/", {"action": "off"})
    hook.refresh_from_db()
    assert (hook.name, hook.signature_algorithm, bool(hook.signature_secret), hook.is_on) == (
        "New name",
        "sha1",
        True,
        False,
    )
    assert "/hooks/" in client.post(f"{path}do/", {"action": "token"}).context["url"]
    client.post(f"{path}do/", {"action": "delete"})
    assert not InboundHook.objects.exists()
    assert Feedback.objects.count() == 2


def test_what_is_on_the_overview_is_of_ones_own_teams(client, admin, mailbox, hooked):
    hooked(name="Own hook")
    hooked(name="Foreign hook", product=ProductFactory(team=TeamFactory()))
    client.force_login(admin)

    page = client.get("/integrations/").content.decode()

    assert ("feedback@example.com" in page, "Own hook" in page, "Foreign hook" in page) == (True, True, False)
    client.force_login(UserFactory(role=Role.ANALYST, team=mailbox.product.team))
    assert client.get("/integrations/").status_code == 403


def test_empty_pages_say_what_to_do(client, admin, product, posted):
    client.force_login(admin)
    assert b"No mailbox yet" in client.get("/integrations/").content
    mailbox, _ = posted(source=MailSource.HOOK)

    assert b"No mail yet" in client.get(f"/integrations/mailboxes/{mailbox.pk}/").content
