"""Cursors of lists: two numbers, where a page ended and the row's id; opaque to the caller, strict when read."""

MAX_ID = 2**63 - 1
CURSOR_CHARACTERS = 40


def read_numbers(text: str) -> tuple[int, int]:
    """Return the two numbers of "123-456", each 0 or more. Raises ValueError for anything else."""
    place, _, row_id = text.partition("-")
    if len(text) > CURSOR_CHARACTERS or not (text.isascii() and place.isdigit() and row_id.isdigit()):
        raise ValueError("not a cursor")
    if int(row_id) > MAX_ID:
        raise ValueError("not a cursor")
    return int(place), int(row_id)
