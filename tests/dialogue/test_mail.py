import pytest
from django.core.mail import BadHeaderError, EmailMessage, EmailMultiAlternatives, get_connection, send_mail

from apps.accounts.models import Role
from apps.dialogue.models import Mail
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db

PAYLOAD = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.fixture(autouse=True)
def _backend(settings):
    settings.EMAIL_BACKEND = "apps.dialogue.mail_backend.MailQueueBackend"


@pytest.fixture
def administrator(client):
    user = AdministratorFactory()
    client.force_login(user)
    return user


def make_mail(**fields):
    fields = {"subject": "Hello", "body": "Text", **fields}
    return Mail.objects.create(**{"sender": "us@example.com", "recipients": ["a@example.com"], **fields})


# --- backend ------------------------------------------------------------------------------------------------


def test_mail_is_kept_instead_of_sent(settings):
    settings.DEFAULT_FROM_EMAIL = "us@example.com"

    sent = send_mail("Hello", "The text\n", None, ["a@example.com", "b@example.com"])

    assert sent == 1
    assert list(Mail.objects.values_list("sender", "recipients", "subject", "body")) == [
        ("us@example.com", ["a@example.com", "b@example.com"], "Hello", "The text\n")
    ]


def test_every_recipient_is_kept_and_html_is_not():
    copies = {"cc": ["b@x.org"], "bcc": ["c@x.org"]}
    message = EmailMultiAlternatives("S", "text", "us@example.com", ["a@x.org"], **copies)
    message.attach_alternative("<b>html</b>", "text/html")

    message.send()

    row = Mail.objects.get()
    assert (row.recipients, row.body) == (["a@x.org", "b@x.org", "c@x.org"], "text")


def test_many_messages_are_one_query(django_assert_num_queries):
    messages = [EmailMessage("S", "text", "us@example.com", [f"{n}@x.org"]) for n in range(20)]

    with django_assert_num_queries(1):
        assert get_connection().send_messages(messages) == 20


def test_a_message_to_nobody_is_not_kept():
    EmailMessage("S", "text", "us@example.com", []).send()

    assert Mail.objects.count() == 0


@pytest.mark.parametrize("subject", ["Hi\r\nBcc: all@example.com", "Hi\nX: y"])
def test_line_breaks_in_headers_are_refused(subject):
    with pytest.raises(BadHeaderError):
        EmailMessage(subject, "text", "us@example.com", ["a@example.com"]).send()

    assert Mail.objects.count() == 0


def test_a_long_subject_is_cut_to_what_mail_allows():
    EmailMessage("s" * 1_500, "text", "us@example.com", ["a@example.com"]).send()

    assert len(Mail.objects.get().subject) == 998


# --- pages --------------------------------------------------------------------------------------------------


def test_who_may_read_mail(client):
    mail = make_mail()
    AdministratorFactory()
    actors = {
        "stranger": None,
        "disabled": AdministratorFactory(is_active=False),
        "teamless": UserFactory(),
        **{role.value: UserFactory(role=role) for role in Role},
        "installation": AdministratorFactory(),
    }
    got = {}

    for name, user in actors.items():
        client.logout()
        if user:
            client.force_login(user)
        got[name] = [client.get(url).status_code for url in ("/mail/", f"/mail/{mail.pk}/", "/mail/999999/")]

    assert got == {
        "stranger": [302, 302, 302],
        "disabled": [302, 302, 302],
        "teamless": [403, 403, 403],
        "scientist": [403, 403, 403],
        "analyst": [403, 403, 403],
        "manager": [403, 403, 403],
        "administrator": [403, 403, 403],  # of a team: the page shows everybody's password links
        "installation": [200, 200, 404],
    }


@pytest.mark.parametrize(("rows", "queries"), [(0, 5), (1, 6), (3, 6)])
def test_the_list_has_a_fixed_number_of_queries(client, administrator, rows, queries, django_assert_num_queries):
    for number in range(rows):
        make_mail(subject=f"Subject {number}")

    with django_assert_num_queries(queries):
        answer = client.get("/mail/")

    subjects = [mail.subject for mail in answer.context["page"]]
    assert subjects == [f"Subject {n}" for n in reversed(range(rows))]


def test_one_mail_is_shown_as_text(client, administrator):
    everywhere = {"subject": PAYLOAD, "recipients": [PAYLOAD], "sender": PAYLOAD}
    mail = make_mail(body=PAYLOAD + "\n\nhttps://example.com/x", **everywhere)

    for url in ("/mail/", f"/mail/{mail.pk}/"):
        answer = client.get(url)
        body = answer.content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert 'href="https://example.com' not in body
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("page", ["2", "0", "-1", "x", "99999999999999999999999", ""])
def test_odd_page_numbers_do_no_harm(client, administrator, page):
    make_mail()

    assert client.get("/mail/", {"page": page}).status_code == 200


def test_long_lists_are_paged(client, administrator):
    Mail.objects.bulk_create(
        Mail(sender="us@x.org", recipients=["a@x.org"], subject=str(n), body="") for n in range(51)
    )

    first, second = client.get("/mail/"), client.get("/mail/?page=2")

    assert [len(answer.context["page"].object_list) for answer in (first, second)] == [50, 1]
    assert b'href="?page=2"' in first.content


@pytest.mark.parametrize("mail_id", [0, 2**63 - 1, 2**63, 10**20])
def test_ids_nobody_has_are_not_found(client, administrator, mail_id):
    assert client.get(f"/mail/{mail_id}/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_mail_is_only_read(client, administrator, method):
    mail = make_mail()

    assert [getattr(client, method)(url).status_code for url in ("/mail/", f"/mail/{mail.pk}/")] == [405, 405]
