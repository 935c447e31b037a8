"""What is in every table, as a count and a SHA-256 that do not depend on where rows lie on disk."""

import hashlib
from typing import IO, NamedTuple, cast

from django.db import connection
from django.db.backends.utils import CursorWrapper


class TableSum(NamedTuple):
    rows: int
    sha256: str


class _Digest:
    """A file to copy into: hashes and counts lines instead of keeping them."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.rows = 0

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        self.rows += data.count(b"\n")  # COPY writes a line break within a value as \n, two characters
        return len(data)


def table_sums(cursor: CursorWrapper) -> dict[str, TableSum]:
    """Return the sum of every table of the public schema, as ``cursor``'s transaction sees it."""
    cursor.execute("SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = hex; SET LOCAL extra_float_digits = 1")
    cursor.execute("SET LOCAL datestyle = ISO; SET LOCAL intervalstyle = iso_8601")
    return {name: _sum(cursor, name) for name in table_names(cursor)}


def table_names(cursor: CursorWrapper) -> list[str]:
    """Return the tables that hold rows, but for those of extensions."""
    cursor.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind = 'r'"
        " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
        " ORDER BY c.relname"
    )
    return [name for (name,) in cursor.fetchall()]


def _sum(cursor: CursorWrapper, table: str) -> TableSum:
    quote = connection.ops.quote_name
    columns = ", ".join(map(quote, _columns(cursor, table, is_key=False)))
    order = ", ".join(map(quote, _columns(cursor, table, is_key=True))) or "t::text"
    digest = _Digest()
    statement = f"COPY (SELECT {columns} FROM {quote(table)} t ORDER BY {order}) TO STDOUT"  # noqa: S608  # names quoted
    cursor.copy_expert(statement, cast("IO[bytes]", digest))
    return TableSum(digest.rows, digest.sha256.hexdigest())


def _columns(cursor: CursorWrapper, table: str, *, is_key: bool) -> list[str]:
    """Return the columns of ``table`` by name, or those of its primary key in their order."""
    among = (
        " JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY(i.indkey)" if is_key else ""
    )
    cursor.execute(
        f"SELECT a.attname FROM pg_attribute a{among}"  # noqa: S608  # no input
        " WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname",
        [f"public.{connection.ops.quote_name(table)}"],
    )
    return [name for (name,) in cursor.fetchall()]
