"""What somebody wrote, apart from what their mail program put below it: signature and earlier mails. Pure.

By lines and by what mail programs write in each language; every rule looks at a few lines, so time is linear. The
library there is for it (mail-parser-reply) takes lists written with "-" for signatures and drops the indentation of
pasted logs.
"""

from typing import NamedTuple

from apps.integrations.mail import phrases

SIGNATURE_LINES = 12  # after a closing formula; more are words
SIGNATURE_CHARACTERS = 120  # of one of them
DEVICE_LINES = 4  # from the end


class Folded(NamedTuple):
    words: str
    folded: str  # signature and earlier mails


# --- the rules -----------------------------------------------------------------------------------------------------


def fold(text: str, *, subject: str = "") -> Folded:
    """Return the words of ``text`` and what was folded away; of a forwarded mail all of it is words.

    Where nothing would be left, nothing is folded.
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    cut = len(lines) if is_forward(subject, lines) else _end_of_reply(lines)
    end = _end_of_words(lines[:cut])
    words = "\n".join(lines[:end]).strip("\n ")
    if not words:
        return Folded(text.strip(), "")
    return Folded(words, "\n".join(lines[end:]).strip("\n"))


def is_forward(subject: str, lines: list[str]) -> bool:
    """Return whether somebody passes a mail on: then the mail within is what they have to say."""
    return phrases.FORWARD_SUBJECT.match(subject) is not None or any(
        phrases.FORWARDED.match(line) or phrases.BEGIN_FORWARD.match(line) for line in lines
    )


def is_reply(subject: str) -> bool:
    return phrases.REPLY_SUBJECT.match(subject) is not None


def _end_of_reply(lines: list[str]) -> int:
    """Return the line at which earlier mails begin."""
    for number in range(len(lines)):
        if _is_history(lines, number):
            return number
    end = len(lines)
    while end and (not lines[end - 1].strip() or phrases.QUOTED.match(lines[end - 1])):
        end -= 1
    return end if any(phrases.QUOTED.match(line) for line in lines[end:]) else len(lines)


def _is_history(lines: list[str], number: int) -> bool:
    line = lines[number].strip()
    if not line or phrases.QUOTED.match(line):
        return False
    if phrases.DIVIDER.fullmatch(line) and line.strip("-_* ") != line:
        return True
    if phrases.UNDERLINE.fullmatch(line):
        return _is_header_block(lines, _next_written(lines, number + 1))
    return _is_header_block(lines, number) or _is_attribution(lines, number)


def _is_header_block(lines: list[str], number: int) -> bool:
    """From:, and two other headers within the five lines after it."""
    if number >= len(lines) or not phrases.FROM.match(lines[number]):
        return False
    return sum(phrases.OTHER_HEADER.match(line) is not None for line in lines[number + 1 : number + 6]) >= 2


def _is_attribution(lines: list[str], number: int) -> bool:
    """Who wrote when, on up to three lines, and then a quotation; or, begun as programs do, an address or a time."""
    begins = phrases.WROTE_FIRST.match(lines[number].strip()) is not None
    for length in range(1, 4 if begins else 2):
        joined = " ".join(line.strip() for line in lines[number : number + length])[:500]
        if phrases.WROTE_LAST.search(joined) or phrases.DATED_ADDRESS.fullmatch(joined):
            after = _next_written(lines, number + length)
            is_quoted = after < len(lines) and phrases.QUOTED.match(lines[after]) is not None
            return is_quoted or (begins and phrases.CONTACT.search(joined) is not None)
    return False


def _next_written(lines: list[str], number: int) -> int:
    while number < len(lines) and not lines[number].strip():
        number += 1
    return number


def _end_of_words(lines: list[str]) -> int:
    """Return the line at which the signature begins."""
    end = len(lines)
    for number, line in enumerate(lines):
        if number and phrases.SIGNATURE_LINE.fullmatch(line) and any(one.strip() for one in lines[:number]):
            end = number
            break
    end = _without_device(lines, end)
    for number in range(max(1, end - SIGNATURE_LINES - 1), end):
        if phrases.REGARDS.fullmatch(lines[number].strip()) and _is_short(lines[number + 1 : end]):
            return number
    return end


def _without_device(lines: list[str], end: int) -> int:
    for number in range(max(1, end - DEVICE_LINES), end):
        if phrases.DEVICE.match(lines[number].strip()):
            return number
    return end


def _is_short(lines: list[str]) -> bool:
    return all(len(line) <= SIGNATURE_CHARACTERS and not line.rstrip().endswith("?") for line in lines)
