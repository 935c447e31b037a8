"""A workshop: many contribute by phone, group, vote and decide. Written only by ``panels.workshops``."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit


class Phase(models.TextChoices):
    CLOSED = "closed", _("Not open yet")
    GATHER = "gather", _("Gather")
    GROUP = "group", _("Group")
    DISCUSS = "discuss", _("Discuss")
    VOTE = "vote", _("Vote")
    DECIDE = "decide", _("Decide")
    DONE = "done", _("Done")


class Workshop(models.Model):
    """The board of one session. ``code`` is what people type into their phones."""

    session = models.OneToOneField(
        "panels.ResearchSession", on_delete=models.CASCADE, primary_key=True, related_name="workshop"
    )
    question = models.CharField(max_length=300)
    code = models.CharField(max_length=8, unique=True)
    phase = models.CharField(max_length=8, choices=Phase.choices, default=Phase.CLOSED)
    phase_ends_at = models.DateTimeField(null=True, blank=True)  # the timer; nothing happens by itself when it ends
    votes_each = models.PositiveSmallIntegerField(default=3)
    votes_per_idea = models.PositiveSmallIntegerField(default=3)  # of one phone on one group
    ideas_each = models.PositiveSmallIntegerField(default=30)
    change_number = models.BigIntegerField(default=0)  # grows with every change: boards poll with it as their ETag
    layout_number = models.BigIntegerField(default=0)  # grows with changes that every phone shows: phones poll with it

    class Meta:
        triggers = audit.history("question", "phase", "votes_each", "ideas_each", identity=["session"])

    def __str__(self) -> str:
        return self.question


class Phone(models.Model):
    """One device that joined by the code; nobody's name. Known by a hash of what its page keeps."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="phones")
    key_sha256 = models.CharField(max_length=64, unique=True)
    joined_at = models.DateTimeField(db_default=models.functions.Now())

    def __str__(self) -> str:
        return f"Phone {self.pk} of {self.workshop_id}"


class IdeaGroup(models.Model):
    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="groups")
    title = models.CharField(max_length=160)
    position = models.PositiveIntegerField(default=0)
    decision = models.TextField(max_length=2_000, blank=True, default="")

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title


class Idea(models.Model):
    CHARACTERS = 500

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="ideas")
    phone = models.ForeignKey(  # none: written by staff at the board
        Phone, on_delete=models.SET_NULL, null=True, blank=True, related_name="ideas"
    )
    client_key = models.UUIDField(unique=True)  # made by the phone's page: sent twice, kept once
    text = models.CharField(max_length=CHARACTERS)
    group = models.ForeignKey(IdeaGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="ideas")
    position = models.PositiveIntegerField(default=0)
    feedback = models.ForeignKey(
        "feedback.Feedback", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())
    hidden_at = models.DateTimeField(null=True, blank=True)  # taken off the board; the row stays for the undo

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["workshop", "id"], name="idea_of_workshop")]

    def __str__(self) -> str:
        return self.text


class DotVote(models.Model):
    """One dot of one phone, on a group or on an idea that is in none."""

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="dots")
    phone = models.ForeignKey(Phone, on_delete=models.CASCADE, related_name="dots")
    group = models.ForeignKey(IdeaGroup, on_delete=models.CASCADE, null=True, blank=True, related_name="dots")
    idea = models.ForeignKey(Idea, on_delete=models.CASCADE, null=True, blank=True, related_name="dots")
    client_key = models.UUIDField(unique=True)
    voted_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(group__isnull=False, idea__isnull=True) | Q(group__isnull=True, idea__isnull=False),
                name="dot_on_one",
            )
        ]
        indexes = [models.Index(fields=["workshop", "phone"], name="dots_of_phone")]

    def __str__(self) -> str:
        return f"Dot of {self.phone_id}"
