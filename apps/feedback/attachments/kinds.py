"""Which files are taken: by the end of their name and by what is in them, both. Pure."""

import unicodedata
from typing import IO, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

HEAD_BYTES = 1_024
LABEL_CHARACTERS = 100
NAMELESS = "file"
IMAGE_EXTENSIONS = frozenset({"png", "jpg", "jpeg", "webp", "gif"})
TEXT_EXTENSIONS = frozenset({"txt", "csv", "log"})
# What a browser would run, whatever the name says: no file of words begins so.
MARKUP = (
    b"<!doctype",
    b"<html",
    b"<head",
    b"<body",
    b"<svg",
    b"<?xml",
    b"<script",
    b"<iframe",
    b"mime-version:",
    b"#!",
)
TEXT_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 27}  # a log may hold escape codes of a terminal
CHUNK_BYTES = 1_000_000


class FileKind(NamedTuple):
    """What a file is, beyond its name."""

    name: str  # image, pdf or text
    extension: str  # what its download is called by


def kind_of(label: str, content: IO[bytes]) -> FileKind:
    """Return what the file is. Raises ValidationError where its name or its content is none that is taken."""
    extension = label.rpartition(".")[2].lower() if "." in label else ""
    content.seek(0)
    head = content.read(HEAD_BYTES)
    if not head:
        raise ValidationError(_("This file is empty."))
    if extension in IMAGE_EXTENSIONS and _is_image(head):
        return FileKind("image", "png" if extension != "jpeg" else "jpg")
    if extension == "pdf" and head.startswith(b"%PDF-"):
        return FileKind("pdf", "pdf")
    if extension in TEXT_EXTENSIONS and _is_text(content, head):
        return FileKind("text", "txt")
    raise ValidationError(
        _("This file cannot be taken. Choose a picture (PNG, JPEG, WebP, GIF), a PDF, or plain text (TXT, CSV, LOG).")
    )


def _is_image(head: bytes) -> bool:
    return head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")) or (
        head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    )


def _is_text(content: IO[bytes], head: bytes) -> bool:
    """Tell whether nothing in the file but words could be meant, in UTF-8, UTF-16 or an older encoding."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        content.seek(0)
        try:
            return "\0" not in content.read().decode("utf-16")
        except UnicodeDecodeError:
            return False
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if begin.startswith(MARKUP):
        return False
    content.seek(0)
    while chunk := content.read(CHUNK_BYTES):
        if not TEXT_CONTROLS.isdisjoint(chunk):
            return False
    return True


def label_of(name: str) -> str:
    """Return the base name that a client gave, as a label of one line: never used as a path."""
    base = " ".join(name.replace("\\", "/").rpartition("/")[2].split())
    # Controls, unseen and direction marks, private use and half surrogates: "gpj.exe" must not read "exe.jpg".
    seen = "".join(one for one in unicodedata.normalize("NFC", base) if unicodedata.category(one)[0] != "C")
    line = " ".join(seen.split()).strip(" .")
    if len(line) > LABEL_CHARACTERS:
        stem, dot, extension = line.rpartition(".")
        tail = f"{dot}{extension}" if stem and len(extension) <= 8 else ""
        line = line[: LABEL_CHARACTERS - len(tail) - 1].rstrip() + "…" + tail
    return line or NAMELESS


def download_name(label: str, extension: str) -> str:
    """Return the name under which a file is given out: its end says what it is now, and opens nothing that runs."""
    stem, dot, given = label.rpartition(".")
    if given.lower() == extension or (given.lower(), extension) == ("jpeg", "jpg"):
        return label
    if given.lower() in TEXT_EXTENSIONS:  # "table.csv.txt": a spreadsheet would calculate
        return f"{label}.{extension}"
    return f"{stem if dot else label}.{extension}"
