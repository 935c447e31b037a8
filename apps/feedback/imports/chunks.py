"""Records in chunks small enough for one transaction, and what becomes of each: captures, and what cannot be read."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from apps.feedback.imports.readers import Record, Rejection
from apps.feedback.imports.rows import RowReader
from apps.feedback.services import Capture
from apps.feedback.services.imports import Beside, Problem

CHUNK_ROWS, CHUNK_CHARACTERS = 2_000, 2_000_000  # one transaction each, and no more memory


class Chunk(NamedTuple):
    captures: list[Capture]
    besides: list[Beside]  # one a capture
    problems: list[Problem]


def chunks(
    records: Iterable[Record | Rejection], *, rows: int = CHUNK_ROWS, characters: int = CHUNK_CHARACTERS
) -> Iterator[list[Record | Rejection]]:
    """Yield the records in lists, in order."""
    chunk: list[Record | Rejection] = []
    length = 0
    for record in records:
        chunk.append(record)
        if isinstance(record, Record):
            length += sum(map(len, record.values.values()))
        if len(chunk) >= rows or length >= characters:
            yield chunk
            chunk, length = [], 0
    if chunk:
        yield chunk


def read_chunk(records: Sequence[Record | Rejection], row_reader: RowReader) -> Chunk:
    """Return what the records say."""
    chunk = Chunk([], [], [])
    for record in records:
        read = row_reader.capture_of(record) if isinstance(record, Record) else record
        if isinstance(read, Rejection):
            chunk.problems.append(Problem(read.line, read.column, read.reason))
        elif isinstance(record, Record):
            chunk.captures.append(read)
            if row_reader.has_besides:
                chunk.besides.append(row_reader.beside(record))
    return chunk
