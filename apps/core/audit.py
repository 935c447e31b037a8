"""The history of configuration and state: which triggers write it, and who may shorten it.

Every tracked table has triggers of ``history()``; they write one row of ``core.Change`` for each insert, update and
delete, whoever makes it: a page, a command, or an operator with psql. Values outside ``fields`` never enter it.
Who acted is said by ``core.acting`` and read within the trigger.
"""

from collections.abc import Sequence
from datetime import datetime

import pgtrigger
from django.db import connection, models, transaction

from apps.core.models import Change

# --- what is kept -------------------------------------------------------------------------------------------------


class _History(pgtrigger.Trigger):
    """Write what changed of ``fields``, with ``identity`` beside it so that the row says what it is about."""

    when = pgtrigger.After

    def __init__(
        self,
        *,
        name: str,
        operation: pgtrigger.Operation,
        fields: Sequence[str],
        identity: Sequence[str],
        condition: pgtrigger.Condition | None = None,
    ) -> None:
        super().__init__(name=name, operation=operation, condition=condition)
        self.fields, self.identity = [*identity, *(name for name in fields if name not in identity)], identity

    def get_func(self, model: type[models.Model]) -> str:  # type: ignore[override]  # pgtrigger's says an instance
        meta = model._meta  # noqa: SLF001 Django's documented name for it
        column_of = {field.name: field.column for field in meta.concrete_fields}
        columns = {name: column_of[name] for name in self.fields}
        before, after = (
            "jsonb_build_object(" + ", ".join(f"'{name}', {row}.\"{col}\"" for name, col in columns.items()) + ")"
            for row in ("OLD", "NEW")
        )
        kind = (meta.concrete_model or model)._meta.label  # noqa: SLF001 likewise; a proxy's own model
        key = meta.pk.column if meta.pk else "id"
        identity = ", ".join(f"'{name}'" for name in self.identity)
        call = f"PERFORM core_record_change('{kind}', %s.\"{key}\", '%s', %s, %s, ARRAY[{identity}]::text[]);"
        return " ".join(
            (
                "IF TG_OP = 'INSERT' THEN",
                call % ("NEW", "insert", "NULL", after),
                "ELSIF TG_OP = 'DELETE' THEN",
                call % ("OLD", "delete", before, "NULL"),
                "ELSE",
                call % ("NEW", "update", before, after),
                "END IF; RETURN NULL;",
            )
        )


def history(*fields: str, identity: Sequence[str] = (), updates_only: bool = False) -> list[pgtrigger.Trigger]:
    """Return the triggers for ``Meta.triggers`` of a model with configuration or state.

    ``fields`` are kept when they change, ``identity`` in every row. ``updates_only`` costs inserts nothing: for facts
    whose state changes later.
    """
    changed = pgtrigger.AnyChange(*fields)
    triggers: list[pgtrigger.Trigger] = [
        _History(
            name="history_update",
            operation=pgtrigger.Update,
            condition=changed,
            fields=fields,
            identity=identity,
        )
    ]
    if not updates_only:
        rows = pgtrigger.Insert | pgtrigger.Delete
        triggers.append(_History(name="history_rows", operation=rows, fields=fields, identity=identity))
    return triggers


# --- what may shorten it ------------------------------------------------------------------------------------------


@transaction.atomic
def forget_changes(*, before: datetime) -> int:
    """Delete what is older than ``before``, the one way to shorten the history; return how many rows went."""
    _allow_deletion()
    deleted, _ = Change.objects.filter(at__lt=before).delete()
    return deleted


@transaction.atomic
def forget_thing(*, kind: str, object_id: int) -> int:
    """Delete the history of one thing, where the law asks for that; return how many rows went."""
    _allow_deletion()
    deleted, _ = Change.objects.filter(kind=kind, object_id=object_id).delete()
    return deleted


def _allow_deletion() -> None:
    """For this transaction alone; the trigger of core_change asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('audit.may_delete', 'on', true)")
