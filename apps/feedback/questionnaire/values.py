"""One typed value of one question, as it is compared, shown and stored. Pure."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Value(NamedTuple):
    """A row of the table of answers, without its question: a multiple choice, a matrix and a ranking have several."""

    choice: str = ""  # a choice's key
    number: Decimal | None = None
    text: str = ""
    day: date | None = None
    row: str = ""  # of a matrix: the row's key
    position: int = 0  # of a ranking: 1 is first

    @property
    def plain(self) -> str:
        """What conditions compare, and what a form sends again."""
        if self.choice:
            return self.choice
        if self.number is not None:
            return format(self.number.normalize(), "f")
        return self.day.isoformat() if self.day else self.text
