"""The taxonomy, what is said of feedback with it, and the ledger that carries the counts upwards.

``Pair``, ``LedgerRow``, ``VolumeBooking`` and ``VolumeLedgerRow`` are written only by ``tagging.ledger``
(and the ledgers emptied by ``priorities.fold``).
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit


class Tag(models.Model):
    """A node of the taxonomy. ``effective_team`` is its own team or that of its nearest owned ancestor."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=100, unique=True)
    description = models.CharField(max_length=300, blank=True, default="")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    effective_team = models.ForeignKey(
        "accounts.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        triggers = audit.history("name", "slug", "description", "parent", "team", identity=["name"])
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="tag_name_once_per_parent", nulls_distinct=False),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="tag_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name


class KeywordRule(models.Model):
    """Tags new feedback that holds one of the phrases and none of the exclusions; of one product or of all."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="rules")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    phrases = ArrayField(models.CharField(max_length=100))
    exclusions = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        triggers = audit.history("tag", "product", "phrases", "exclusions", "is_active", identity=["tag"])

    def __str__(self) -> str:
        return f"{self.tag}: {', '.join(self.phrases)}"


class RuleRun(models.Model):
    """A rule on its way over history, a thousand pieces of feedback at a time (``tagging.rules``)."""

    class Kind(models.TextChoices):
        APPLY = "apply", _("Apply")
        WITHDRAW = "withdraw", _("Take back")

    rule = models.ForeignKey(KeywordRule, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.APPLY)
    next_id = models.BigIntegerField(default=0)  # feedback below is done
    last_id = models.BigIntegerField()  # the newest feedback at the start; later ones meet the rule as they come
    changed_count = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")  # why it was given up
    started_at = models.DateTimeField(db_default=models.functions.Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], name="rule_run_open", condition=Q(finished_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.kind} {self.rule}"


class Source(models.TextChoices):
    PERSON = "person", _("Person")
    RULE = "rule", _("Rule")
    MODEL = "model", _("Model")
    IMPORT = "import", _("Import")  # the file says so


class TaggingState(models.TextChoices):
    SUGGESTED = "suggested", _("Suggested")
    CONFIRMED = "confirmed", _("Confirmed")
    REJECTED = "rejected", _("Rejected")


class Tagging(models.Model):
    """One statement that a tag fits a piece of feedback, or a span of its words.

    One per source, person or rule, and span: several spans of one tag are several statements and still one pair.
    """

    # No index of its own: one_statement_each begins with it.
    feedback = models.ForeignKey("feedback.Feedback", on_delete=models.CASCADE, related_name="taggings", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="taggings")
    source = models.CharField(max_length=8, choices=Source.choices)
    state = models.CharField(max_length=10, choices=TaggingState.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    rule = models.ForeignKey(KeywordRule, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confidence = models.FloatField(default=1.0)  # 0 to 1
    importance = models.PositiveSmallIntegerField(default=0)  # 0 to 3, given by people
    is_against = models.BooleanField(default=False)  # could not reproduce; asked and not needed
    # Characters of the feedback's text, from 0, the end exclusive; none: the whole of it. No text is kept twice.
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)
    updated_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feedback", "tag", "source", "user", "rule", "span_start", "span_end"],
                name="one_statement_each",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(importance__lte=3), name="importance_0_to_3"),
            models.CheckConstraint(condition=Q(confidence__gte=0, confidence__lte=1), name="confidence_0_to_1"),
            models.CheckConstraint(
                condition=Q(source="person", user__isnull=False) | (~Q(source="person") & Q(user__isnull=True)),
                name="person_has_user",
            ),
            models.CheckConstraint(
                condition=Q(span_start__isnull=True, span_end__isnull=True)
                | Q(span_start__gte=0, span_end__gt=models.F("span_start"), span_end__lte=20_000),
                name="span_within_a_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag} on {self.feedback_id}: {self.state} by {self.source}"

    @property
    def has_span(self) -> bool:
        return self.span_start is not None


class Contribution(models.Model):
    """What one pair adds to the counts. 0 stands for none in the id columns."""

    segment_id = models.BigIntegerField(default=0)
    day = models.DateField()
    customer_id = models.BigIntegerField(default=0)  # 0: anonymous, or a claim not proven
    organisation_id = models.BigIntegerField(default=0)
    sentiment_milli = models.SmallIntegerField(default=0)
    is_unhappy = models.BooleanField(default=False)
    importance = models.PositiveSmallIntegerField(default=0)
    is_against = models.BooleanField(default=False)

    class Meta:
        abstract = True


class Pair(Contribution):
    """(feedback, tag) with the contribution it last sent, if ``is_counted``."""

    # No indexes of their own: pair_once and pair_newest begin with them.
    feedback = models.ForeignKey("feedback.Feedback", on_delete=models.CASCADE, related_name="pairs", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="pairs", db_index=False)
    is_counted = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feedback", "tag"], name="pair_once")]
        indexes = [
            # Read by the fold when a voice loses its latest feedback.
            models.Index(
                fields=["tag", "customer_id", "-day", "-feedback"],
                name="pair_of_customer",
                condition=Q(is_counted=True) & ~Q(customer_id=0),
            ),
            models.Index(
                fields=["tag", "organisation_id", "-day", "-feedback"],
                name="pair_of_organisation",
                condition=Q(is_counted=True) & ~Q(organisation_id=0),
            ),
            # Read by the priority page: the newest evidence first.
            models.Index(fields=["tag", "-day", "-feedback"], name="pair_newest", condition=Q(is_counted=True)),
        ]

    def __str__(self) -> str:
        return f"({self.feedback_id}, {self.tag_id})"


class LedgerRow(Contribution):
    """A contribution of a pair to add (sign 1) or take away (sign -1). Deleted when folded."""

    shard = models.SmallIntegerField()  # tag_id % ledger.SHARDS
    tag_id = models.BigIntegerField()
    feedback_id = models.BigIntegerField()
    sign = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["shard", "id"], name="ledger_shard")]

    def __str__(self) -> str:
        return f"{self.sign:+d} ({self.feedback_id}, {self.tag_id})"


class VolumeContribution(models.Model):
    """What one feedback adds to the volume cells. 0 stands for none in the id columns."""

    product_id = models.BigIntegerField()
    version_id = models.BigIntegerField(default=0)
    channel = models.CharField(max_length=10)
    segment_id = models.BigIntegerField(default=0)
    day = models.DateField()
    is_tagged = models.BooleanField(default=False)
    sentiment_milli = models.SmallIntegerField(default=0)
    is_unhappy = models.BooleanField(default=False)
    rating = models.PositiveSmallIntegerField(default=0)  # 0: none given

    class Meta:
        abstract = True


class VolumeBooking(VolumeContribution):
    """The volume contribution a feedback last sent, if ``is_counted``. Its row lock covers the feedback's pairs."""

    feedback = models.OneToOneField("feedback.Feedback", on_delete=models.CASCADE, primary_key=True, related_name="+")
    is_counted = models.BooleanField(default=False)
    is_ruled = models.BooleanField(default=False)  # the keyword rules saw it when it was new

    def __str__(self) -> str:
        return f"Volume of {self.feedback_id}"


class VolumeLedgerRow(VolumeContribution):
    shard = models.SmallIntegerField()  # product_id % ledger.SHARDS
    sign = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["shard", "id"], name="volume_ledger_shard")]

    def __str__(self) -> str:
        return f"{self.sign:+d} product {self.product_id}"
