"""The roll-up: cells, voices, volume cells, standings, snapshots (derived), and policy and state (set by people).

Derived tables are written only by ``priorities.fold``, ``priorities.derive`` and ``priorities.rebuild``; their id
columns carry no foreign keys, and 0 stands for none.
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit


class Counted(models.TextChoices):
    CUSTOMERS = "customers", _("Customers")
    ORGANISATIONS = "organisations", _("Organisations")


class Policy(models.Model):
    """How a team weighs its voices. A change makes a new version; the newest is in force."""

    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="policies")
    version = models.PositiveIntegerField()
    half_life_days = models.PositiveIntegerField(default=30, validators=[MinValueValidator(3), MaxValueValidator(1826)])
    segment_weights = models.JSONField(default=dict, blank=True)  # {"<segment id>": weight}; else the segment's own
    anonymous_weight = models.FloatField(default=0.5, validators=[MinValueValidator(0), MaxValueValidator(10)])
    # Anonymous feedback counted per tag and day. With the weight of 0.5, a hundred posts stay below twenty customers
    # however they are spread over a week.
    anonymous_daily_cap = models.PositiveIntegerField(default=5)
    unhappy_weight = models.FloatField(default=0.5, validators=[MinValueValidator(0), MaxValueValidator(10)])
    importance_weight = models.FloatField(default=0.5, validators=[MinValueValidator(0), MaxValueValidator(10)])
    # 1: a voice that speaks against counts nothing; more than 1 would turn it into a vote against the others.
    against_weight = models.FloatField(default=1.0, validators=[MinValueValidator(0), MaxValueValidator(1)])
    repeat_weight = models.FloatField(default=0.0, validators=[MinValueValidator(0), MaxValueValidator(10)])
    counted = models.CharField(max_length=14, choices=Counted.choices, default=Counted.CUSTOMERS)
    min_voices = models.PositiveIntegerField(default=3)  # fewer: "too few yet"
    landmark_on = models.DateField()  # the day that forward decay counts from
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        triggers = audit.history(
            "team",
            "version",
            "half_life_days",
            "segment_weights",
            "anonymous_weight",
            "anonymous_daily_cap",
            "unhappy_weight",
            "importance_weight",
            "against_weight",
            "repeat_weight",
            "counted",
            "min_voices",
            identity=["team"],
        )
        constraints = [
            models.UniqueConstraint(fields=["team", "version"], name="policy_version_once"),
            models.CheckConstraint(
                condition=Q(half_life_days__gte=3, half_life_days__lte=1826),
                name="half_life_3_days_to_5_years",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} policy {self.version}"


class Cell(models.Model):
    """Counts per (tag, segment, day), all integers. See README.md for what each column counts."""

    pk = models.CompositePrimaryKey("tag_id", "day", "segment_id")
    tag_id = models.BigIntegerField()
    day = models.DateField()
    segment_id = models.BigIntegerField()
    feedback_count = models.IntegerField(default=0)
    anonymous_count = models.IntegerField(default=0)
    unhappy_count = models.IntegerField(default=0)
    sentiment_milli_sum = models.BigIntegerField(default=0)
    customer_count = models.IntegerField(default=0)  # voices whose LATEST feedback is of this day
    customer_unhappy = models.IntegerField(default=0)
    customer_importance = models.IntegerField(default=0)  # sum of 0 to 3
    customer_against = models.IntegerField(default=0)
    organisation_count = models.IntegerField(default=0)
    organisation_unhappy = models.IntegerField(default=0)
    organisation_importance = models.IntegerField(default=0)
    organisation_against = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"Tag {self.tag_id}, {self.day}, segment {self.segment_id}"


class PartyKind(models.IntegerChoices):
    CUSTOMER = 1, _("Customer")
    ORGANISATION = 2, _("Organisation")  # a customer without one stands for itself, as minus its id


class Voice(models.Model):
    """One customer, or one organisation, on one tag: its count and its latest feedback with that one's flags."""

    pk = models.CompositePrimaryKey("tag_id", "party_kind", "party_id")
    tag_id = models.BigIntegerField()
    party_kind = models.SmallIntegerField(choices=PartyKind.choices)
    party_id = models.BigIntegerField()
    feedback_count = models.IntegerField()
    day = models.DateField()
    feedback_id = models.BigIntegerField()  # the latest: greatest (day, id)
    segment_id = models.BigIntegerField()
    is_unhappy = models.BooleanField()
    importance = models.PositiveSmallIntegerField()
    is_against = models.BooleanField()

    def __str__(self) -> str:
        return f"Voice of {self.party_kind}:{self.party_id} on tag {self.tag_id}"


