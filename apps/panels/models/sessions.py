"""A research session: a dated encounter with customers, from the first plan to the end.

Written only by ``panels.planning``, ``Study`` too; summary, decisions and follow-up form by ``panels.afterwards``.
"""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Role, User
from apps.catalog.models import Visibility
from apps.core import audit
from apps.panels.models.answers import Willing


class SessionKind(models.TextChoices):
    ADVISORY = "advisory", _("Advisory meeting")
    INTERVIEW = "interview", _("Interview")
    USABILITY = "usability", _("Usability test")
    INTEGRATION = "integration", _("Integration session")
    WORKSHOP = "workshop", _("Workshop")
    IDEATION = "ideation", _("Ideation")
    VISIT = "visit", _("Site visit")


class Study(models.Model):
    """What several sessions want to find out together; they share tasks and problems."""

    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=160)
    question = models.TextField(max_length=2_000, blank=True, default="")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        triggers = audit.history("team", "product", "name", "question", identity=["name"])
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "studies"

    def __str__(self) -> str:
        return self.name


class SessionState(models.TextChoices):
    DRAFT = "draft", _("Being prepared")
    POLLING = "polling", _("Looking for a date")
    PLANNED = "planned", _("Planned")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class ResearchSessionQuerySet(models.QuerySet["ResearchSession"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Sessions that ``user`` may open, as feedback of the same visibility: strangers see none."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self.all()
        from apps.accounts.permissions import roles_of  # not above: it needs the models loaded

        roles = roles_of(user)
        if not roles:
            return self.none()
        led = [team_id for team_id, role in roles.items() if role == Role.ADMINISTRATOR]
        in_team = Q() if None in roles else Q(team_id__in=list(roles))
        return self.filter(
            Q(visibility=Visibility.EVERYONE)
            | Q(in_team, visibility=Visibility.TEAM)
            | Q(visibility=Visibility.RESTRICTED, team_id__in=led)
        )


class ResearchSession(models.Model):
    kind = models.CharField(max_length=12, choices=SessionKind.choices)
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(  # what its notes become feedback about; needed before they do
        "catalog.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    panel = models.ForeignKey("panels.Panel", on_delete=models.PROTECT, null=True, blank=True, related_name="sessions")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions")
    cycle = models.ForeignKey("panels.Cycle", on_delete=models.SET_NULL, null=True, blank=True, related_name="sessions")
    title = models.CharField(max_length=160)
    purpose = models.TextField(max_length=4_000, blank=True, default="")
    agenda = models.JSONField(default=list, blank=True)  # [{"title": str, "minutes": int}]
    questions = models.JSONField(default=list, blank=True)  # what to ask, in order: str
    visibility = models.CharField(max_length=12, choices=Visibility.choices, default=Visibility.EVERYONE)
    state = models.CharField(max_length=10, choices=SessionState.choices, default=SessionState.DRAFT)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=64)  # in which its times are told to everybody, beside their own
    place = models.CharField(max_length=300, blank=True, default="")  # an address or a link to the call
    capacity = models.PositiveSmallIntegerField(default=1)  # customers; more wait
    observer_seats = models.PositiveSmallIntegerField(default=2)  # for staff who only listen
    wants_recording = models.BooleanField(default=False)  # allowed once every participant consents
    budget_minor = models.BigIntegerField(default=0)  # for incentives, in the smallest unit of ``currency``
    currency = models.CharField(max_length=3, default="EUR")
    follow_up_form = models.ForeignKey(
        "feedback.Form", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    summary = models.TextField(max_length=20_000, blank=True, default="")
    decisions = models.JSONField(default=list, blank=True)  # what was decided there, a sentence each: str
    uid = models.UUIDField(default=uuid.uuid4, unique=True)  # of its calendar event, for good
    sequence = models.PositiveIntegerField(default=0)  # of its calendar event (RFC 5545), grows with every change
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reminded_from = models.DateTimeField(null=True, blank=True)  # people were reminded of its being so near as then

    objects = ResearchSessionQuerySet.as_manager()

    class Meta:
        triggers = audit.history(
            "kind", "team", "product", "panel", "study", "cycle", "title", "visibility", "state", "starts_at",
            "ends_at", "time_zone", "place", "capacity", "observer_seats", "wants_recording", "budget_minor",
            "follow_up_form",
            identity=["title"],
        )  # fmt: skip
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True, ends_at__isnull=True) | Q(ends_at__gt=models.F("starts_at")),
                name="session_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["planned", "running", "done"]) | Q(starts_at__isnull=False),
                name="session_planned_has_date",
            ),
        ]
        indexes = [models.Index(fields=["team", "starts_at"], name="session_of_team")]

    def __str__(self) -> str:
        return self.title


