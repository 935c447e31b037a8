"""The whole roll-up against a plain model: whatever happens in whatever order, the queue is a recount.

After every step the check must hold with all that is on its way; when everything has arrived, the queue must be what
a dictionary of plain feedback says.
"""

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.catalog.models import Visibility
from apps.core import lanes, outbox
from apps.customers import services as customers
from apps.customers.models import Customer
from apps.feedback.models import Channel, Import
from apps.feedback.services import imports, moderation
from apps.feedback.services.capture import Capture, capture_batch
from apps.insight.models import Reading
from apps.priorities import fold, selectors
from apps.priorities.check import check_queues
from apps.tagging import services as tagging
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

TABLES = (  # emptied in this order before each example; TRUNCATE makes some hundred new files
    "core_outboxrow", "tagging_ledgerrow", "tagging_volumeledgerrow", "tagging_volumebooking", "tagging_tagging",
    "tagging_pair", "priorities_cell", "priorities_voice", "priorities_volumecell", "priorities_standing",
    "priorities_policy", "tagging_tag", "insight_searchdocument", "insight_reading", "feedback_feedback",
    "feedback_import", "catalog_product", "customers_customer", "customers_organisation", "customers_segment",
    "accounts_team", "accounts_user",
)  # fmt: skip
PEOPLE, TAGS, WEIGHTS = 4, 3, (3.0, 0.5)
ANGRY, GLAD = "This is terrible.", "Great, thank you!"  # as the reader reads them


@dataclass
class Told:
    """One feedback as the model sees it. ``person`` None: anonymous."""

    person: int | None
    days_ago: int
    rating: int | None
    text: str = ""
    state: str = "live"
    is_restricted: bool = False
    tags: dict[int, int] = field(default_factory=dict)  # tag number -> importance, of those confirmed
    import_id: int | None = None

    @property
    def is_unhappy(self) -> bool:
        return self.text == ANGRY if self.rating is None else self.rating <= 2


