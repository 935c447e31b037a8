"""The outbox, periodic jobs, signs of life, slots and the history of changes.

Written only by ``core.outbox``, ``core.jobs``, ``core.pulse`` and ``core.slots``; ``Change`` by triggers alone
(``core.audit``).
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutboxRow(models.Model):
    """One piece of work for one subscriber: claimed by row lock, deleted with its effect in one transaction."""

    subscriber = models.CharField(max_length=60)
    topic = models.CharField(max_length=60)
    payload = models.JSONField()  # {"ids": [1, …]} with at most outbox.BATCH_IDS ids, or what the topic says
    created_at = models.DateTimeField(db_default=models.functions.Now())
    available_at = models.DateTimeField(db_default=models.functions.Now())
    is_bulk = models.BooleanField(default=False, db_default=False)  # many ids: takes turns with what arrives one by one
    tries = models.PositiveSmallIntegerField(default=0)  # begun, by workers that died too
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)  # ended in an error
    last_error = models.TextField(blank=True, default="")
    quarantined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(  # the claim in outbox.drain
                fields=["subscriber", "is_bulk", "id"],
                name="outbox_claim",
                condition=Q(quarantined_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} for {self.subscriber}"


class JobRun(models.Model):
    """One period of one periodic job, done at most once however many beats run."""

    job = models.CharField(max_length=60)
    period = models.CharField(max_length=30)
    finished_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "period"], name="job_run_once")]

    def __str__(self) -> str:
        return f"{self.job} {self.period}"


class Heartbeat(models.Model):
    """When a part of the platform last said that it is alive."""

    part = models.CharField(max_length=30, primary_key=True)  # "worker", "dispatcher"
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.part}: {self.beat_at}"


class Slot(models.Model):
    """One of the few times that a person may do one thing at once, until it is given back or expires."""

    thing = models.CharField(max_length=60)  # "workbench.download"
    holder_id = models.BigIntegerField()  # a user; no foreign key, for it lives for minutes
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["thing", "holder_id"], name="slot_of_holder")]

    def __str__(self) -> str:
        return f"{self.thing} by {self.holder_id}"


class Action(models.TextChoices):
    INSERT = "insert", _("Made")
    UPDATE = "update", _("Changed")
    DELETE = "delete", _("Deleted")


class Change(models.Model):
    """One change of one row of configuration or state. Append-only: the database refuses anything else."""

    at = models.DateTimeField(db_default=models.functions.Now())  # of the transaction's beginning
    kind = models.CharField(max_length=60)  # a model's label, "catalog.Product"
    object_id = models.BigIntegerField()
    action = models.CharField(max_length=6, choices=Action.choices)
    before = models.JSONField(null=True)  # of an update: what changed, and what the row is about
    after = models.JSONField(null=True)
    person_id = models.BigIntegerField(null=True)  # no foreign key: history outlives accounts
    via = models.CharField(max_length=200)  # a path, an API key's prefix, a command, "database: psql as …", or nothing

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [  # all read newest first, by the audit page
            models.Index(fields=["-at", "-id"], name="change_newest"),
            models.Index(fields=["kind", "object_id", "-at", "-id"], name="change_of_thing"),
            models.Index(fields=["kind", "-at", "-id"], name="change_of_kind"),
            models.Index(fields=["person_id", "-at", "-id"], name="change_by_person"),
            models.Index(fields=["-at", "-id"], name="change_deletions", condition=Q(action="delete")),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="append_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="IF TG_OP = 'DELETE' AND current_setting('audit.may_delete', true) = 'on' THEN RETURN OLD;"
                " END IF; RAISE EXCEPTION 'core_change is append-only' USING ERRCODE = 'insufficient_privilege';",
            ),
            pgtrigger.Trigger(
                name="append_only_whole",
                when=pgtrigger.Before,
                level=pgtrigger.Statement,
                operation=pgtrigger.Truncate,
                func="IF current_setting('audit.may_truncate', true) = 'on' THEN RETURN NULL; END IF;"  # the suite's
                " RAISE EXCEPTION 'core_change is append-only' USING ERRCODE = 'insufficient_privilege';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.object_id}"
