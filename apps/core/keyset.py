"""Ids and cursors as addresses hold them, read strictly. A cursor: where a page ended, and the row's id."""

MAX_ID = 2**63 - 1
ID_CHARACTERS = 19  # of MAX_ID
CURSOR_CHARACTERS = 40


def read_id(text: str) -> int | None:
    """Return the id (1 to MAX_ID) that ``text`` is, None for anything else."""
    if len(text) > ID_CHARACTERS or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if 0 < number <= MAX_ID else None


def read_numbers(text: str) -> tuple[int, int]:
    """Return the two numbers of "123-456", each 0 or more. Raises ValueError for anything else."""
    place, _, row_id = text.partition("-")
    if len(text) > CURSOR_CHARACTERS or not (text.isascii() and place.isdigit() and row_id.isdigit()):
        raise ValueError("not a cursor")
    if int(row_id) > MAX_ID:
        raise ValueError("not a cursor")
    return int(place), int(row_id)
