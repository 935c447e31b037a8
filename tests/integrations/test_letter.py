"""Mail taken apart: broken, large, nested, forged; and who a mail is proven to be from."""

# ruff: noqa: RUF001 (mail as it is written)

import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.integrations.mail.authentication import proof_of
from apps.integrations.mail.letter import TooComplexError, read_head, read_letter
from apps.integrations.mail.verdicts import why_not
from apps.integrations.models import Why
from tests.integrations import letters

OWN = frozenset({"feedback@example.com", "noreply@example.com"})


def test_a_plain_mail():
    letter = read_letter(letters.plain(References="<a@x> <b@x>", In_Reply_To="<b@x>"))

    assert letter.sender == ("Ada Lovelace", "ada@example.org")
    assert (letter.subject, letter.message_id) == ("Stage drifts", "one@example.org")
    assert letter.references == ("b@x", "a@x")
    assert letter.sent_at.isoformat() == "2026-03-02T09:58:00+00:00"
    assert letter.text == "The stage drifts after an hour."


def test_of_alternatives_the_plain_words_are_taken_and_files_are_files():
    letter = read_letter(letters.with_files(("log.txt", "text/plain", b"12 34"), text="Plain.", html="<p>Rich.</p>"))

    assert letter.text == "Plain."
    assert [(file.name, file.content_type, file.content) for file in letter.files] == [
        ("log.txt", "text/plain", b"12 34")
    ]


def test_html_alone_is_read_as_text():
    letter = read_letter(
        b"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n<p>It <b>drifts</b>.<script>x</script>"
    )

    assert letter.text == "It drifts."


def test_a_mail_forwarded_as_a_file_tells_its_words():
    inner = EmailMessage()
    inner["Subject"] = "Inner"
    inner.set_content("It drifts.")
    outer = EmailMessage()
    outer["From"] = "bob@example.org"
    outer.set_content("")
    outer.add_attachment(inner)

    letter = read_letter(outer.as_bytes())

    assert letter.text == "It drifts."
    assert [file.content_type for file in letter.files] == ["message/rfc822"]


@pytest.mark.parametrize(
    ("charset", "body", "words"),
    [
        ("utf-8", "Größe".encode(), "Größe"),
        ("iso-8859-1", "Größe – €".encode("cp1252"), "Größe – €"),  # as Windows lies
        ("us-ascii", "Größe".encode(), "Größe"),
        ("us-ascii", "Größe".encode("cp1252"), "Größe"),
        ("utf-8", "Größe".encode("cp1252"), "Größe"),
        ("x-unknown-17", "Größe".encode(), "Größe"),
        ("koi8-r", "Дрейф".encode("koi8-r"), "Дрейф"),
        ("iso-2022-jp", "ドリフト".encode("iso-2022-jp"), "ドリフト"),
        ("gb2312", "漂移".encode("gb18030"), "漂移"),
        ("rot13", b"Drift", "Drift"),
        ("unicode_escape", b"\\u0041", "\\u0041"),
        ("zip", b"Drift", "Drift"),
        ("utf-8", b"a\0b", "ab"),
    ],
)
def test_whatever_a_charset_says_there_are_words(charset, body, words):
    head = f"From: a@b.example\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n"

    assert read_letter(head.encode() + body).text == words


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        (b"Subject: =?iso-8859-1?q?Gr=F6=DFe?= and more", "Größe and more"),
        ("Subject: Größe".encode(), "Größe"),
        ("Subject: Größe".encode("cp1252"), "Größe"),
        (b"Subject: =?nonsense?b?!!!?=", None),
        (b"Subject: =?utf-8?b?AA==?=x", "x"),
        (b"Subject: =?utf-8?q?a=0D=0ABcc:=20x?=", "a Bcc: x"),
        (b"Subject: a\n folded", "a folded"),
        (b"Subject: Re: =?utf-8?b?R3LDtsM=?= =?utf-8?b?n2U=?= =?utf-8?q?!?= ok", "Re: Größe! ok"),
    ],
)
def test_a_subject_is_one_line_of_words(header, words):
    subject = read_letter(header + b"\nFrom: a@b.example\n\nx").subject

    assert words is None or subject == words
    assert "\0" not in subject
    assert "\n" not in subject


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("From: Ada <ADA@Example.org>", "ada@example.org"),
        ("From: Lovelace, Ada <ada@example.org>", "ada@example.org"),
        ('From: "ceo@victim.example" <evil@example.net>', "evil@example.net"),
        ("From: ", ""),
        ("From: undisclosed-recipients:;", ""),
        ("X: y", ""),
    ],
)
def test_who_a_mail_says_it_is_from(header, address):
    assert read_letter(header.encode() + b"\n\nx").sender.email == address


