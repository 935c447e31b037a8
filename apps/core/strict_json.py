"""JSON as we accept it: UTF-8, finite numbers, unique keys, no text that PostgreSQL could not keep."""

import json
from math import isfinite
from typing import NoReturn

MAX_DEPTH = 20
MAX_INT = 2**63 - 1


class StrictJSONError(ValueError):
    """``str(error)`` says to the caller what to change."""


def parse(data: bytes) -> object:
    """Return the value that ``data`` spells.

    Raises StrictJSONError for anything but UTF-8 without a byte order mark, for syntax errors, NaN, Infinity,
    numbers past a double or 64 bits, duplicate keys, nesting past 20, NUL and lone surrogates. Never
    RecursionError: the C scanner raises it long before the stack ends, and it is caught here.
    """
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except StrictJSONError:
        raise
    except RecursionError:
        raise StrictJSONError(f"The JSON is nested deeper than {MAX_DEPTH}.") from None
    except UnicodeDecodeError:
        raise StrictJSONError("The body is not UTF-8.") from None
    except ValueError as error:
        raise StrictJSONError(f"The body is not JSON: {error}") from None
    _check(value, depth=1)
    return value


def clean_text(text: str) -> bool:
    """Return whether ``text`` has neither NUL nor a lone surrogate: PostgreSQL keeps no other."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise StrictJSONError("A key is given twice.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise StrictJSONError(f"{name} is not a JSON number.")


def _finite(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise StrictJSONError("A number is too large.")
    return value


def _bounded(digits: str) -> int:
    if len(digits) > 20 or not -MAX_INT - 1 <= int(digits) <= MAX_INT:
        raise StrictJSONError("A whole number is too large.")
    return int(digits)


def _check(value: object, *, depth: int) -> None:
    if isinstance(value, str):
        if not clean_text(value):
            raise StrictJSONError("A text contains a NUL or half of a surrogate pair.")
        return
    if not isinstance(value, (dict, list)):
        return
    if depth > MAX_DEPTH:
        raise StrictJSONError(f"The JSON is nested deeper than {MAX_DEPTH}.")
    for item in value if isinstance(value, list) else (*value.keys(), *value.values()):
        _check(item, depth=depth + 1)
