"""Which customer a name and an address mean, for one row or ten thousand, made where new.

- With an address: the customer of that address (``core.email_address.normalise_email``).
- Without one: the customer of exactly that name in that organisation who has no address either.
- Neither: nobody, so None.

What is known is kept. A vouched row (an API key, an operator's import) verifies the customer and fills what
is blank; it replaces name and organisation only of a customer whom nobody had vouched for. A claim (a public
form) makes a customer where there is none and changes nothing: not even an organisation, whose segment a
stranger would otherwise give themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from apps.core import outbox
from apps.core.email_address import normalise_email
from apps.customers.models import Customer, Organisation

CHANGED = "customers.changed"

Key = tuple[str, str, int]  # what makes two rows one customer: the address, or the name in its organisation


class CustomerRow(NamedTuple):
    """What a channel knows of a person; ``is_vouched`` where a key or an operator stands for it."""

    email: str = ""
    name: str = ""
    organisation: str = ""
    is_vouched: bool = False


class _Wanted(NamedTuple):
    email: str
    email_key: str  # "" where there is no address
    name: str
    organisation_id: int | None
    is_vouched: bool

    @property
    def key(self) -> Key:
        return _key(self.email_key, self.name, self.organisation_id)


class _Known(NamedTuple):
    """A customer there is."""

    pk: int
    email_key: str  # "" where there is no address
    name: str
    organisation_id: int | None
    verified_at: datetime | None

    @property
    def key(self) -> Key:
        return _key(self.email_key, self.name, self.organisation_id)


def _key(email_key: str, name: str, organisation_id: int | None) -> Key:
    return (email_key, "", 0) if email_key else ("", name, organisation_id or 0)


@transaction.atomic
def find_or_create_customers(rows: Sequence[CustomerRow]) -> list[int | None]:
    """Return one customer id per row, in order; None for a row that names nobody.

    Texts come within the columns' lengths and without NUL. Set-based: 1 query where nothing is new (2 with
    organisations), at most 9 otherwise. Safe to repeat and to run at once: unique constraints decide, rows
    are taken in one order. Publishes ``customers.changed`` for customers it verified, named or moved.
    """
    wanted = _read(rows)
    found = _find(wanted)
    in_reverse = reversed(wanted)  # of several rows of one customer the first makes it
    missing = {row.key: row for row in in_reverse if row is not None and row.key not in found}
    if missing:
        _insert(missing.values())
        found |= _find([*missing.values()])
    _learn(wanted, found)
    return [None if row is None else found[row.key].pk for row in wanted]


def known_customers(rows: Sequence[CustomerRow]) -> list[int | None]:
    """Return whom ``find_or_create_customers`` would find for each row; None for whom it would make, or for nobody.

    At most two queries, whatever the number of rows; writes nothing.
    """
    names = [row.organisation for row in rows if row.is_vouched and row.organisation.strip()]
    organisations = _find_organisations({name: name.strip() for name in names})
    wanted = [_read_one(row, organisations) for row in rows]
    found = _find(wanted)
    return [
        found[one.key].pk
        if one is not None
        and one.key in found
        and (one.email_key or one.organisation_id is not None or not row.organisation.strip() or not row.is_vouched)
        else None
        for row, one in zip(rows, wanted, strict=True)
    ]


def get_or_create_organisations(names: Iterable[str]) -> dict[str, int]:
    """Return the organisation's id for each name, keyed as given; blank names are left out.

    The database compares, without regard to case. One query where all exist, three otherwise.
    """
    given = {name: name.strip() for name in names if name.strip()}
    found = _find_organisations(given)
    missing = list(dict.fromkeys(stripped for name, stripped in given.items() if name not in found))
    if missing:
        missing.sort(key=str.casefold)  # one order for all; of several spellings the first given stays first
        Organisation.objects.bulk_create([Organisation(name=name) for name in missing], ignore_conflicts=True)
        found = _find_organisations(given)
    return found


def _find_organisations(given: dict[str, str]) -> dict[str, int]:
    if not given:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.given, o.id FROM unnest(%s::text[], %s::text[]) AS n (given, stripped)"
            " JOIN customers_organisation o ON lower(o.name) = lower(n.stripped)",
            [list(given.keys()), list(given.values())],
        )
        return dict(cursor.fetchall())


def _read(rows: Sequence[CustomerRow]) -> list[_Wanted | None]:
    organisations = get_or_create_organisations([row.organisation for row in rows if row.is_vouched])
    return [_read_one(row, organisations) for row in rows]


def _read_one(row: CustomerRow, organisations: dict[str, int]) -> _Wanted | None:
    email, name = row.email.strip(), row.name.strip()
    if not email and not name:
        return None
    return _Wanted(
        email=email,
        email_key=normalise_email(email),
        name=name,
        organisation_id=organisations.get(row.organisation) if row.is_vouched else None,
        is_vouched=row.is_vouched,
    )


# By hand, as is the insert: an import asks for thousands at a time, and the ORM makes an object and a term of each.
_FIND = """
SELECT id, email_key, name, organisation_id, verified_at FROM customers_customer WHERE email_key = ANY(%s)
UNION ALL
SELECT id, '', name, organisation_id, verified_at FROM customers_customer
WHERE name = ANY(%s) AND name <> '' AND email_key IS NULL AND erased_at IS NULL
"""


def _find(wanted: Sequence[_Wanted | None]) -> dict[Key, _Known]:
    """Return the customers that exist by key. One query, none where nobody is wanted."""
    email_keys = {row.email_key for row in wanted if row is not None and row.email_key}
    names = {row.name for row in wanted if row is not None and not row.email_key}
    if not email_keys and not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [list(email_keys), list(names)])
        return {known.key: known for known in map(_Known._make, cursor.fetchall())}


_INSERT = """
INSERT INTO customers_customer (key, email, email_key, name, organisation_id, verified_at)
SELECT gen_random_uuid(), email, nullif(email_key, ''), name, organisation_id, CASE WHEN is_vouched THEN now() END
FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bool[])
    AS wanted (email, email_key, name, organisation_id, is_vouched)
