"""Whether a mail was written by a person to us, or by a machine. Pure.

Sources: RFC 3834 (Auto-Submitted, what not to answer), RFC 2369 and 2919 (lists), RFC 3464 (delivery reports), and the
headers that Exchange and older programs use.
"""

import re
from collections.abc import Collection

from apps.integrations.mail.headers import first, message_ids
from apps.integrations.mail.letter import Letter
from apps.integrations.models import Why

_ROBOTS = re.compile(r"(mailer-?daemon|postmaster|mail-daemon|double-bounce|bounces?)(\+.*)?", re.IGNORECASE)
_AUTO_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-mail-autoreply")
_AUTO_PRECEDENCE = frozenset({"auto_reply", "auto-reply"})
_LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "x-mailing-list", "x-campaignid", "feedback-id")
_LIST_PRECEDENCE = frozenset({"bulk", "list", "junk"})
_AUTO_SUBJECT = re.compile(
    r"(?:automatic reply|auto(?:matic)?[ -]?(?:reply|response|antwort)|out of (?:the )?office|automatische antwort"
    r"|abwesenheitsnotiz|abwesend|abwesenheit|réponse automatique|respuesta automática|risposta automatica"
    r"|automatisch antwoord|resposta automática|autosvar|automaattinen vastaus|automatyczna odpowiedź|自動返信|自动回复"
    r"|رد تلقائي)"
    r"\s?(?::|\(|-|$)",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"(?:undeliver(?:able|ed)|delivery status notification|mail delivery (?:failed|subsystem)|returned mail"
    r"|failure notice"
    r"|unzustellbar|nicht zustellbar)",
    re.IGNORECASE,
)
ANSWERS = frozenset({"reply", "counter", "declinecounter", "cancel"})


def why_not(letter: Letter, *, envelope_sender: str | None, own: Collection[str]) -> Why | None:
    """Return why ``letter`` is not feedback, None where a person may have written it.

    ``envelope_sender``: of MAIL FROM, "" for the "<>" of reports, None where nobody told; ``own``: our addresses.
    """
    if letter.sender.email in own or _is_ours(letter, own):
        return Why.OWN
    if _is_bounce(letter, envelope_sender):
        return Why.BOUNCE
    if _is_automatic(letter):
        return Why.AUTO_REPLY
    if _is_list(letter) and not _is_own_list(letter, own):
        return Why.MAILING_LIST
    if letter.calendar_method in ANSWERS:
        return Why.CALENDAR
    return Why.AUTO_REPLY if _is_empty_return(letter, envelope_sender) else None


def _is_ours(letter: Letter, own: Collection[str]) -> bool:
    """What this platform mails out has ids of its own (dialogue.delivery), whoever hands it back."""
    hosts = {address.rpartition("@")[2] for address in own}
    ids = message_ids(letter.headers.get("message-id", []))
    return any(one.startswith("mail.") and one.rpartition("@")[2].lower() in hosts for one in ids)


def _is_bounce(letter: Letter, envelope_sender: str | None) -> bool:
    kind = letter.content_type.replace(" ", "")
    if kind.startswith("multipart/report") and "report-type=" in kind:
        return True
    if "x-failed-recipients" in letter.headers:
        return True
    is_robot = _ROBOTS.fullmatch(letter.sender.email.partition("@")[0]) is not None
    return is_robot or (_is_empty_return(letter, envelope_sender) and bool(_BOUNCE_SUBJECT.match(letter.subject)))


def _is_automatic(letter: Letter) -> bool:
    submitted = first(letter.headers, "auto-submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return True
    if any(name in letter.headers for name in _AUTO_HEADERS) or _precedence(letter) in _AUTO_PRECEDENCE:
        return True
    suppressed = first(letter.headers, "x-auto-response-suppress").lower()
    return "all" in suppressed or "oof" in suppressed or _AUTO_SUBJECT.match(letter.subject) is not None


def _is_list(letter: Letter) -> bool:
    return any(name in letter.headers for name in _LIST_HEADERS) or _precedence(letter) in _LIST_PRECEDENCE


def _is_own_list(letter: Letter, own: Collection[str]) -> bool:
    """An address of ours may itself be a group, which hands everything on as a list does."""
    names = {address.replace("@", ".") for address in own}
    return first(letter.headers, "list-id").rpartition("<")[2].rstrip("> ").lower() in names


def _precedence(letter: Letter) -> str:
    return first(letter.headers, "precedence").strip().lower()


def _is_empty_return(letter: Letter, envelope_sender: str | None) -> bool:
    returned = first(letter.headers, "return-path").strip()
    return envelope_sender == "" or returned == "<>"
