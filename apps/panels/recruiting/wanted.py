"""Whom somebody looks for. No queries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.catalog.models import Product, ProductVersion
from apps.customers.contacts import FATIGUE_DAYS
from apps.customers.models import Segment
from apps.panels.models import Panel

UNHAPPY, HAPPY, AGREED = "unhappy", "happy", "agreed"
FEELINGS = {UNHAPPY: _("Unhappy"), HAPPY: _("Happy")}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a candidate must meet; what is blank asks nothing."""

    product: Product | None = None
    version: ProductVersion | None = None
    said: str = ""  # as insight.search understands it
    feeling: str = ""
    segment: Segment | None = None
    organisation: str = ""  # part of its name
    language: str = ""
    site: str = ""  # part of one
    instrument: str = ""
    rested_days: int | None = None
    consent: str = ""
    panel: Panel | None = None  # on which they are not

    @property
    def asks_what_was_said(self) -> bool:
        """Whether one piece of feedback must meet something: words, or how it felt."""
        return bool(self.said or self.feeling)

    @property
    def asks_use(self) -> bool:
        return bool(self.product or self.version)

    def rested_since(self, as_of: datetime) -> datetime:
        """Return since when nobody may have asked them anything, to be unmarked."""
        return as_of - timedelta(days=self.rested_days or FATIGUE_DAYS)