def test_hostile_mail_ends_soon_and_tells_why():
    parts = b"--b\nContent-Type: text/plain\n\nx\n" * 1_000
    many = b'Content-Type: multipart/mixed; boundary="b"\n\n' + parts + b"--b--\n"
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(45))
    nested = b"Content-Type: message/rfc822\n\n" * 100

    for content in (many, deep, nested):
        start = time.process_time()
        with pytest.raises(TooComplexError):
            read_letter(content)
        assert time.process_time() - start < 2


@pytest.mark.parametrize("word", [b"=?a?q?x", b"=?utf-8?b?x", b"=?a?q?x?= ", b"(", b"a", b"<a@b", b'"\\'])
def test_headers_made_to_take_long_end_soon(word):
    values = (b"X: ", b"From: ", b"To: ", b"References: ")
    head = b"".join(name + (word * 10_000)[:9_990] + b"\n" for name in values for _number in range(120))
    start = time.process_time()

    read_letter(head + b"\nThe stage drifts.")

    assert time.process_time() - start < 4


def test_thirty_megabytes_are_read_within_seconds():
    line = b"The quick brown fox jumps over the lazy dog and again the stage drifts.\n"
    start = time.process_time()

    letter = read_letter(b"From: a@b.example\n\n" + line * (30_000_000 // len(line)))

    assert len(letter.text) <= 100_000
    assert time.process_time() - start < 15


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_the_reader(noise):
    head = b"From: a@b.example\nSubject: "
    for content in (noise, head + noise, head + b"x\nContent-Type: multipart/mixed; boundary=" + noise):
        read_head(content)
        try:
            letter = read_letter(content)
        except TooComplexError:
            continue
        assert "\0" not in letter.text + letter.subject


# --- machines ------------------------------------------------------------------------------------------------------

MACHINES = {
    "bounce": (letters.BOUNCE, None, Why.BOUNCE),
    "bounce of a robot": (letters.plain(sender="postmaster@example.org"), None, Why.BOUNCE),
    "failed recipients": (letters.plain(X_Failed_Recipients="x@y.example"), None, Why.BOUNCE),
    "vacation": (letters.plain(Auto_Submitted="auto-replied"), None, Why.AUTO_REPLY),
    "vacation, exchange": (letters.plain(X_Auto_Response_Suppress="All"), None, Why.AUTO_REPLY),
    "vacation, old": (letters.plain(X_Autoreply="yes"), None, Why.AUTO_REPLY),
    "vacation, subject": (letters.plain(subject="Automatische Antwort: Stage"), None, Why.AUTO_REPLY),
    "vacation, office": (letters.plain(subject="Out of Office: Stage"), None, Why.AUTO_REPLY),
    "precedence": (letters.plain(Precedence="auto_reply"), None, Why.AUTO_REPLY),
    "empty return path": (letters.plain(Return_Path="<>"), None, Why.AUTO_REPLY),
    "empty envelope": (letters.plain(), "", Why.AUTO_REPLY),
    "list": (letters.plain(List_Id="<users.example.org>"), None, Why.MAILING_LIST),
    "newsletter": (letters.plain(List_Unsubscribe="<https://example.org/u>"), None, Why.MAILING_LIST),
    "bulk": (letters.plain(Precedence="bulk"), None, Why.MAILING_LIST),
    "our own address": (letters.plain(sender="feedback@example.com"), None, Why.OWN),
    "our own mail": (letters.plain(message_id="<mail.17@example.com>"), None, Why.OWN),
    "invitation answered": (letters.INVITATION_ANSWER, None, Why.CALENDAR),
}
PEOPLE = {
    "plain": letters.plain(),
    "said no": letters.plain(Auto_Submitted="no"),
    "our address is a group": letters.plain(List_Id="Feedback <feedback.example.com>", Precedence="list"),
    "words about offices": letters.plain(subject="The out of office lights flicker"),
    "read receipts off": letters.plain(X_Auto_Response_Suppress="DR, RN, NRN"),
}


@pytest.mark.parametrize("name", MACHINES)
def test_what_a_machine_sent_is_told_from(name):
    content, envelope_sender, why = MACHINES[name]

    assert why_not(read_letter(content), envelope_sender=envelope_sender, own=OWN) == why


@pytest.mark.parametrize("name", PEOPLE)
def test_what_a_person_wrote_is_taken(name):
    assert why_not(read_letter(PEOPLE[name]), envelope_sender="ada@example.org", own=OWN) is None


# --- proof ---------------------------------------------------------------------------------------------------------

PROVEN = [
    "mx.example.com; dkim=pass header.d=example.org",
    "mx.example.com; dkim=pass header.i=@example.org",
    "mx.example.com; spf=pass smtp.mailfrom=bounce@example.org",
    "mx.example.com 1; dmarc=pass (p=reject) header.from=example.org",
    "MX.example.com; spf=fail smtp.mailfrom=x.example; dkim=pass (2048-bit key) header.d=EXAMPLE.org",
]
UNPROVEN = [
    "",
    "mx.evil.example; dkim=pass header.d=example.org",
    "mx.example.com; dkim=fail header.d=example.org",
    "mx.example.com; dkim=pass header.d=evil.example",
    "mx.example.com; dkim=pass header.d=org",
    "mx.example.com; dkim=pass header.d=mail.example.org",  # a part of it may be anybody's
    "mx.example.com; dkim=pass header.d=notexample.org",
    "mx.example.com; dkim=pass header.d=ample.org",  # its end alone
    "mx.example.com; spf=pass smtp.mailfrom=bounce@evil.example",
    "mx.example.com; dmarc=pass header.from=evil.example",
    "mx.example.com; spf=pass smtp.mailfrom=evil.example (; dkim=pass header.d=example.org)",
    'mx.example.com; spf=pass smtp.mailfrom="x; dkim=pass header.d=example.org"',
    "mx.example.com; none",
    "mx.example.com; dkim=pass header.d=evil.example header.i=@example.org",
]


@pytest.mark.parametrize("results", PROVEN)
def test_a_mail_is_proven_by_the_server_that_is_trusted(results):
    letter = read_letter(letters.plain(Authentication_Results=results))

    assert proof_of(letter, trusted_server="mx.example.com").endswith("example.org")
    assert proof_of(letter, trusted_server="") == ""


@pytest.mark.parametrize("results", UNPROVEN)
def test_a_mail_is_not_proven(results):
    letter = read_letter(letters.plain(Authentication_Results=results))

    assert proof_of(letter, trusted_server="mx.example.com") == ""


def test_only_the_first_results_of_the_server_count_and_only_one_sender():
    ours, forged = b"mx.example.com; dkim=fail header.d=example.org", letters.GENUINE.encode()
    two = b"Authentication-Results: " + ours + b"\nAuthentication-Results: " + forged + b"\n" + letters.plain()
    pair = letters.plain(sender="ada@example.org, evil@evil.example", Authentication_Results=letters.GENUINE)
    twice = b"From: evil@evil.example\n" + letters.plain(Authentication_Results=letters.GENUINE)

    assert [proof_of(read_letter(one), trusted_server="mx.example.com") for one in (two, pair, twice)] == ["", "", ""]


def test_a_part_of_the_domain_that_signed_is_aligned():
    letter = read_letter(
        letters.plain(
            sender="ada@mail.example.org", Authentication_Results="mx.example.com; dkim=pass header.d=example.org"
        )
    )

    assert proof_of(letter, trusted_server="mx.example.com") == "DKIM mail.example.org"
