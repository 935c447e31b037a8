"""Places in a JSON body, spelled for people: "ticket.requester.email", "comments.0.text". Pure.

A dot or a backslash within a key is written behind a backslash.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

LEAVES = 200  # shown of one body
CHARACTERS = 300  # of a path
_STEP = re.compile(r"(?:[^.\\]|\\.)+")


class Leaf(NamedTuple):
    path: str
    value: str  # in words


def value_at(body: object, path: str) -> str:
    """Return what stands at ``path`` as text, "" where nothing does; of a list its plain values, with commas."""
    here: object = body
    for step in steps_of(path):
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list) and step.isdigit() and len(step) <= 4 and int(step) < len(here):
            here = here[int(step)]
        else:
            return ""
    return _in_words(here)


def exists(body: object, path: str) -> bool:
    return value_at(body, path) != ""


def leaves(body: object) -> list[Leaf]:
    """Return every plain value of ``body`` with its path, at most LEAVES of them, in order."""
    found = []
    for leaf in _walk(body, ()):
        found.append(leaf)
        if len(found) == LEAVES:
            break
    return found


def steps_of(path: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", step) for step in _STEP.findall(path[:CHARACTERS])]


def spell(steps: tuple[str, ...]) -> str:
    return ".".join(step.replace("\\", "\\\\").replace(".", "\\.") for step in steps)


def _walk(value: object, steps: tuple[str, ...]) -> Iterator[Leaf]:
    """At most as deep as strict_json reads."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _walk(one, (*steps, str(key)))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _walk(one, (*steps, str(number)))
    elif value is not None and len(spell(steps)) <= CHARACTERS and steps:
        yield Leaf(spell(steps), _in_words(value))


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value if isinstance(one, str | int | float))
    return ""
