"""The backup file: a tar of the manifest, the dump, the uploaded files and the installation's key."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypedDict

from apps.core.backup.tables import TableSum
from apps.core.errors import DomainError

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
KEY = "secret_key"
MEDIA = "media"
_CHUNK_BYTES = 1 << 20


class DamagedBackupError(DomainError):
    """The file is not a backup, not a whole one, or not of this platform's format."""


class Manifest(TypedDict):
    format: int
    made_at: str  # UTC, ISO 8601: the instant that the dump shows, or a moment later
    postgres: str
    migrations: list[str]  # "app.name", sorted
    tables: dict[str, list[Any]]  # name: [rows, SHA-256]; Any: JSON has no tuples
    files: dict[str, str]  # path in the archive: SHA-256


def write_archive(target: Path, manifest: Manifest, members: dict[str, Path]) -> None:
    """Write the archive whole or not at all: beside ``target``, flushed to disk, then renamed. Mode 0600."""
    draft = target.with_name(f"{target.name}.partial")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
                _add_bytes(tar, MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
                for name, path in members.items():
                    tar.add(path, arcname=name, recursive=False)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def unpack(source: Path, into: Path) -> Manifest:
    """Unpack ``source`` into the empty folder ``into``, check every sum; DamagedBackupError at a flaw."""
    try:
        with tarfile.open(source, mode="r:") as tar:
            manifest = _read_manifest(tar)
            found = {}
            for member in tar:
                if member.name != MANIFEST:
                    found[member.name] = _unpack_member(tar, member, into)
    except (tarfile.TarError, EOFError, ValueError, KeyError) as error:
        raise DamagedBackupError(f"{source} is not a whole backup of this platform: {error}.") from error
    for name, expected in manifest["files"].items():
        if found.get(name) != expected:
            flaw = "differs from what was backed up" if name in found else "is missing"
            raise DamagedBackupError(f"{source} is damaged: {name} {flaw}.")
    return manifest


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    stream = tar.extractfile(first) if first is not None and first.name == MANIFEST else None
    if stream is None:
        raise ValueError("it does not begin with a manifest")
    manifest: Manifest = json.load(stream)
    if manifest["format"] != FORMAT:
        raise ValueError(f"its format is {manifest['format']!r}, this release reads {FORMAT}")
    return manifest


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> str:
    """Write one member and return its SHA-256. Only plain files below ``into``: it may be anybody's."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not member.isreg():
        raise ValueError(f"{member.name!r} is not a plain file within the backup")
    stream = tar.extractfile(member)
    if stream is None:
        raise ValueError(f"{member.name!r} cannot be read")
    target = into / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with stream, target.open("wb") as out:
        return _copy(stream, out)


def _copy(source: IO[bytes], target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK_BYTES):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def media_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield every uploaded file with its name in the archive, in a fixed order, but for what is being made."""
    for path in sorted(root.rglob("*")) if root.exists() else ():
        is_ready = not any(part.startswith(".") for part in path.relative_to(root).parts)
        if is_ready and path.is_file() and not path.is_symlink():
            yield str(PurePosixPath(MEDIA, path.relative_to(root).as_posix())), path


def sums_as_json(sums: dict[str, TableSum]) -> dict[str, list[Any]]:
    return {name: [found.rows, found.sha256] for name, found in sums.items()}
