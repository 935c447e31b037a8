"""How a panel is: whom it stands for, how active its members are, whose term ends."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.customers.merging import record_ids
from apps.customers.models import Customer, Segment
from apps.feedback.models import Feedback, FeedbackState
from apps.panels.members.terms import due_soon
from apps.panels.models import (
    Ballot,
    Panel,
    Participant,
    ParticipantState,
    ResearchSession,
    Seat,
    SeatKind,
    SeatState,
    Vote,
)

MISSING_SHARE = 0.05  # of the customers: a segment as large as that and without a member is missing


class Part(NamedTuple):
    """One segment: its members on the panel, and its customers."""

    label: str
    member_count: int
    customer_count: int
    member_share: float  # 0 to 1, of all members
    customer_share: float  # 0 to 1, of all customers

    @property
    def is_missing(self) -> bool:
        return not self.member_count and self.customer_share >= MISSING_SHARE


@dataclass(frozen=True)
class Representation:
    """Members over segments against the customer base; the largest segment first."""

    parts: list[Part]
    member_count: int
    customer_count: int

    @property
    def missing(self) -> list[str]:
        return [part.label for part in self.parts if part.is_missing]

    @property
    def chart(self) -> dict[str, object]:
        """What static/js/charts.js draws: shares of 0 to 1."""
        return {
            "labels": [part.label for part in self.parts],
            "urls": ["" for _part in self.parts],
            "unit": "share",
            "stacked": False,
            "sideways": True,
            **{name: [] for name in ("marked", "good", "neutral", "unfinished", "marks")},
            "unfinished_word": "",
            "notes": ["" for _part in self.parts],
            "series": [
                _series(_("Members"), [part.member_share for part in self.parts], "chart-1"),
                _series(_("Customers"), [part.customer_share for part in self.parts], "chart-neutral"),
            ],
        }


def _series(label: str, values: Sequence[float], colour: str) -> dict[str, object]:
    return {"label": label, "values": list(values), "colour": colour, "kind": "bar", "dashed": False}


def compare(
    members: Mapping[int | None, int], customers: Mapping[int | None, int], names: Mapping[int, str]
) -> Representation:
    """Return how members stand for customers, both counted by segment; None: of no segment. Pure."""
    member_count, customer_count = sum(members.values()), sum(customers.values())
    keys = [pk for pk in {**customers, **members} if members.get(pk) or customers.get(pk)]
    parts = [
        Part(
            label=names.get(pk, "") if pk is not None else _("No segment"),
            member_count=members.get(pk, 0),
            customer_count=customers.get(pk, 0),
            member_share=members.get(pk, 0) / member_count if member_count else 0.0,
            customer_share=customers.get(pk, 0) / customer_count if customer_count else 0.0,
        )
        for pk in keys
    ]
    parts.sort(key=lambda part: (-part.customer_count, -part.member_count, part.label))
    return Representation(parts, member_count, customer_count)


def representation(panel: Panel) -> Representation:
    """Return how the panel's members stand for the customer base: everybody known, erased and merged records not.

    Three queries; the one over customers grows with them.
    """
    seated = Seat.objects.filter(panel=panel, state=SeatState.ACCEPTED, kind=SeatKind.MEMBER).order_by()
    segment = Coalesce("customer__segment_id", "customer__organisation__segment_id")
    members = Counter(seated.values_list(segment, flat=True))
    everyone = Customer.objects.filter(erased_at=None, merged_into=None).order_by()
    counted = everyone.values_list(Coalesce("segment_id", "organisation__segment_id")).annotate(n=Count("pk"))
    return compare(members, dict(counted), dict(Segment.objects.values_list("pk", "name")))


class Activity(NamedTuple):
    """What one member did since their term began."""

    seat: Seat
    came: int
    missed: int
    vote_count: int
    ballot_count: int  # put since then
    feedback_count: int  # that the reader may open

    @property
    def is_silent(self) -> bool:
        return not (self.came or self.vote_count or self.feedback_count)


def activity(panel: Panel, user: User) -> list[Activity]:
    """Return what each member did, by all records of that person, the silent first. Seven queries for any number."""
    seats = list(
        Seat.objects.filter(panel=panel, state=SeatState.ACCEPTED).select_related("customer__organisation", "panel")
    )
    seat_of = _seats_by_record(seats)
    came, missed = _attendance(panel, seat_of, user)
    votes = Counter(Vote.objects.filter(seat__in=seats).values_list("seat_id", flat=True))
    ballots = list(Ballot.objects.filter(panel=panel).values_list("opens_at", flat=True))
    said = _feedback_since(seat_of, user)
    rows = [
        Activity(
            seat=seat,
            came=came[seat.pk],
            missed=missed[seat.pk],
            vote_count=votes[seat.pk],
            ballot_count=sum(seat.starts_on is not None and opens_at.date() >= seat.starts_on for opens_at in ballots),
            feedback_count=said[seat.pk],
        )
        for seat in seats
    ]
    return sorted(rows, key=lambda row: (not row.is_silent, str(row.seat.customer).casefold(), row.seat.pk))


def _seats_by_record(seats: Collection[Seat]) -> dict[int, Seat]:
    """Return the seat of each customer, under every record of that person. Two queries."""
    records = record_ids([seat.customer_id for seat in seats])
    return {record: seat for seat in seats for record in records[seat.customer_id]}


def _attendance(panel: Panel, seat_of: Mapping[int, Seat], user: User) -> tuple[Counter[int], Counter[int]]:
    """Return by seat how often they came to the panel's sessions, and did not, as far as ``user`` may see those."""
    sessions = ResearchSession.objects.visible_to(user).filter(panel=panel)
    rows = Participant.objects.filter(session__in=sessions, customer__in=list(seat_of))
    came: Counter[int] = Counter()
    missed: Counter[int] = Counter()
    for customer_id, state in rows.values_list("customer_id", "state"):
        came[seat_of[customer_id].pk] += state == ParticipantState.ATTENDED
        missed[seat_of[customer_id].pk] += state == ParticipantState.MISSED
    return came, missed


def _feedback_since(seat_of: Mapping[int, Seat], user: User) -> Counter[int]:
    """Return by seat how much each member said since their term began, of what ``user`` may open. One query."""
    own = Q(pk__in=[])
    for customer_id, seat in seat_of.items():
        own |= Q(customer=customer_id, day__gte=seat.starts_on) if seat.starts_on else Q(pk__in=[])
    said = Feedback.objects.visible_to(user).filter(own, state=FeedbackState.LIVE).order_by()
    counts: Counter[int] = Counter()
    for customer_id, n in said.values_list("customer_id").annotate(n=Count("pk")):
        counts[seat_of[customer_id].pk] += n
    return counts


@dataclass(frozen=True)
class Health:
    representation: Representation
    activity: list[Activity]
    due: list[Seat]

    @property
    def silent_count(self) -> int:
        return sum(row.is_silent for row in self.activity)

    @property
    def attendance(self) -> float | None:
        """The share of those expected at sessions who came, over all members; None before anybody was."""
        came = sum(row.came for row in self.activity)
        expected = came + sum(row.missed for row in self.activity)
        return came / expected if expected else None


def health_of(panel: Panel, user: User, *, today: date) -> Health:
    done = activity(panel, user)
    return Health(representation(panel), done, due_soon([row.seat for row in done], today=today))
