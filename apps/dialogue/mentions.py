"""Who a note names: "@Ada Lovelace", "@ada" (the address before its @), or the whole address. Pure functions."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from apps.accounts.models import User

_AT = re.compile(r"(?<![\w.])@")
_WORD_GOES_ON = re.compile(r"[\w-]")
MENTIONS_MAX = 50  # people one note may name


class Segment(NamedTuple):
    text: str
    is_mention: bool


def find_mentions(text: str, people: Iterable[User]) -> list[User]:
    """Return the ``people`` that ``text`` names, each once, in order; at most ``MENTIONS_MAX``.

    The longest name that fits wins, so "@Ann Lee" is not "Ann"; a name that two people share is nobody's.
    """
    handles = _handles(people)
    found = {person.pk: person for _, _, person in _places(text, handles)}
    return list(found.values())[:MENTIONS_MAX]


def cut_at_mentions(text: str, people: Sequence[User]) -> list[Segment]:
    """Return ``text`` in segments, the names of ``people`` marked; joined: ``text``. Nothing is escaped."""
    segments: list[Segment] = []
    end = 0
    for start, stop, _ in _places(text, _handles(people)):
        segments += [Segment(text[end:start], is_mention=False), Segment(text[start:stop], is_mention=True)]
        end = stop
    segments.append(Segment(text[end:], is_mention=False))
    return [segment for segment in segments if segment.text]


def handle(person: User) -> str:
    """Return what to write after the @ to name ``person``: the name, else the address."""
    return person.name or person.email


def _handles(people: Iterable[User]) -> list[tuple[str, User]]:
    """Return (casefolded handle, person), the longest first, without those that several share."""
    owners: dict[str, set[int]] = {}
    by_key: dict[int, User] = {}
    for person in people:
        by_key[person.pk] = person
        for name in {person.name, person.email, person.email.partition("@")[0]} - {""}:
            owners.setdefault(name.casefold(), set()).add(person.pk)
    unique = [(name, by_key[next(iter(keys))]) for name, keys in owners.items() if len(keys) == 1]
    return sorted(unique, key=lambda pair: (-len(pair[0]), pair[0]))


def _places(text: str, handles: Sequence[tuple[str, User]]) -> list[tuple[int, int, User]]:
    by_name = dict(handles)
    lengths = sorted({len(name) for name in by_name}, reverse=True)  # not name by name: a note may be all @
    places = []
    for found in _AT.finditer(text):
        for length in lengths:
            stop = found.end() + length
            name = text[found.end() : stop].casefold()
            if len(name) == length and name in by_name and not _WORD_GOES_ON.match(text[stop : stop + 1]):
                places.append((found.start(), stop, by_name[name]))
                break
    return places
