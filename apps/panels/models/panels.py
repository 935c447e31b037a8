"""A standing group of customers with a charter: seats, terms, what they are asked, what became of their input.

Written only by ``panels.members``; ``Criteria`` by ``panels.recruiting``, ``Action`` by ``panels.actions``.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.panels.models.answers import ActionState


class Criteria(models.Model):
    """Whom to look for, kept under a name: ``conditions`` as ``panels.recruiting`` reads them."""

    name = models.CharField(max_length=120)
    conditions = models.JSONField(default=dict)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="criteria_once_per_owner")]

    def __str__(self) -> str:
        return self.name


class PanelState(models.TextChoices):
    DRAFT = "draft", _("Being prepared")
    ACTIVE = "active", _("Active")
    CLOSED = "closed", _("Closed")


class Panel(models.Model):
    """A customer advisory panel of one team, about a product or about the team's work as a whole."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="panels")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    mission = models.CharField(max_length=400, blank=True, default="")  # one sentence
    charter = models.TextField(max_length=20_000, blank=True, default="")  # what members and we promise each other
    criteria = models.TextField(max_length=2_000, blank=True, default="")  # who belongs in it, in words
    seat_count = models.PositiveSmallIntegerField(default=12)
    alternate_count = models.PositiveSmallIntegerField(default=3)
    term_months = models.PositiveSmallIntegerField(default=12)
    chair = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    onboarding_form = models.ForeignKey(
        "feedback.Form", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=8, choices=PanelState.choices, default=PanelState.DRAFT)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        triggers = audit.history(
            "name", "slug", "team", "product", "mission", "charter", "criteria", "seat_count", "alternate_count",
            "term_months", "chair", "sponsor", "onboarding_form", "state", identity=["name"],
        )  # fmt: skip
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(seat_count__gte=1, seat_count__lte=500), name="panel_seats_1_to_500"),
            models.CheckConstraint(condition=Q(term_months__gte=1, term_months__lte=120), name="panel_term_1_to_120"),
        ]

    def __str__(self) -> str:
        return self.name


class SeatKind(models.TextChoices):
    MEMBER = "member", _("Member")
    ALTERNATE = "alternate", _("Alternate")


class SeatState(models.TextChoices):
    INVITED = "invited", _("Invited")
    ACCEPTED = "accepted", _("Member")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Invitation taken back")
    LEFT = "left", _("Left")
    ENDED = "ended", _("Term ended")


OPEN_SEATS = (SeatState.INVITED, SeatState.ACCEPTED)


class Seat(models.Model):
    """One customer's term on one panel, from the invitation on. ``key`` is in the links mailed to them."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="seats")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="seats")
    kind = models.CharField(max_length=10, choices=SeatKind.choices, default=SeatKind.MEMBER)
    state = models.CharField(max_length=10, choices=SeatState.choices, default=SeatState.INVITED)
    key = models.UUIDField(default=uuid.uuid4, unique=True)  # a fresh one closes every link given out
    starts_on = models.DateField(null=True, blank=True)  # set when accepted
    ends_on = models.DateField(null=True, blank=True)  # the last day
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    invited_at = models.DateTimeField(db_default=models.functions.Now())
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True, default="")  # of declining or leaving, in their words
    onboarded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        triggers = audit.history("kind", "state", "starts_on", "ends_on", identity=["panel", "customer"])
        ordering = ["panel", "kind", "invited_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "customer"], condition=Q(state__in=OPEN_SEATS), name="one_open_seat_per_customer"
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="seat_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"Seat {self.pk} on {self.panel_id}"


class Material(models.Model):
    """Something to read before: of a panel or of one session. A link, or words."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, null=True, blank=True, related_name="materials")
    session = models.ForeignKey(
        "panels.ResearchSession", on_delete=models.CASCADE, null=True, blank=True, related_name="materials"
    )
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True, default="")
    text = models.TextField(max_length=20_000, blank=True, default="")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(panel__isnull=False, session__isnull=True) | Q(panel__isnull=True, session__isnull=False),
                name="material_of_one",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Ballot(models.Model):
    """A question put to the members of a panel, with choices to vote for."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="ballots")
    question = models.CharField(max_length=300)
    choices = models.JSONField(default=list)  # their words, in order
    votes_each = models.PositiveSmallIntegerField(default=1)  # how many choices one member may take
    opens_at = models.DateTimeField(db_default=models.functions.Now())
    closes_at = models.DateTimeField(null=True, blank=True)
    are_results_shown = models.BooleanField(default=False)  # to members, before it is closed
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        triggers = audit.history(
            "panel", "question", "choices", "votes_each", "closes_at", "are_results_shown", identity=["question"]
        )
        ordering = ["-opens_at", "-id"]

    def __str__(self) -> str:
        return self.question


class Vote(models.Model):
    """What one member chose on one ballot; changed until it closes."""

    ballot = models.ForeignKey(Ballot, on_delete=models.CASCADE, related_name="votes")
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="votes")
    choices = models.JSONField(default=list)  # positions in Ballot.choices
    voted_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ballot", "seat"], name="vote_once_per_ballot")]

    def __str__(self) -> str:
        return f"Vote on {self.ballot_id} by {self.seat_id}"


class Action(models.Model):
    """What somebody of the staff promised to do after customers said something; members see ``outcome``."""

    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="+")
    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, null=True, blank=True, related_name="actions")
    session = models.ForeignKey(
        "panels.ResearchSession", on_delete=models.CASCADE, null=True, blank=True, related_name="actions"
    )
    seat = models.ForeignKey(  # whose action it is, where a member took it
        Seat, on_delete=models.SET_NULL, null=True, blank=True, related_name="actions"
    )
    tag = models.ForeignKey(  # the priority it serves
        "tagging.Tag", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    title = models.CharField(max_length=200)
    detail = models.TextField(max_length=4_000, blank=True, default="")  # for staff
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=ActionState.choices, default=ActionState.OPEN)
    outcome = models.TextField(max_length=2_000, blank=True, default="")  # told to members
    is_shown_to_members = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        triggers = audit.history(
            "team", "panel", "session", "tag", "title", "owner", "due_on", "state", "outcome", "is_shown_to_members",
            identity=["title"],
        )  # fmt: skip
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(fields=["owner", "due_on"], name="action_open", condition=Q(state__in=["open", "doing"]))
        ]

    def __str__(self) -> str:
        return self.title
