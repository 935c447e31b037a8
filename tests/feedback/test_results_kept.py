"""Figures kept by month: counted again when something changes, and only the months in which it did."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core.cache import caches
from django.utils import timezone

from apps.catalog.models import Visibility
from apps.feedback.models import Channel, Feedback, FormVisit
from apps.feedback.questionnaire.values import Value
from apps.feedback.results import counting, funnel, kept
from apps.feedback.results.figures import figures_of
from apps.feedback.results.funnel import median_of, way_through
from apps.feedback.results.selection import Selection
from apps.feedback.services import Capture, capture, mark_spam, redact, set_visibility
from apps.feedback.services.capture import Answered
from tests.factories import ProductFactory, make_form

pytestmark = pytest.mark.django_db

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


@pytest.fixture
def form(db):
    return make_form(purpose="bug", product=ProductFactory(), slug="bugs", title="Report")


def respond(form, day: date, *, impact: str = "stops") -> int:
    made = Capture(
        product_id=form.product_id,
        channel=Channel.FORM,
        text=f"It broke on {day} and it {impact}",
        form_id=form.pk,
        form_version_id=form.current_id,
        captured_at=timezone.make_aware(timezone.datetime(day.year, day.month, day.day, 12)),
        answers=[Answered("impact", Value(choice=impact))],
    )
    return capture(made).feedback_id


@pytest.fixture
def counted_months(monkeypatch):
    """The months that were counted, call by call."""
    calls = []

    def noting(form_id, chosen, asked, months):
        calls.append(list(months))
        return counting.count_months(form_id, chosen, asked, months)

    monkeypatch.setattr("apps.feedback.results.figures.count_months", noting)
    return calls


def impacts(form, **wanted) -> dict[str, int]:
    found = next(one for one in figures_of(form, Selection(**wanted)).tallies if one.question.key == "impact")
    assert found.people == sum(found.by_choice.values())
    return {key: times for key, times in found.by_choice.items() if times}


def test_only_the_month_that_changed_is_counted_again(form, counted_months):
    for day in (JAN, FEB, FEB + timedelta(days=27)):
        respond(form, day)

    first = impacts(form)
    again = impacts(form)
    respond(form, MAR, impact="slows")
    respond(form, FEB, impact="slows")
    third = impacts(form)

    assert (first, again, third) == ({"stops": 3}, {"stops": 3}, {"stops": 3, "slows": 2})
    assert counted_months == [[JAN, FEB], [FEB, MAR]]


@pytest.mark.parametrize(
    "change", [mark_spam, partial(set_visibility, visibility=Visibility.RESTRICTED)], ids=["spam", "restricted"]
)
def test_what_counts_no_more_is_gone_at_once_and_back_at_once(form, change):
    ids = [respond(form, JAN) for _ in range(1)] + [respond(form, FEB), respond(form, FEB, impact="slows")]
    assert impacts(form) == {"stops": 2, "slows": 1}

    change(ids[:1])

    assert impacts(form) == {"stops": 1, "slows": 1}
    Feedback.objects.update(state="live", visibility=Visibility.EVERYONE)
    assert impacts(form) == {"stops": 2, "slows": 1}


def test_one_for_another_is_a_change(form):
    gone = respond(form, JAN)
    assert impacts(form) == {"stops": 1}

    mark_spam([gone])
    respond(form, JAN, impact="slows")

    assert impacts(form) == {"slows": 1}


def test_redacted_words_are_counted_no_more(form):
    ids = [respond(form, JAN), respond(form, FEB)]

    def words() -> int:
        found = figures_of(form, Selection()).tallies
        return next(one.people for one in found if one.question.key == "text")

    assert words() == 2

    redact(ids[:1])

    assert words() == 1


def test_days_within_a_month_and_answers_have_counts_of_their_own(form):
    for day, impact in ((JAN, "stops"), (JAN + timedelta(days=9), "slows"), (FEB, "stops")):
        respond(form, day, impact=impact)

    assert impacts(form) == {"stops": 2, "slows": 1}
    assert impacts(form, until=JAN + timedelta(days=8)) == {"stops": 1}
    assert impacts(form, since=JAN + timedelta(days=1)) == {"slows": 1, "stops": 1}
    assert impacts(form, answer=("impact", "slows")) == {"slows": 1}
    assert figures_of(form, Selection(answer=("impact", "slows"))).responses == 1
    assert impacts(form, version=2) == {}


def test_two_forms_do_not_share_figures(form):
    other = make_form(purpose="bug", product=form.product, slug="more", title="More")
    respond(form, JAN)
    respond(other, JAN, impact="slows")

    assert (impacts(form), impacts(other)) == ({"stops": 1}, {"slows": 1})


def test_what_came_while_it_was_counted_is_not_kept_under_the_old_mark(form, monkeypatch):
    respond(form, JAN)
    late = []

    def slowly(*args):
        late.append(respond(form, JAN, impact="slows"))
        return counting.count_months(*args)

    monkeypatch.setattr("apps.feedback.results.figures.count_months", slowly)
    assert impacts(form) == {"stops": 1, "slows": 1}
    monkeypatch.undo()

    mark_spam(late)  # the mark is the old one again

    assert impacts(form) == {"stops": 1}


def test_without_what_was_kept_the_same_is_counted(form):
    respond(form, JAN)
    before = impacts(form)

    caches["results"].clear()

    assert impacts(form) == before


def visit(form, key: str, reached: int, day: date, **seconds) -> None:
    FormVisit.objects.create(key=key, version_id=form.current_id, day=day, reached=reached, seconds=seconds)


def test_seconds_are_counted_again_in_the_month_of_a_visit(form, monkeypatch):
    counted = []
    count_ways = funnel._count_ways

    def noting(found, months):
        counted.append(list(months))
        return count_ways(found, months)

    monkeypatch.setattr(funnel, "_count_ways", noting)
    for number, day in enumerate((JAN, JAN, FEB)):
        visit(form, f"v{number}", 2, day, impact=10 * (number + 1))

    def median() -> float | None:
        return next(one.median_seconds for one in way_through(form, Selection()).stops if one.question.key == "impact")

    assert (median(), median()) == (20.0, 20.0)
    visit(form, "v9", 3, FEB, impact=40)

    assert median() == 25.0
    assert counted == [[JAN, FEB], [FEB]]


def test_a_visit_that_goes_further_moves(form):
    visit(form, "one", 2, JAN)
    assert [one.reached for one in way_through(form, Selection()).stops][:3] == [1, 1, 0]

    FormVisit.objects.update(reached=3, is_complete=True)

    way = way_through(form, Selection())
    assert [one.reached for one in way.stops][:4] == [1, 1, 1, 0]
    assert way.funnel == (0, 1, 1)


def test_the_median_of_counts():
    assert median_of({5: 1}) == 5
    assert median_of({5: 1, 8: 1}) == 6.5
    assert median_of({8: 3, 1: 1, 100: 1}) == 8


@pytest.mark.parametrize(("month", "after"), [(JAN, FEB), (date(2026, 12, 1), date(2027, 1, 1))])
def test_the_next_month(month, after):
    assert kept.next_month(month) == after


def test_counts_add_up():
    three = ("", "", Decimal(3), None, 0)
    one = counting.Counts(2, Counter(a=2), {"a": Counter({three: 2})}, {})
    two = counting.Counts(1, Counter(a=1, b=1), {"a": Counter({three: 1})}, {"s": Counter({50.0: 1})})

    total = counting.add_counts([one, two])

    assert (total.responses, total.people) == (3, {"a": 3, "b": 1})
    assert (total.values, total.scores) == ({"a": {three: 3}}, {"s": {50.0: 1}})
