"""Who tells us something: customers, their organisations, and segments with a policy weight."""

import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Lower, Upper
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.customers.purposes import Purpose as Purpose


class Segment(models.Model):
    """A class of customers. Its weight multiplies their voices unless a team's policy says otherwise."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    weight = models.FloatField(default=1.0)

    class Meta:
        triggers = audit.history("name", "slug", "weight", identity=["name"])
        ordering = ["-weight", "name"]
        constraints = [models.CheckConstraint(condition=Q(weight__gte=0, weight__lte=100), name="segment_weight_0_100")]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """Whom customers belong to (never ours). Its segment holds for its customers without one of their own."""

    name = models.CharField(max_length=160)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        triggers = audit.history("name", "segment", identity=["name"])
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="organisation_name_unique")]

    def __str__(self) -> str:
        return self.name


# What the search of customers looks in; the index customer_search holds just this.
NAME_AND_ADDRESS = Upper(Concat("name", Value(" "), "email", output_field=models.TextField()))


class Customer(models.Model):
    """A person outside. Erased, the row stays as a tombstone: a fresh key, name and address blank."""

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    email = models.EmailField(max_length=254, blank=True, default="")  # as it was given
    # core.email_address.normalise_email; never compared by the database's upper(), which folds too much
    email_key = models.CharField(max_length=254, null=True, blank=True, unique=True)
    name = models.CharField(max_length=150, blank=True, default="")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="customers"
    )
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    erasure_asked_at = models.DateTimeField(null=True, blank=True)  # by themselves; an administrator decides
    created_at = models.DateTimeField(db_default=models.functions.Now())
    # What staff know of them, for whom to ask and when; blanked with the name.
    role_title = models.CharField(max_length=120, blank=True, default="", db_default="")  # what they do, in words
    languages = ArrayField(models.CharField(max_length=12), default=list, db_default=[], blank=True)  # BCP 47
    time_zone = models.CharField(max_length=64, blank=True, default="", db_default="")
    availability = models.CharField(max_length=300, blank=True, default="", db_default="")
    instruments = ArrayField(models.CharField(max_length=120), default=list, db_default=[], blank=True)
    sites = ArrayField(models.CharField(max_length=120), default=list, db_default=[], blank=True)
    merged_into = models.ForeignKey(  # the same person's other record: what this one said counts as that one's
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )

    class Meta:
        triggers = audit.history(  # never name or address: erasure must hold
            "organisation", "segment", "verified_at", "erased_at", "erasure_asked_at", "merged_into", updates_only=True
        )
        constraints = [
            models.UniqueConstraint(  # what makes matching by name safe against two imports at once
                fields=["name", "organisation"],
                condition=Q(email_key__isnull=True, erased_at__isnull=True) & ~Q(name=""),
                nulls_distinct=False,
                name="customer_once_by_name",
            ),
        ]
        indexes = [
            GinIndex(  # the search of the customers' list, for any part of a name or an address
                OpClass(NAME_AND_ADDRESS, name="gin_trgm_ops"), name="customer_search"
            ),
            models.Index(  # the list of those who ask to be erased
                fields=["erasure_asked_at"],
                name="customer_asks_erasure",
                condition=Q(erasure_asked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        """The name, never the address: names are shown to all who read, addresses to those who manage customers."""
        return self.name or gettext("Customer %(key)s") % {"key": str(self.key)[:8]}

    @property
    def counted_as(self) -> "Customer":
        """The record that counts for this one: itself, or the one it was merged into (a query, for those few)."""
        return self.merged_into or self

    @property
    def effective_segment(self) -> Segment | None:
        """The customer's own segment, or its organisation's; of the record that counts."""
        counted = self.counted_as
        return counted.segment or (counted.organisation.segment if counted.organisation else None)


class ProductUse(models.Model):
    """A customer uses a product, perhaps a version of it. Written only by ``customers.profiles``."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="uses", db_index=False)
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(
        "catalog.ProductVersion", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    noted_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["product", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "product", "version"], name="product_use_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} uses {self.product_id}"


class Merge(models.Model):
    """Two records found to be of one person. Undone, both stand as before: nothing was moved, only pointed."""

    kept = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    merged = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    filled = models.JSONField(default=list)  # names of the kept record's blank fields that the other one filled
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    merged_at = models.DateTimeField(db_default=models.functions.Now())
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-merged_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at=None), name="merged_into_one"),
            models.CheckConstraint(condition=~Q(kept=models.F("merged")), name="merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"


class ContactKind(models.TextChoices):
    """How we came to a customer who had not come to us."""

    MAIL = "mail", _("Mail")
    FORM = "form", _("Link to a form")
    PANEL = "panel", _("Invitation to a panel")
    SESSION = "session", _("Invitation to a session")
    MEETING = "meeting", _("Session")
    FOLLOW_UP = "follow_up", _("Follow-up")
    OTHER = "other", _("Something else")


class ContactEvent(models.Model):
    """We asked something of a customer. Read by the fatigue rule; written only by ``customers.contacts``."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_events", db_index=False)
    kind = models.CharField(max_length=10, choices=ContactKind.choices)
    about = models.CharField(max_length=80)  # "session:12", "seat:7": one per customer, kind and thing
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    override_reason = models.CharField(max_length=300, blank=True, default="")  # why although it was too soon
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "about"], name="contact_event_once")]
        indexes = [models.Index(fields=["customer", "-at"], name="contact_newest")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.customer_id}"


class ConsentText(models.Model):
    """The words of one purpose, as published: a new version never changes what was consented to before."""

    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    number = models.PositiveIntegerField()
    words = models.JSONField()  # by language code
    valid_months = models.PositiveSmallIntegerField(null=True, blank=True)  # how long a consent holds; None: for good
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["purpose", "-number"]
        constraints = [models.UniqueConstraint(fields=["purpose", "number"], name="consent_text_once")]
        triggers = [
            pgtrigger.Trigger(  # published_by alone may go, with its person
                name="consent_text_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("purpose", "number", "words", "valid_months", "published_at"),
                func="RAISE EXCEPTION 'A published consent text is never changed.';",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}"


class Consent(models.Model):
    """A fact: somebody consented to one purpose, in these very words. Never changed; a later fact overrules it.

    Without a customer it is of one piece of feedback alone, that of ``feedback_id`` (of an app above, so no key).
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    is_given = models.BooleanField(default=True)
    text = models.TextField()  # as it stood there
    language = models.CharField(max_length=12, blank=True, default="")
    channel = models.CharField(max_length=10)
    feedback_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    version = models.ForeignKey(  # none: words of a form's own
        ConsentText, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expires_on = models.DateField(null=True, blank=True)  # the last day it holds; None: until taken back
    recorded_by_id = models.BigIntegerField(null=True, blank=True)  # whoever of the staff wrote it down; no key: kept
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["-recorded_at", "-id"]
        triggers = [pgtrigger.Protect(name="consent_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.customer_id}"