class VolumeCell(models.Model):
    """Counts per (product, version, channel, segment, day, tagged or not), for the dashboards."""

    pk = models.CompositePrimaryKey("product_id", "day", "version_id", "channel", "segment_id", "is_tagged")
    product_id = models.BigIntegerField()
    day = models.DateField()
    version_id = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    segment_id = models.BigIntegerField()
    is_tagged = models.BooleanField()
    feedback_count = models.IntegerField(default=0)
    unhappy_count = models.IntegerField(default=0)
    sentiment_milli_sum = models.BigIntegerField(default=0)
    rated_count = models.IntegerField(default=0)
    rating_sum = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(  # the untagged backlog, however old; read from the index alone
                fields=["product_id", "day"],
                include=["feedback_count"],
                name="volume_untagged",
                condition=Q(is_tagged=False, feedback_count__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"Product {self.product_id}, {self.day}"


class VolumeTick(models.Model):
    """How often a product's volume cells changed: lets a dashboard ask in one row whether it is still right."""

    product_id = models.BigIntegerField(primary_key=True)
    tick_count = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"Product {self.product_id}, change {self.tick_count}"


class FirstLookCell(models.Model):
    """Feedback per (product, day received) by how long it waited for a person: written by ``first_look`` alone."""

    pk = models.CompositePrimaryKey("product_id", "day", "bucket")
    product_id = models.BigIntegerField()
    day = models.DateField()  # it was received
    bucket = models.SmallIntegerField()  # of first_look.LIMIT_HOURS; -1: nobody has looked yet
    feedback_count = models.IntegerField()

    def __str__(self) -> str:
        return f"Product {self.product_id}, {self.day}, wait {self.bucket}"


class Effort(models.TextChoices):
    UNKNOWN = "", _("Not estimated")
    SMALL = "small", _("Small")
    MEDIUM = "medium", _("Medium")
    LARGE = "large", _("Large")


class PriorityState(models.TextChoices):
    NEW = "new", _("New")
    INVESTIGATING = "investigating", _("Investigating")
    PLANNED = "planned", _("Planned")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    DECLINED = "declined", _("Declined")


class Priority(models.Model):
    """What people set on a tag that a team owns. Belongs to the tag and travels with it to another team."""

    tag = models.OneToOneField("tagging.Tag", on_delete=models.CASCADE, primary_key=True, related_name="priority")
    state = models.CharField(max_length=20, choices=PriorityState.choices, default=PriorityState.NEW)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    alignment = models.FloatField(default=1.0, validators=[MinValueValidator(0.1), MaxValueValidator(3)])
    effort = models.CharField(max_length=8, choices=Effort.choices, blank=True, default=Effort.UNKNOWN)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        triggers = audit.history("state", "owner", "alignment", "effort", identity=["tag"])

    def __str__(self) -> str:
        return f"{self.tag}: {self.state}"


class Standing(models.Model):
    """How a tag stands in its team's queue: derived from its cells by the team's policy.

    ``landmark_score`` is the score as seen from the policy's landmark: it orders the queue at any moment;
    ``scoring.score_on`` turns it into the score of a day.
    """

    tag = models.OneToOneField(
        "tagging.Tag",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="standing",
        db_constraint=False,
    )
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    landmark_subtotal = models.FloatField(default=0)
    factor = models.FloatField(default=1)  # alignment times effort
    landmark_score = models.FloatField(default=0)  # subtotal times factor
    feedback_count = models.BigIntegerField(default=0)
    anonymous_count = models.BigIntegerField(default=0)
    unhappy_count = models.BigIntegerField(default=0)
    sentiment_milli_sum = models.BigIntegerField(default=0)
    customer_count = models.BigIntegerField(default=0)
    customer_unhappy = models.BigIntegerField(default=0)
    customer_importance = models.BigIntegerField(default=0)
    customer_against = models.BigIntegerField(default=0)
    organisation_count = models.BigIntegerField(default=0)
    organisation_unhappy = models.BigIntegerField(default=0)
    organisation_importance = models.BigIntegerField(default=0)
    organisation_against = models.BigIntegerField(default=0)
    last28_count = models.BigIntegerField(default=0)  # feedback of the last 28 days, and of the 28 before
    previous28_count = models.BigIntegerField(default=0)
    trend_on = models.DateField()  # the day those windows end with
    updated_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [models.Index(fields=["team", "-landmark_score", "tag"], name="standing_queue")]

    def __str__(self) -> str:
        return f"Standing of {self.tag_id}"


class Snapshot(models.Model):
    """The queue as it was: one row per standing and day, never changed."""

    tag = models.ForeignKey("tagging.Tag", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="+")
    policy_version = models.PositiveIntegerField()
    rank = models.PositiveIntegerField(null=True)  # null: too few voices yet
    score = models.FloatField()
    customer_count = models.BigIntegerField()
    anonymous_count = models.BigIntegerField()
    feedback_count = models.BigIntegerField()
    state = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "day"], name="snapshot_once_per_day")]
        indexes = [models.Index(fields=["team", "day", "rank"], name="snapshot_queue")]

    def __str__(self) -> str:
        return f"Tag {self.tag_id} on {self.day}"
