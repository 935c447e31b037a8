"""Which zip archives are spreadsheets, and which are bombs. Reads the list of members, never what is in them."""

import zipfile
from pathlib import Path

from django.utils.translation import gettext as _

from apps.feedback.imports.errors import UnusableFileError

MEMBERS = 2_000  # of the archive
UNPACKED_BYTES = 1_500_000_000  # of all members together
TEXTS_BYTES = 80_000_000  # of the shared texts, which are held in memory
RATIO = 200  # unpacked to packed, of a member above a megabyte: real sheets stay below 60


def is_workbook(path: Path) -> bool:
    """Return whether the zip archive at ``path`` is a spreadsheet, and whole. Raises UnusableFileError for a bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if not any(member.filename == "xl/workbook.xml" for member in members):
                return False
            _refuse_bomb(path, members)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return True


def _refuse_bomb(path: Path, members: list[zipfile.ZipInfo]) -> None:
    texts = sum(member.file_size for member in members if member.filename.lower().endswith("sharedstrings.xml"))
    is_bomb = (
        len(members) > MEMBERS
        or sum(member.file_size for member in members) > UNPACKED_BYTES
        or any(
            member.file_size > 1_000_000 and member.file_size > RATIO * max(1, member.compress_size)
            for member in members
        )
    )
    if is_bomb:
        raise too_much(path)
    if texts > TEXTS_BYTES:
        told = _("%(file)s holds more than %(size)d MB of text: save it as CSV and import that.")
        raise UnusableFileError(told % {"file": path.name, "size": TEXTS_BYTES // 1_000_000})


def too_much(path: Path) -> UnusableFileError:
    """Return what is said of a file that takes more than it may, wherever that is found out."""
    told = _("%(file)s unpacks to far more than it should: save it as CSV and import that.")
    return UnusableFileError(told % {"file": path.name})
