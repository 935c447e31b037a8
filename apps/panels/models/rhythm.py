"""The rhythm in which a team listens: cycles with planned research, exposure goals, and what was found.

Cycles and goals are written only by ``panels.rhythm``, findings by ``panels.repository``.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core import audit
from apps.panels.models.sessions import SessionKind


class Cycle(models.Model):
    """One development cycle of a team; two of one team never overlap (their service takes turns)."""

    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="cycles")
    name = models.CharField(max_length=120)
    starts_on = models.DateField()
    ends_on = models.DateField()  # the last day
    goals = models.TextField(max_length=4_000, blank=True, default="")

    class Meta:
        triggers = audit.history("team", "name", "starts_on", "ends_on", "goals", identity=["name"])
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="cycle_ends_after_it_starts"),
        ]

    def __str__(self) -> str:
        return self.name


class PlannedResearch(models.Model):
    """What a cycle wants to hear of customers about one priority, and by which kind of session."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="planned")
    tag = models.ForeignKey("tagging.Tag", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=12, choices=SessionKind.choices)
    question = models.CharField(max_length=300)
    wanted_sessions = models.PositiveSmallIntegerField(default=1)
    sessions = models.ManyToManyField("panels.ResearchSession", related_name="+", blank=True)  # that are held for it

    class Meta:
        triggers = audit.history("cycle", "tag", "kind", "question", "wanted_sessions", identity=["question"])
        ordering = ["cycle", "id"]

    def __str__(self) -> str:
        return self.question


class ExposureGoal(models.Model):
    """How long with customers in how many days everybody of a team aims at; without a row two hours in six weeks."""

    team = models.OneToOneField("accounts.Team", on_delete=models.CASCADE, primary_key=True, related_name="+")
    minutes = models.PositiveIntegerField(default=120)
    days = models.PositiveSmallIntegerField(default=42)

    class Meta:
        triggers = audit.history("minutes", "days", identity=["team"])
        constraints = [models.CheckConstraint(condition=Q(days__gte=1, days__lte=366), name="exposure_days_1_to_366")]

    def __str__(self) -> str:
        return f"{self.minutes} minutes in {self.days} days"


class Finding(models.Model):
    """Something research found, with the evidence for it; cited as F-<id>."""

    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    tag = models.ForeignKey("tagging.Tag", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=200)
    text = models.TextField(max_length=20_000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())
    edited_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        triggers = audit.history("team", "product", "tag", "title", "withdrawn_at", identity=["title"])
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"F-{self.pk} {self.title}"


class FindingEvidence(models.Model):
    """One thing a finding rests on: a session, a note of one, or a piece of feedback."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="evidence")
    session = models.ForeignKey(
        "panels.ResearchSession", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    note = models.ForeignKey("panels.SessionNote", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    feedback = models.ForeignKey("feedback.Feedback", on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["finding", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["finding", "session", "note", "feedback"], name="evidence_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(session__isnull=False, note__isnull=True, feedback__isnull=True)
                | Q(session__isnull=True, note__isnull=False, feedback__isnull=True)
                | Q(session__isnull=True, note__isnull=True, feedback__isnull=False),
                name="evidence_is_one",
            ),
        ]

    def __str__(self) -> str:
        return f"Evidence {self.pk} of F-{self.finding_id}"