class StaffRole(models.TextChoices):
    LEAD = "lead", _("Leads")
    NOTES = "notes", _("Takes notes")
    OBSERVER = "observer", _("Observes")


class StaffSeat(models.Model):
    """One member of staff at one session; ``minutes`` with customers counts as exposure once it is done."""

    session = models.ForeignKey(ResearchSession, on_delete=models.CASCADE, related_name="staff")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=StaffRole.choices, default=StaffRole.OBSERVER)
    has_attended = models.BooleanField(null=True)  # None: not said yet
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)  # None: the whole session
    minutes_reason = models.CharField(  # why they say other minutes than the session's
        max_length=200, blank=True, default="", db_default=""
    )
    joined_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        triggers = audit.history("role", "has_attended", "minutes", "minutes_reason", identity=["session", "user"])
        ordering = ["session", "id"]
        constraints = [models.UniqueConstraint(fields=["session", "user"], name="staff_once_per_session")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.session_id}"


class ParticipantState(models.TextChoices):
    INVITED = "invited", _("Invited")
    WAITING = "waiting", _("On the waiting list")
    ACCEPTED = "accepted", _("Comes")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Invitation taken back")
    ATTENDED = "attended", _("Was there")
    MISSED = "missed", _("Did not come")


class Participant(models.Model):
    """One customer asked to one session. ``key`` is in the links mailed to them."""

    session = models.ForeignKey(ResearchSession, on_delete=models.CASCADE, related_name="participants")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="participations")
    state = models.CharField(max_length=10, choices=ParticipantState.choices, default=ParticipantState.INVITED)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    invited_at = models.DateTimeField(db_default=models.functions.Now())
    answered_at = models.DateTimeField(null=True, blank=True)  # the waiting list is in this order
    reason = models.CharField(max_length=400, blank=True, default="")
    follow_up_sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        triggers = audit.history("state", identity=["session", "customer"])
        ordering = ["session", "invited_at", "id"]
        constraints = [models.UniqueConstraint(fields=["session", "customer"], name="participant_once_per_session")]

    def __str__(self) -> str:
        return f"Participant {self.pk} of {self.session_id}"


class DateOption(models.Model):
    """One date offered in a session's poll."""

    session = models.ForeignKey(ResearchSession, on_delete=models.CASCADE, related_name="date_options")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "starts_at", "ends_at"], name="date_option_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="date_option_has_length"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at} for {self.session_id}"


class DateAnswer(models.Model):
    """Whether one participant, or one member of staff, can come then."""

    option = models.ForeignKey(DateOption, on_delete=models.CASCADE, related_name="answers")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    willing = models.CharField(max_length=10, choices=Willing.choices)
    answered_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["option", "participant", "user"], name="date_answer_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(participant__isnull=False, user__isnull=True)
                | Q(participant__isnull=True, user__isnull=False),
                name="date_answer_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.willing} for {self.option_id}"


class IncentiveState(models.TextChoices):
    PROPOSED = "proposed", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    PAID = "paid", _("Handed over")


class Incentive(models.Model):
    """What a participant gets for their time; approved by somebody else than who proposed it."""

    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="incentive")
    amount_minor = models.BigIntegerField()  # in the smallest unit of the session's currency
    kind = models.CharField(max_length=80, blank=True, default="")  # a voucher, a licence
    state = models.CharField(max_length=10, choices=IncentiveState.choices, default=IncentiveState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        triggers = audit.history("amount_minor", "kind", "state", "proposed_by", "decided_by", identity=["participant"])
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="incentive_is_something")]

    def __str__(self) -> str:
        return f"Incentive of {self.participant_id}"


class SessionRecording(models.Model):
    """Where a recording lies (we keep the link alone). Locked while a participant's consent does not stand."""

    session = models.ForeignKey(ResearchSession, on_delete=models.CASCADE, related_name="recordings")
    title = models.CharField(max_length=160)
    url = models.URLField(max_length=500)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField(db_default=models.functions.Now())
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        triggers = audit.history("title", "removed_at", identity=["session"])  # never the link: it may be taken away
        ordering = ["session", "id"]

    def __str__(self) -> str:
        return self.title
