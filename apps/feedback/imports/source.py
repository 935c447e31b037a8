"""The file as lines of text: compression, encoding and kind are found out in one pass, in constant memory."""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.feedback.imports import archives
from apps.feedback.imports.errors import UnusableFileError

__all__ = ["Line", "Lines", "Source", "UnusableFileError", "inspect", "open_lines"]

BLOCK_BYTES = 1 << 18
GLANCE_BYTES = 1 << 23
LINE_LIMIT = 1_000_000  # characters of one line; a longer one is reported and skipped
GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
KNOWN_BINARIES = {
    ZIP_MAGIC: gettext_lazy("a spreadsheet or a zip archive"),
    b"%PDF": gettext_lazy("a PDF"),
    b"\xd0\xcf\x11\xe0": gettext_lazy("an old Excel file"),
}
NOT_UTF8 = re.compile("[\udc80-\udcff]")  # bytes as surrogateescape shows them
BOMS = [
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
]
CSV, JSON_LINES, XLSX = "CSV", "JSON Lines", "XLSX"
JSON_SUFFIXES = {".jsonl", ".ndjson", ".json"}


@dataclass(frozen=True)
class Source:
    path: Path
    is_gzip: bool
    kind: str
    encoding: str
    encoding_name: str

    def __str__(self) -> str:
        compression = "gzipped " if self.is_gzip else ""
        return f"{compression}{self.kind}, {self.encoding_name}" if self.encoding_name else self.kind


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its end; ``text`` is None for a line past LINE_LIMIT, which is not kept."""

    number: int
    text: str | None


class Lines:
    """Lines with their numbers, which can be given back."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._given_back: list[Line] = []
        self._number = 0

    def take(self) -> Line | None:
        """Return the next line, None at the end."""
        if self._given_back:
            return self._given_back.pop()
        text = self._stream.readline(LINE_LIMIT)
        if not text:
            return None
        self._number += 1
        if len(text) == LINE_LIMIT and not text.endswith(("\n", "\r")):
            self._skip_rest()
            return Line(self._number, None)
        return Line(self._number, text)

    def give_back(self, lines: list[Line]) -> None:
        self._given_back.extend(reversed(lines))

    def _skip_rest(self) -> None:
        while (text := self._stream.readline(LINE_LIMIT)) and not text.endswith(("\n", "\r")):
            pass


def inspect(path: Path, *, is_glance: bool = False) -> Source:
    """Find out what the file is. Reads it once, or at a glance its first GLANCE_BYTES. Raises UnusableFileError."""
    try:
        with path.open("rb") as raw:
            magic = raw.read(4)
        if magic == ZIP_MAGIC and archives.is_workbook(path):
            return Source(path, is_gzip=False, kind=XLSX, encoding="", encoding_name="")
        is_gzip = magic.startswith(GZIP_MAGIC)
        with path.open("rb") as raw, _plain_bytes(raw, is_gzip=is_gzip) as stream:
            start = stream.read(4096)
            _refuse_binary(path, start)
            encoding, name = _encoding_of(start, stream, limit_bytes=GLANCE_BYTES if is_glance else None)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        told = _("%(file)s is damaged or cut off: its gzip data does not end well.")
        raise UnusableFileError(told % {"file": path.name}) from None
    except OSError as error:
        told = _("Cannot read %(file)s: %(reason)s.") % {"file": path, "reason": error.strerror or error}
        raise UnusableFileError(told) from None
    return Source(path, is_gzip, _kind_of(path, start, encoding), encoding, name)


@contextmanager
def open_lines(source: Source) -> Iterator[tuple[Lines, IO[bytes]]]:
    """Give the file's lines, and the raw file below (its ``tell`` says how far we are)."""
    errors = "surrogateescape" if source.encoding.startswith("utf-8") else "replace"
    with (
        source.path.open("rb") as raw,
        _plain_bytes(raw, is_gzip=source.is_gzip) as stream,
        io.TextIOWrapper(stream, encoding=source.encoding, errors=errors, newline="") as text,
    ):
        yield Lines(text), raw


def _plain_bytes(raw: IO[bytes], *, is_gzip: bool) -> io.BufferedReader:
    # IO[bytes] and the readers of io are one thing at run time, two in the stubs.
    stream = gzip.GzipFile(fileobj=raw) if is_gzip else raw
    return io.BufferedReader(stream, BLOCK_BYTES)  # type: ignore[arg-type]


def _refuse_binary(path: Path, start: bytes) -> None:
    if not start:
        raise UnusableFileError(_("%(file)s is empty.") % {"file": path.name})
    for magic, what in KNOWN_BINARIES.items():
        if start.startswith(magic):
            told = _("%(file)s is %(what)s: save it as CSV (UTF-8) and import that.")
            raise UnusableFileError(told % {"file": path.name, "what": what})
    if not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and start.count(0) * 5 > len(start):
        told = _("%(file)s is not text: save it as CSV in UTF-8 and import that.")
        raise UnusableFileError(told % {"file": path.name})


def _encoding_of(start: bytes, stream: IO[bytes], *, limit_bytes: int | None) -> tuple[str, str]:
    """Return codec and name, having read ``stream`` to its end or to the limit.

    Bytes that are not UTF-8 mean an older encoding, unless most of what is not ASCII is good UTF-8: then it
    is UTF-8 with damaged lines, which are reported one by one.
    """
    bom = next(((codec, name) for mark, codec, name in BOMS if start.startswith(mark)), None)
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    good = bad = c1 = 0
    block, read = start, 0
    while block and (limit_bytes is None or read < limit_bytes):
        read += len(block)
        if bom is None:
            text = decoder.decode(block)
            if not text.isascii():
                escaped = NOT_UTF8.findall(text)
                bad += len(escaped)
                c1 += sum(char < "\udca0" for char in escaped)
                good += len(text) - len(text.encode("ascii", "ignore")) - len(escaped)
        block = stream.read(BLOCK_BYTES)
    if bom:
        return bom
    if bad <= good:
        return "utf-8", "UTF-8"
    return ("cp1252", "Windows-1252") if c1 else ("latin-1", "Latin-1")


def _kind_of(path: Path, start: bytes, encoding: str) -> str:
    head = start.decode(encoding, errors="ignore").lstrip()
    suffixes = {suffix.lower() for suffix in path.suffixes}
    if head.startswith("[") and suffixes & JSON_SUFFIXES:
        told = _("%(file)s is one JSON array: write one object per line instead (JSON Lines).")
        raise UnusableFileError(told % {"file": path.name})
    if suffixes & JSON_SUFFIXES or head.startswith("{"):
        return JSON_LINES
    return CSV
