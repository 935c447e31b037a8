"""Reads people from vCards 3.0 and 4.0 (RFC 2426, RFC 6350): who they are, whom they belong to, what they speak.

Pure, without limits of its own: the caller limits the text. The libraries there are read either 3.0 or 4.0 alone, so
this is the small part of both that customers need; pictures, numbers and everything else are passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

VERSIONS = ("3.0", "4.0")
_LINE = re.compile(r'(?:[\w-]+\.)?(?P<name>[\w-]+)(?P<params>(?:;(?:"[^"]*"|[^":;])*)*):(?P<value>.*)', re.DOTALL)
_PARAM = re.compile(r';(?P<name>[\w-]+)(?:=(?P<value>(?:"[^"]*"|[^";])*))?')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SEMICOLON = re.compile(r"(?<!\\);")
_FOLD = re.compile(r"\r?\n[ \t]")
_LEAST = 101  # preference of what says nothing: 1 is the most preferred, 100 the least


@dataclass(frozen=True)
class Card:
    """What one vCard says; blank where it says nothing."""

    line: int  # where it begins
    version: str = ""
    is_closed: bool = True
    kind: str = "individual"
    name: str = ""
    email: str = ""  # the preferred one
    organisation: str = ""
    role: str = ""
    languages: list[str] = field(default_factory=list)  # the preferred one first
    time_zone: str = ""
    site: str = ""


class _Property(NamedTuple):
    name: str
    value: str
    preference: int


def read_cards(text: str) -> Iterator[Card]:
    """Yield the cards of ``text`` in order; lines between them are passed over."""
    begun, found = 0, list[_Property]()
    number = 1
    for raw in re.split(r"\r?\n(?![ \t])", text):
        line = _FOLD.sub("", raw)
        if line.strip().upper() == "BEGIN:VCARD":
            if begun:
                yield _card(begun, found, is_closed=False)
            begun, found = number, []
        elif line.strip().upper() == "END:VCARD" and begun:
            yield _card(begun, found, is_closed=True)
            begun, found = 0, []
        elif begun and (one := _property(line)):
            found.append(one)
        number += raw.count("\n") + 1
    if begun:
        yield _card(begun, found, is_closed=False)


def _property(line: str) -> _Property | None:
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    preference = _LEAST
    for param in _PARAM.finditer(match["params"]):
        name, value = param["name"].upper(), (param["value"] or "").strip('"')
        if name == "PREF" and value.isascii() and value.isdigit() and len(value) <= 3:
            preference = int(value)
        elif "PREF" in (name, *value.upper().split(",")) and preference == _LEAST:
            preference = 1  # as 3.0 says it: TYPE=work,pref
    return _Property(match["name"].upper(), match["value"], preference)


def _card(line: int, found: list[_Property], *, is_closed: bool) -> Card:
    by_name: dict[str, list[str]] = {}
    for one in sorted(found, key=lambda one: one.preference):  # stable: of equals the first given
        by_name.setdefault(one.name, []).append(one.value)

    def first(name: str) -> str:
        return next((text for value in by_name.get(name, []) if (text := _text(value))), "")

    parts = [_text(part) for part in _SEMICOLON.split(by_name.get("N", [""])[0])]
    family, given = (*parts, "", "")[:2]
    zone = first("TZ")
    return Card(
        line=line,
        version=first("VERSION"),
        is_closed=is_closed,
        kind=first("KIND").lower() or "individual",
        name=first("FN") or " ".join(filter(None, (given, family))),
        email=first("EMAIL").removeprefix("mailto:"),
        organisation=_text(_SEMICOLON.split(by_name.get("ORG", [""])[0])[0]),
        role=first("TITLE") or first("ROLE"),
        languages=[text for value in by_name.get("LANG", []) if (text := _text(value))],
        time_zone=zone if "/" in zone else "",  # an offset says nothing of summer
        site=_site(by_name.get("ADR", [""])[0]),
    )


def _site(address: str) -> str:
    """Return town and country of an ADR: post box, extension, street, town, region, code, country."""
    parts = [_text(part) for part in _SEMICOLON.split(address)] + [""] * 7
    return ", ".join(filter(None, (parts[3], parts[6])))


def _text(value: str) -> str:
    """Return a value without escapes, in one line."""
    plain = _ESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], value)
    return " ".join(plain.split())
