"""The outbox, periodic jobs and signs of life. Written only by ``core.outbox``, ``core.jobs`` and ``core.pulse``."""

from django.db import models
from django.db.models import Q


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
