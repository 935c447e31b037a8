"""What is folded away of mails as programs write them, in several languages, and what is not."""

# ruff: noqa: E501 (mail as it is written)

import time

import pytest

from apps.integrations.mail.html_text import text_of_html
from apps.integrations.mail.quoting import fold
from tests.integrations import letters

WORDS = "It still drifts.\n\nAfter an hour it is off by:\n  - one micrometre\n  - two on Mondays"
QUOTE = "> What did you see?\n> And when?"
HISTORY = {
    "gmail, english": f"On Mon, Mar 2, 2026 at 9:00 AM Support <feedback@example.com> wrote:\n\n{QUOTE}",
    "gmail, wrapped": f"On Mon, Mar 2, 2026 at 9:00 AM Support team of the instruments\n<feedback@example.com> wrote:\n\n{QUOTE}",
    "gmail, german": f"Am Mo., 2. März 2026 um 09:00 Uhr schrieb Support <\nfeedback@example.com>:\n\n{QUOTE}",
    "apple, german": f"> Am 02.03.2026 um 09:00 schrieb Support <feedback@example.com>:\n> \n{QUOTE}",
    "thunderbird, german": f"Am 02.03.26 um 09:00 schrieb Support:\n{QUOTE}",
    "apple, french": f"Le 2 mars 2026 à 09:00, Support <feedback@example.com> a écrit :\n\n{QUOTE}",
    "spanish": f"El lun, 2 mar 2026 a las 9:00, Support (<feedback@example.com>) escribió:\n\n{QUOTE}",
    "italian": f"Il giorno lun 2 mar 2026 alle ore 09:00 Support <feedback@example.com> ha scritto:\n\n{QUOTE}",
    "dutch": f"Op ma 2 mrt 2026 om 09:00 schreef Support <feedback@example.com>:\n\n{QUOTE}",
    "polish": f"pon., 2 mar 2026 o 09:00 Support <feedback@example.com> napisał(a):\n\n{QUOTE}",
    "japanese": f"2026年3月2日(月) 9:00 Support <feedback@example.com>:\n\n{QUOTE}",
    "outlook, english": "From: Support <feedback@example.com>\nSent: Monday, March 2, 2026 9:00 AM\nTo: Ada\nSubject: Hi\n\nWhat?",
    "outlook, german": "Von: Support <feedback@example.com>\nGesendet: Montag, 2. März 2026 09:00\nAn: Ada\nBetreff: Hi\n\nWas?",
    "outlook, bold": "*From:* Support <feedback@example.com>\n*Sent:* Monday\n*To:* Ada\n*Subject:* Hi\n\nWhat?",
    "outlook, line": "________________________________\nFrom: Support\nSent: Monday\nTo: Ada\nSubject: Hi\n\nWhat?",
    "outlook, old": "-----Original Message-----\nFrom: Support\nWhat?",
    "outlook, old german": "-----Ursprüngliche Nachricht-----\nVon: Support\nWas?",
    "quotation alone": QUOTE,
}


@pytest.mark.parametrize("name", HISTORY)
def test_earlier_mail_is_folded_and_the_words_stay_as_they_are(name):
    folded = fold(f"{WORDS}\n\n{HISTORY[name]}\n", subject="Re: Hi")

    assert folded.words == WORDS
    assert HISTORY[name].splitlines()[0] in folded.folded


SIGNATURES = [
    "-- \nAda Lovelace\nExample Labs",
    "--\nAda",
    "Best regards,\nAda Lovelace\nExample Labs\n+44 20 1234",
    "Kind regards\n\nAda",
    "Mit freundlichen Grüßen\nAda Lovelace",
    "Viele Grüße,\nAda",
    "Cordialement,\nAda",
    "Met vriendelijke groet,\nAda",
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_is_cut(signature):
    folded = fold(f"{WORDS}\n\n{signature}")

    assert (folded.words, folded.folded) == (WORDS, signature.replace(" \n", "\n"))


def test_below_the_signature_there_may_be_history_too():
    folded = fold(f"{WORDS}\n\nBest,\nAda\n\n{HISTORY['gmail, english']}")

    assert folded.words == WORDS


KEPT = [
    "Thanks\nfor nothing: the stage drifts, the laser is dead, and nobody has answered me for a whole week now. What shall we do about that, please?",
    "I wrote:\nplease mend it.",
    "From: the left side it looks fine\nbut from the right it does not.",
    "On Monday it drifted, and what I wrote in the log was: nothing at all",
    "My answers:\n> What did you see?\nA drift.\n> And when?\nOn Monday.",
    "a\n---\nb",
    "> only a quotation",
]


@pytest.mark.parametrize("text", KEPT)
def test_words_that_look_like_more_are_kept(text):
    assert fold(text).words == text


FORWARDS = [
    (
        "Fwd: Stage",
        "FYI\n\n---------- Forwarded message ---------\nFrom: Ada\nDate: Mon\nSubject: Stage\nTo: me\n\nIt drifts.",
    ),
    ("WG: Stage", "Zur Info\n\nVon: Ada\nGesendet: Montag\nAn: mich\nBetreff: Stage\n\nIt drifts."),
    ("Stage", "Begin forwarded message:\n\nFrom: Ada\nSubject: Stage\nDate: Monday\n\nIt drifts."),
    ("Stage", "Anfang der weitergeleiteten Nachricht:\n\nVon: Ada\nBetreff: Stage\nDatum: Montag\n\nIt drifts."),
]


@pytest.mark.parametrize(("subject", "text"), FORWARDS)
def test_of_a_forwarded_mail_all_is_words(subject, text):
    assert fold(text, subject=subject).words == text


def test_html_is_read_as_text_and_folded_alike():
    outlook = fold(text_of_html(letters.OUTLOOK_HTML), subject="RE: Your question")
    gmail = fold(text_of_html(letters.GMAIL_HTML), subject="Re: Your question")

    assert outlook.words == "Hello,\n\nthe stage drifts after an hour.\nIt is annoying."
    assert gmail.words.split() == ["It", "still", "drifts.", "Ada"]
    assert "alert" not in gmail.folded


HOSTILE = [
    "On " * 30_000,
    ("On " + "a" * 400 + "\n") * 250,
    "From:" * 20_000,
    ">" * 100_000,
    ("> " * 10 + "\n") * 5_000,
    "_" * 100_000,
    "schrieb" * 14_000,
    "\n" * 100_000,
    "Best regards\n" * 8_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_folding_takes_linear_time(text):
    start = time.process_time()
    fold(text, subject="Re: x")

    assert time.process_time() - start < 1.5


@pytest.mark.parametrize(
    "piece", ["<div>", "<!--", "<![CDATA[", "<a href='", "&#x1F", "<p>a", "</div>", "<", "<script>", "<blockquote>"]
)
def test_reading_html_takes_linear_time(piece):
    start = time.process_time()
    text_of_html(piece * (400_000 // len(piece)))

    assert time.process_time() - start < 4
