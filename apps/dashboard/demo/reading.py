"""The demo's CSV files as typed rows."""

import csv
from datetime import time
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent


class DemoTag(NamedTuple):
    slug: str
    importance: int  # 0 to 3
    is_against: bool


class DemoCustomer(NamedTuple):
    key: str
    name: str
    email: str
    organisation: str


class DemoFeedback(NamedTuple):
    days_ago: int
    time: time
    product: str  # key, as in company.PRODUCTS
    channel: str
    customer: str  # key, as in customers.csv; "": anonymous
    identity: str  # "", "claimed" or "verified" (through a form: confirmed by the mailed link)
    rating: int | None
    version: str
    context: dict[str, str]
    tags: tuple[DemoTag, ...]  # given by people; rules add theirs
    fate: str  # "", "spam", "held", "withdrawn", "restricted" or "team"
    held_reason: str
    text: str


def customers() -> dict[str, DemoCustomer]:
    """Return the people of customers.csv by key."""
    return {row["key"]: DemoCustomer(**row) for row in _rows("customers.csv")}


def feedback() -> list[DemoFeedback]:
    """Return the rows of feedback.csv, oldest first."""
    return [_feedback(row) for row in _rows("feedback.csv")]


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _feedback(row: dict[str, str]) -> DemoFeedback:
    return DemoFeedback(
        days_ago=int(row["days_ago"]),
        time=time.fromisoformat(row["time"]),
        product=row["product"],
        channel=row["channel"],
        customer=row["customer"],
        identity=row["identity"],
        rating=int(row["rating"]) if row["rating"] else None,
        version=row["version"],
        context={name: row[name] for name in ("instrument", "method") if row[name]},
        tags=tuple(_tag(given) for given in row["tags"].split(";") if given),
        fate=row["fate"],
        held_reason=row["reason"],
        text=row["text"],
    )


def _tag(given: str) -> DemoTag:
    """Read ``slug``, ``slug!2`` (importance) or ``-slug`` (speaks against)."""
    slug, _, importance = given.removeprefix("-").partition("!")
    return DemoTag(slug, int(importance or 0), given.startswith("-"))