ON CONFLICT DO NOTHING
"""


def _insert(rows: Iterable[_Wanted]) -> None:
    in_order = sorted(rows, key=lambda row: row.key)  # one order: no deadlock between two imports
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [list(column) for column in zip(*in_order, strict=True)])


def _learn(wanted: Sequence[_Wanted | None], found: Mapping[Key, _Known]) -> None:
    """Write what vouched rows add to the customers they mean, under their locks."""
    news: dict[int, list[_Wanted]] = {}
    for row in wanted:
        if row is not None and row.is_vouched and _is_news(row, found[row.key]):
            news.setdefault(found[row.key].pk, []).append(row)
    if not news:
        return
    changed = []
    # no_key: feedback just captured holds its customers' keys, and must not wait for us, nor we for it.
    for customer in Customer.objects.select_for_update(no_key=True).filter(pk__in=news).order_by("pk"):
        for row in news[customer.pk]:
            _apply(row, customer)
        changed.append(customer)
    Customer.objects.bulk_update(changed, ["name", "organisation", "verified_at"])
    outbox.publish(CHANGED, [customer.pk for customer in changed])


def _is_news(row: _Wanted, customer: _Known) -> bool:
    return (
        customer.verified_at is None
        or bool(row.name and not customer.name)
        or bool(row.organisation_id and customer.organisation_id is None and customer.email_key)
    )


def _apply(row: _Wanted, customer: Customer) -> None:
    is_first_voucher = customer.verified_at is None
    customer.verified_at = customer.verified_at or timezone.now()
    if row.name and (is_first_voucher or not customer.name):
        customer.name = row.name
    if row.organisation_id and (is_first_voucher or customer.organisation_id is None):
        customer.organisation_id = row.organisation_id
