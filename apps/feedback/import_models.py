"""What imports leave beside feedback: uploads with their plans, saved plans, bad rows, tags as files name them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core import audit


class ImportMapping(models.Model):
    """A saved plan of how a kind of file becomes feedback (``imports.plan.Plan``), by name."""

    name = models.CharField(max_length=80, unique=True)
    plan = models.JSONField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        triggers = audit.history("name", "plan", identity=["name"])
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """The file of an import made on its page, and how far the workers are with it.

    ``position`` is how many of its records are done, moved in the transaction that captures them: whoever goes on
    after a kill begins exactly there.
    """

    source = models.OneToOneField("feedback.Import", on_delete=models.CASCADE, primary_key=True, related_name="upload")
    stored_name = models.CharField(max_length=64, blank=True, default="")  # in the data directory; blank: deleted
    size_bytes = models.BigIntegerField()
    plan = models.JSONField(default=dict)
    position = models.BigIntegerField(default=0)
    share = models.FloatField(default=0.0)  # of the file read, 0 to 1
    begun_at = models.DateTimeField(null=True, blank=True)  # this stretch of work, for rate and time left
    begun_position = models.BigIntegerField(default=0)
    begun_share = models.FloatField(default=0.0)
    leased_until = models.DateTimeField(db_default=models.functions.Now())  # by the worker that has it in hand
    failures = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=400, blank=True, default="")  # why it stopped half-way

    def __str__(self) -> str:
        return f"Upload of import {self.pk}"


class ImportProblem(models.Model):
    """One row that could not be taken. Its cells stay in the file: see ``imports.bad_rows``."""

    source = models.ForeignKey("feedback.Import", on_delete=models.CASCADE, related_name="bad_rows", db_index=False)
    line = models.BigIntegerField()
    column = models.CharField(max_length=200, blank=True, default="")  # blank: the whole line
    reason = models.CharField(max_length=400)

    class Meta:
        ordering = ["source", "line", "id"]
        indexes = [models.Index(fields=["source", "line", "id"], name="import_problem_by_line")]

    def __str__(self) -> str:
        return f"Line {self.line}: {self.reason}"


class ImportLabels(models.Model):
    """What the file of an import says a piece of feedback is about: words of its own, or slugs of our tags."""

    feedback = models.OneToOneField(
        "feedback.Feedback", on_delete=models.CASCADE, primary_key=True, related_name="import_labels"
    )
    labels = ArrayField(models.CharField(max_length=200))

    def __str__(self) -> str:
        return ", ".join(self.labels)
