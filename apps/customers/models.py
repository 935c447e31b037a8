"""Who tells us something: customers, their organisations, and segments with a policy weight."""

import uuid

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Lower, Upper
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core import audit


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
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        triggers = audit.history(  # never name or address: erasure must hold
            "organisation", "segment", "verified_at", "erased_at", updates_only=True
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
        ]

    def __str__(self) -> str:
        """The name, never the address: names are shown to all who read, addresses to those who manage customers."""
        return self.name or gettext("Customer %(key)s") % {"key": str(self.key)[:8]}

    @property
    def effective_segment(self) -> Segment | None:
        """The customer's own segment, or its organisation's."""
        return self.segment or (self.organisation.segment if self.organisation else None)


class Purpose(models.TextChoices):
    """What a consent is given for."""

    CONTACT = "contact", _("To be contacted")
    INTERNAL_QUOTE = "internal_quote", _("To be quoted inside the organisation")
    PUBLIC_QUOTE = "public_quote", _("To be quoted in public")
    RECORDING = "recording", _("To be recorded")
    STORY = "story", _("To appear in a customer story")
    RETENTION = "retention", _("To have it kept longer")


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
    recorded_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["-recorded_at", "-id"]
        triggers = [pgtrigger.Protect(name="consent_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.customer_id}"
