"""What is written down while a session runs: notes, tasks, problems. Written only by ``panels.running``."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Task(models.Model):
    """Something that participants of a usability test are asked to do, the same over the sessions of a study."""

    study = models.ForeignKey("panels.Study", on_delete=models.CASCADE, related_name="tasks")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    success = models.CharField(max_length=400, blank=True, default="")  # by what one sees that it is done

    class Meta:
        ordering = ["study", "position", "id"]

    def __str__(self) -> str:
        return self.title


class TaskOutcome(models.TextChoices):
    SUCCESS = "success", _("Done")
    PARTIAL = "partial", _("Done with help")
    FAILURE = "failure", _("Not done")


class TaskRun(models.Model):
    """One participant at one task, once. Without ``outcome`` it is under way or was left."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="runs")
    participant = models.ForeignKey("panels.Participant", on_delete=models.CASCADE, related_name="runs")
    started_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)  # on task
    errors = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=8, choices=TaskOutcome.choices, blank=True, default="")
    seq = models.PositiveSmallIntegerField(null=True, blank=True)  # Single Ease Question, 1 (hard) to 7 (easy)
    client_key = models.UUIDField(unique=True)  # made by the note taker's page: sent twice, kept once
    revision = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["task", "participant", "id"]
        constraints = [
            models.UniqueConstraint(fields=["task", "participant"], name="task_once_per_participant"),
            models.CheckConstraint(condition=Q(seq__isnull=True) | Q(seq__gte=1, seq__lte=7), name="seq_1_to_7"),
            models.CheckConstraint(condition=Q(seconds__isnull=True) | Q(seconds__gte=0), name="task_seconds_from_0"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} by {self.participant_id}"


class SusAnswer(models.Model):
    """One participant's ten answers to the System Usability Scale, 1 (disagree) to 5 (agree), in its order."""

    session = models.ForeignKey("panels.ResearchSession", on_delete=models.CASCADE, related_name="sus_answers")
    participant = models.OneToOneField("panels.Participant", on_delete=models.CASCADE, related_name="sus")
    answers = ArrayField(models.PositiveSmallIntegerField(), size=10)
    answered_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(answers__len=10), name="sus_has_ten_answers")]

    def __str__(self) -> str:
        return f"SUS of {self.participant_id}"


class Problem(models.Model):
    """A usability problem of a study."""

    study = models.ForeignKey("panels.Study", on_delete=models.CASCADE, related_name="problems")
    title = models.CharField(max_length=200)
    severity = models.PositiveSmallIntegerField(default=2)  # 0 none, 1 cosmetic, 2 minor, 3 major, 4 catastrophe
    tag = models.ForeignKey("tagging.Tag", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["-severity", "id"]
        constraints = [
            models.UniqueConstraint(fields=["study", "title"], name="problem_once_per_study"),
            models.CheckConstraint(condition=Q(severity__lte=4), name="problem_severity_0_to_4"),
        ]

    def __str__(self) -> str:
        return self.title


class ProblemSighting(models.Model):
    """A problem met by one participant."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="sightings")
    participant = models.ForeignKey("panels.Participant", on_delete=models.CASCADE, related_name="+")
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["problem", "participant"], name="problem_seen_once")]

    def __str__(self) -> str:
        return f"{self.problem_id} met by {self.participant_id}"


class SessionNote(models.Model):
    """One thing written down while a session ran. A quote is the speaker's own words, shown while they consent."""

    CHARACTERS = 4_000

    session = models.ForeignKey("panels.ResearchSession", on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    client_key = models.UUIDField(default=uuid.uuid4, unique=True)  # by the note taker's page: sent twice, kept once
    at = models.DateTimeField()  # when it was said, by the note taker's clock
    speaker = models.ForeignKey(  # none: staff, or nobody in particular
        "panels.Participant", on_delete=models.SET_NULL, null=True, blank=True, related_name="notes"
    )
    text = models.TextField(max_length=CHARACTERS)
    is_quote = models.BooleanField(default=False)
    is_need = models.BooleanField(default=False)
    tags = models.ManyToManyField("tagging.Tag", related_name="+", blank=True)
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, blank=True, related_name="notes")
    problem = models.ForeignKey(Problem, on_delete=models.SET_NULL, null=True, blank=True, related_name="notes")
    feedback = models.ForeignKey(  # what it became
        "feedback.Feedback", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revision = models.PositiveIntegerField(default=1)  # grows with every change: two note takers overwrite nothing
    change_number = models.BigIntegerField(default=0)  # of the session: what a page asks for "since"
    created_at = models.DateTimeField(db_default=models.functions.Now())
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)  # with the customer's words

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["session", "change_number"], name="note_of_session_since"),
            models.Index(fields=["session", "at", "id"], name="note_of_session"),
        ]

    def __str__(self) -> str:
        return f"Note {self.pk} of session {self.session_id}"