class RollUp(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DELETE FROM {table}")
        self.today = timezone.localdate()
        self.numbers = count(1)
        self.told: dict[int, Told] = {}

    @initialize()
    def company(self) -> None:
        self.user = UserFactory()
        self.teams = [TeamFactory(), TeamFactory()]
        self.product = ProductFactory()
        self.segments = [SegmentFactory(weight=weight) for weight in WEIGHTS]
        organisation = OrganisationFactory(segment=self.segments[1])
        self.people = [
            CustomerFactory(organisation=organisation if number < 2 else None, email=f"p{number}@example.org")
            for number in range(PEOPLE)
        ]
        self.segment_of: list[int | None] = [1, 1, None, None]
        self.tags = [TagFactory(team=self.teams[0]) for _ in range(TAGS)]
        self.team_of = [0] * TAGS
        # Somebody angry who gave no rating: only the reading says so, also after an erasure.
        self.submit(person=0, days_ago=1, rating=None, text=ANGRY, tag=0)
        lanes.settle()

    # --- what happens -------------------------------------------------------------------------------------------

    @rule(
        person=st.none() | st.integers(0, PEOPLE - 1),
        days_ago=st.integers(0, 40),
        rating=st.none() | st.integers(1, 5),
        text=st.sampled_from([ANGRY, GLAD]),
        tag=st.none() | st.integers(0, TAGS - 1),
    )
    def submit(self, person: int | None, days_ago: int, rating: int | None, text: str, tag: int | None) -> None:
        feedback = FeedbackFactory(
            product=self.product,
            customer=None if person is None else self.people[person],
            rating=rating,
            text=text,
            captured_on=self.today - timedelta(days=days_ago),
        )
        with transaction.atomic():
            outbox.publish("feedback.captured", [feedback.pk])
        self.told[feedback.pk] = Told(person, days_ago, rating, text)
        if tag is not None:
            self.tag_it(feedback.pk, tag, 0)

    @rule(times=st.integers(1, 3))
    def submit_repeat(self, times: int) -> None:
        words = f"Repeat {next(self.numbers)}"
        same = Capture(product_id=self.product.pk, channel=Channel.IMPORT, text=words, rating=2)
        for _ in range(times):
            for feedback_id in capture_batch([same, same]).new_ids:
                self.told[feedback_id] = Told(None, 0, 2)

    @rule(size=st.integers(1, 4), tag=st.integers(0, TAGS - 1))
    def import_file(self, size: int, tag: int) -> None:
        run = Import.objects.create(file_name="model.csv")
        captures = [
            Capture(
                product_id=self.product.pk,
                channel=Channel.IMPORT,
                text=f"Line {next(self.numbers)}",
                rating=1,
                import_id=run.pk,
            )
            for _ in range(size)
        ]
        for feedback_id in capture_batch(captures).new_ids:
            self.told[feedback_id] = Told(None, 0, 1, import_id=run.pk)
            self.tag_it(feedback_id, tag, 0)

    @precondition(lambda self: any(told.import_id for told in self.told.values()))
    @rule(data=st.data())
    def undo(self, data) -> None:
        ids = sorted({told.import_id for told in self.told.values() if told.import_id})
        import_id = ids[data.draw(st.integers(0, len(ids) - 1))]
        imports.undo_import(import_id=import_id)
        for told in self.told.values():
            if told.import_id == import_id:
                told.state = "withdrawn"

    @precondition(lambda self: self.told)
    @rule(data=st.data(), tag=st.integers(0, TAGS - 1), importance=st.integers(0, 3))
    def tag_by_hand(self, data, tag: int, importance: int) -> None:
        self.tag_it(self.draw(data), tag, importance)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), tag=st.integers(0, TAGS - 1))
    def untag(self, data, tag: int) -> None:
        feedback_id = self.draw(data)
        tagging.reject_tag(feedback_id=feedback_id, tag=self.tags[tag], user=self.user)
        self.told[feedback_id].tags.pop(tag, None)

    @precondition(lambda self: self.told)
    @rule(
        data=st.data(),
        change=st.sampled_from(["hold", "release", "mark_spam", "restore_from_spam", "withdraw"]),
    )
    def moderate(self, data, change: str) -> None:
        feedback_id = self.draw(data)
        told = self.told[feedback_id]
        getattr(moderation, change)(*[[feedback_id]], **({"reason": "model"} if change == "hold" else {}))
        allowed, after = {
            "hold": ({"live"}, "held"),
            "release": ({"held"}, "live"),
            "mark_spam": ({"live", "held"}, "spam"),
            "restore_from_spam": ({"spam"}, "live"),
            "withdraw": ({"live", "held", "spam"}, "withdrawn"),
        }[change]
        if told.state in allowed:
            told.state = after

    @precondition(lambda self: self.told)
    @rule(data=st.data(), is_restricted=st.booleans())
    def restrict(self, data, is_restricted: bool) -> None:
        feedback_id = self.draw(data)
        moderation.set_visibility([feedback_id], Visibility.RESTRICTED if is_restricted else Visibility.EVERYONE)
        self.told[feedback_id].is_restricted = is_restricted

    @rule(person=st.integers(0, PEOPLE - 1), segment=st.none() | st.integers(0, 1))
    def change_segment(self, person: int, segment: int | None) -> None:
        customers.set_segment(
            customer_ids=[self.people[person].pk], segment=None if segment is None else self.segments[segment]
        )
        self.segment_of[person] = segment if segment is not None else (1 if person < 2 else None)

    @rule(person=st.integers(0, PEOPLE - 1))
    def erase(self, person: int) -> None:
        """Words go, and nothing else does; but words that were never read, nobody will ever read."""
        mine = {feedback_id: told for feedback_id, told in self.told.items() if told.person == person}
        read = set(Reading.objects.filter(feedback__in=mine).values_list("feedback_id", flat=True))
        for feedback_id, told in mine.items():
            told.text = told.text if feedback_id in read else ""
        customers.erase_customer(customer_id=self.people[person].pk)
        moderation.redact_feedback_of(self.people[person].pk)
        assert Customer.objects.get(pk=self.people[person].pk).email == ""

    @rule(tag=st.integers(0, TAGS - 1), team=st.integers(0, 1))
    def change_owner(self, tag: int, team: int) -> None:
        tagging.set_tag_team(self.tags[tag], team=self.teams[team])
        self.team_of[tag] = team

    # --- what the workers do ------------------------------------------------------------------------------------

    @rule(limit=st.integers(1, 5))
    def fold_some(self, limit: int) -> None:
        fold.fold_ledger(limit_rows=limit)

    @rule()
    def deliver_some(self) -> None:
        for lane in lanes.all_lanes():
            lane.work()

    @rule()
    def fold_at_once(self) -> None:
        threads = [threading.Thread(target=self._fold_in_thread) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @rule()
    def everything_arrives(self) -> None:
        lanes.settle()
        self.compare_with_model()

    @invariant()
    def check_holds(self) -> None:
        report = check_queues()
        assert report.is_equal, [level for level in report.levels if level.mismatches]

    def teardown(self) -> None:
        if hasattr(self, "teams"):
            lanes.settle()
            report = check_queues()
            assert (report.is_equal, report.unfolded, report.undelivered) == (True, 0, {})
            self.compare_with_model()

    # --- the model ----------------------------------------------------------------------------------------------

    def draw(self, data) -> int:
        """Choose by position: ids differ from run to run, and a choice must not."""
        return sorted(self.told)[data.draw(st.integers(0, len(self.told) - 1))]

    def tag_it(self, feedback_id: int, tag: int, importance: int) -> None:
        tagging.confirm_tag(feedback_id=feedback_id, tag=self.tags[tag], user=self.user, importance=importance)
        self.told[feedback_id].tags[tag] = importance

    def _fold_in_thread(self) -> None:
        try:
            fold.fold_ledger(limit_rows=7)
        finally:
            connection.close()

    def compare_with_model(self) -> None:
        seen = {}
        for team in self.teams:
            queue = selectors.queue(team, as_of=self.today)
            for entry in [*queue.entries, *queue.too_few]:
                number = [tag.pk for tag in self.tags].index(entry.tag_id)
                assert self.teams[self.team_of[number]] == team
                seen[number] = (
                    entry.feedback_count,
                    entry.anonymous_count,
                    entry.customer_count,
                    entry.organisation_count,
                    entry.unhappy_count,
                    pytest.approx(entry.score, rel=1e-9, abs=1e-9),
                )
        assert {number: self.expected(number) for number in range(TAGS) if self.counting(number)} == seen

    def counting(self, tag: int) -> dict[int, Told]:
        return {
            feedback_id: told
            for feedback_id, told in self.told.items()
            if tag in told.tags and told.state == "live" and not told.is_restricted
        }

    def expected(self, tag: int) -> tuple[int, int, int, int, int, float]:
        """Return what the default policy makes of ``tag``, the long way round."""
        counting = self.counting(tag)
        latest: dict[int, tuple[int, int]] = {}
        anonymous: dict[int, int] = {}
        for feedback_id, told in counting.items():
            if told.person is None:
                anonymous[told.days_ago] = anonymous.get(told.days_ago, 0) + 1
            else:
                key = (-told.days_ago, feedback_id)
                latest[told.person] = max(latest.get(told.person, key), key)
        score = sum(0.5 * min(number, 5) * 0.5 ** (days / 30) for days, number in anonymous.items())
        for person, (_, feedback_id) in latest.items():
            told, segment = counting[feedback_id], self.segment_of[person]
            weight = 1.0 if segment is None else WEIGHTS[segment]
            voice = 1 + 0.5 * told.is_unhappy + 0.5 * told.tags[tag]
            score += weight * voice * 0.5 ** (told.days_ago / 30)
        organisations = {0 if person < 2 else -person for person in latest}
        unhappy = sum(told.is_unhappy for told in counting.values())
        return len(counting), sum(anonymous.values()), len(latest), len(organisations), unhappy, score


def run_model(*, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        RollUp,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=(Phase.reuse, Phase.generate, Phase.shrink),  # explaining traces every line
        ),
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_the_roll_up_is_a_recount_whatever_happens():
    run_model(examples=12, steps=30)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(3600)
def test_the_roll_up_is_a_recount_whatever_happens_at_length():
    run_model(examples=300, steps=50)
