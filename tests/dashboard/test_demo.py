"""The demo: what it holds, the stories it tells, and that loading it again changes nothing."""

import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Sum

from apps.accounts.models import Team, User
from apps.catalog.models import Product, ProductVersion
from apps.core import lanes
from apps.customers.models import Customer, Organisation, Segment
from apps.dashboard.demo import banks, clientele, company, pieces, story, taxonomy, writing
from apps.dashboard.demo.loading import load_demo
from apps.feedback.models import Channel, Feedback, Form, Import
from apps.insight.models import Reading
from apps.priorities import check, selectors
from apps.priorities.models import Cell, Policy, Snapshot, VolumeCell
from apps.tagging.models import KeywordRule, RuleRun, Source, Tag, Tagging

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = NOON.date()


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The demo, loaded once for this file in a transaction that is rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_demo(now=NOON)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded, db):
    """The demo; what a test changes is undone."""


@pytest.fixture(scope="module")
def year() -> list[pieces.Piece]:
    return pieces.pieces(TODAY)


def split(field: str) -> dict[str, int]:
    return dict(Counter(Feedback.objects.values_list(field, flat=True)))


# --- size and kinds -----------------------------------------------------------------------------------------------


def test_the_demo_has_its_size(demo):
    counted = (Team, Product, Form, Tag, Segment, Organisation, Customer, Feedback, User, KeywordRule)

    assert {model.__name__: model.objects.count() for model in counted} == {
        "Team": 4,
        "Product": 6,
        "Form": 6,
        "Tag": 80,
        "Segment": 5,
        "Organisation": 150,
        "Customer": 800,
        "Feedback": 5000,
        "User": 11,
        "KeywordRule": 22,
    }
    assert ProductVersion.objects.count() == 19
    assert Tag.objects.filter(effective_team=None).count() == 6
    assert set(Form.objects.values_list("is_open", flat=True)) == {True}


def test_every_team_has_staff_of_its_own(demo):
    for team in Team.objects.all():
        people = User.objects.filter(memberships__team=team).exclude(email__in=["manager@demo.example"])
        assert people.count() >= 2, team


def test_feedback_is_of_every_kind(demo):
    assert set(split("state")) == {"live", "held", "spam", "withdrawn"}
    assert split("state")["spam"] == pieces.SPAM_COUNT
    assert split("state")["held"] == pieces.FATES["held"]
    assert set(split("channel")) == {channel.value for channel in Channel}
    assert all(count >= 150 for count in split("channel").values())
    assert set(split("identity")) == {"verified", "anonymous", "claimed"}
    assert all(count >= 200 for count in split("identity").values())
    assert split("visibility")["restricted"] == pieces.FATES["restricted"]
    supplies = Feedback.objects.filter(product__name="Corvid Supplies")
    assert set(supplies.values_list("visibility", flat=True)) == {"team", "restricted"}
    languages = Counter(Reading.objects.values_list("language", flat=True))
    assert languages["en"] > 4000
    assert languages["de"] > 450
    assert min(languages["fr"], languages["es"]) > 5


def test_imports_came_through_files_with_repeats_and_mistakes(demo):
    imports = Import.objects.order_by("pk")

    assert [one.file_name for one in imports] == list(pieces.IMPORTS)
    assert [one.status for one in imports] == ["done", "done", "done", "undone"]
    assert {(one.repeated_count, one.rejected_count) for one in imports} == {(4, 2)}


def test_tags_come_from_people_and_rules_and_leave_a_backlog(demo):
    sources = Counter(Tagging.objects.values_list("source", flat=True))
    untagged = Feedback.objects.live().filter(taggings=None)

    assert sources[Source.PERSON] > 3000
    assert sources[Source.RULE] > 800
    assert untagged.filter(day__gt=TODAY - timedelta(days=9)).count() > 60
    assert RuleRun.objects.get().changed_count > 10


def test_levels_agree_and_nothing_waits(demo):
    report = check.compare_levels()

    assert report.is_equal, [level for level in report.levels if level.mismatches]
    assert (report.unfolded, report.undelivered, report.quarantined) == (0, {}, 0)
    assert not any(lane.has_work() for lane in lanes.all_lanes())


def test_policies_differ_by_team(demo):
    in_force = {policy.team.name: policy for policy in Policy.objects.order_by("version")}

    assert {name: policy.half_life_days for name, policy in in_force.items()} == {
        "Imaging": 45,
        "Lab Software": 21,
        "Sample Cloud": 60,
        "Bench Automation": 30,
    }


# --- stories, as the charts tell them -----------------------------------------------------------------------------


def unhappy_share(version: str, *, since_days_ago: int, to_days_ago: int = -1) -> float:
    """Return the unhappy share of one version of Lumen Acquire in that time, from the volume cells."""
    cells = VolumeCell.objects.filter(
        version_id=ProductVersion.objects.get(product__name="Lumen Acquire", name=version).pk,
        day__gte=TODAY - timedelta(days=since_days_ago),
        day__lt=TODAY - timedelta(days=to_days_ago),
    )
    sums = cells.aggregate(all=Sum("feedback_count"), unhappy=Sum("unhappy_count"))
    return sums["unhappy"] / sums["all"]


def monthly(slug: str) -> list[int]:
    """Return the feedback on a tag in each of the last twelve times 30 days, oldest first."""
    tag = Tag.objects.get(slug=slug)
    months = [0] * 13
    for day, count in Cell.objects.filter(tag_id=tag.pk).values_list("day", "feedback_count"):
        months[(TODAY - day).days // 30] += count
    return months[11::-1]


def test_one_version_is_unhappier_than_all_others_from_its_first_days(demo):
    released = company.PRODUCTS[1].versions[story.BROKEN]

    broken = unhappy_share(story.BROKEN, since_days_ago=365)
    first_week = unhappy_share(story.BROKEN, since_days_ago=released, to_days_ago=released - 8)

    others = [unhappy_share(name, since_days_ago=365) for name in ("4.0", "4.1", "4.2.1")]
    assert broken > 0.65
    assert first_week > 0.6
    assert max(others) < broken - 0.2


def test_the_regression_is_in_one_version_and_fades_after_the_fix(demo):
    tag = Tag.objects.get(slug=story.REGRESSION)
    versions = company.PRODUCTS[1].versions
    names = set(Feedback.objects.filter(taggings__tag=tag).values_list("version__name", flat=True))

    def a_week_until(days_ago: int) -> int:
        days = (TODAY - timedelta(days=days_ago + 7), TODAY - timedelta(days=days_ago))
        return Cell.objects.filter(tag_id=tag.pk, day__range=days).aggregate(n=Sum("unhappy_count"))["n"] or 0

    assert names == {story.BROKEN, story.FIXED}
    assert Cell.objects.filter(tag_id=tag.pk).order_by("day").first().day > TODAY - timedelta(
        days=versions[story.BROKEN] + 1
    )
    assert a_week_until(versions[story.FIXED]) > 5 * a_week_until(0)


def test_a_problem_rises_and_another_fades(demo):
    rising, fading = monthly(story.RISING), monthly(story.FADING)

    assert sum(rising[:3]) * 3 < sum(rising[-3:])
    assert rising[-1] > 0.75 * max(rising)
    assert sum(fading[:3]) > 3 * sum(fading[-3:])


def test_volume_rises_after_each_release(demo):
    for plan in company.PRODUCTS:
        volume = Counter()
        product = Product.objects.get(name=plan.name)
        for day, count in VolumeCell.objects.filter(product_id=product.pk).values_list("day", "feedback_count"):
            volume[(TODAY - day).days] += count
        for name, days_ago in plan.versions.items():
            if name == story.FIXED or days_ago > story.DAYS - 20:
                continue
            before = sum(volume[day] for day in range(days_ago + 1, days_ago + 15))
            after = sum(volume[day] for day in range(days_ago - 13, days_ago + 1))
            assert after > before * 1.2, (plan.name, name)


def test_the_noisy_customer_does_not_outrank(demo):
    noisy = Customer.objects.get(name=clientele.NOISY)
    imaging = selectors.queue(Team.objects.get(name="Imaging"))
    entry = next(entry for entry in imaging.entries if entry.tag.slug == story.NOISY_THEME)

    assert Feedback.objects.filter(customer=noisy).count() == pieces.NOISY_COUNT
    assert entry.feedback_count > 60
    by_volume = sum(other.feedback_count >= entry.feedback_count for other in imaging.entries)
    assert entry.rank >= max(9, by_volume + 1)


def test_the_queues_of_the_year_are_remembered(demo):
    days = list(Snapshot.objects.order_by("day").values_list("day", flat=True).distinct())
    regression = Snapshot.objects.filter(tag__slug=story.REGRESSION).order_by("day")

    assert len(days) == 81
    assert (days[0], days[-1]) == (TODAY - timedelta(days=357), TODAY - timedelta(days=1))
    assert TODAY - timedelta(days=46) < regression.first().day < TODAY - timedelta(days=34)
    assert regression.last().rank == 1
    assert {row.state for row in regression} == {"new", "investigating", "in_progress", "done"}


# --- words --------------------------------------------------------------------------------------------------------


def test_no_two_texts_are_alike_but_for_double_posts(year):
    texts = Counter(" ".join(piece.text.casefold().split()) for piece in year)

    assert len(year) == pieces.TOTAL == 5000
    assert sorted(texts.values())[-31:] == [1, *[2] * pieces.DOUBLE_COUNT]


def test_no_two_texts_share_half_of_their_words_in_a_row(year):
    texts = list({piece.text: None for piece in year})
    runs = [writing.shingles(text) for text in texts]
    holders: dict[tuple[str, ...], list[int]] = {}
    for number, found in enumerate(runs):
        for run in found:
            holders.setdefault(run, []).append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in holders.values():
        shared.update((one, other) for at, one in enumerate(numbers) for other in numbers[at + 1 :])

    likest = max(count / (len(runs[one]) + len(runs[other]) - count) for (one, other), count in shared.items())
    assert likest < 0.6


def test_no_sentence_is_used_often(year):
    used = Counter(one for piece in year for one in set(writing.sentences(piece.text)))

    assert used.most_common(1)[0][1] <= writing.SENTENCE_USES + 2  # two double posts


def test_texts_are_short_and_long(year):
    words = sorted(len(piece.text.split()) for piece in year)

    assert words[0] <= 5
    assert words[len(words) // 4] <= 18
    assert words[-50] > 70
    assert words[-1] <= 150


def test_every_theme_has_twelve_statements_of_its_own(year):
    statements = Counter(line.section for lines in banks.cores().values() for line in lines if line.language == "en")
    slugs = {plan.name.lower().replace(" ", "-") for top in taxonomy.TAXONOMY for plan in top.children}

    assert set(statements) == set(banks.themes()) == slugs
    assert [theme for theme, count in statements.items() if count < 12] == []


def test_nothing_is_left_unfilled(year):
    assert [piece.text for piece in year if set("{}[]|") & set(piece.text)] == []


def test_ratings_agree_with_the_mood(year):
    unhappy = [piece.rating for piece in year if piece.mood == "-" and piece.rating]
    happy = [piece.rating for piece in year if piece.mood == "+" and piece.rating]

    assert sum(rating <= 2 for rating in unhappy) / len(unhappy) > 0.75
    assert sum(rating >= 4 for rating in happy) / len(happy) > 0.85


# --- determinism and dates ----------------------------------------------------------------------------------------


def fingerprint(year: list[pieces.Piece]) -> str:
    return hashlib.sha256(repr(year).encode()).hexdigest()


def test_the_same_day_gives_the_same_year(year):
    pieces._timeless.cache_clear()

    assert fingerprint(pieces.pieces(TODAY)) == fingerprint(year)


def test_another_day_gives_the_same_words(year):
    later = pieces.pieces(TODAY + timedelta(days=3))

    assert sorted(piece.text for piece in later) == sorted(piece.text for piece in year)


def test_nobody_speaks_of_a_version_before_its_release(year):
    released = {(plan.key, name): days for plan in company.PRODUCTS for name, days in plan.versions.items()}

    assert [p for p in year if p.version and p.days_ago >= released[p.product, p.version]] == []


def test_dates_count_back_from_the_day_of_loading(demo):
    days = Feedback.objects.order_by("day").values_list("day", flat=True)

    assert days.last() in (TODAY, TODAY - timedelta(days=1))
    assert TODAY - timedelta(days=365) < days.first() < TODAY - timedelta(days=355)
    assert not Feedback.objects.filter(captured_at__gt=NOON).exists()
    version = ProductVersion.objects.get(product__name="Lumen Acquire", name="4.2")
    assert version.released_on == TODAY - timedelta(days=46)


def test_weekends_are_quiet(demo):
    by_weekday = Counter(day.weekday() for day in Feedback.objects.values_list("day", flat=True))

    assert by_weekday[5] + by_weekday[6] < min(by_weekday[day] for day in range(5))


# --- loading and signing in ---------------------------------------------------------------------------------------


def test_loading_again_changes_nothing(demo):
    before = (Feedback.objects.count(), Tagging.objects.count(), Snapshot.objects.count())

    assert load_demo(now=NOON) == 0
    assert (Feedback.objects.count(), Tagging.objects.count(), Snapshot.objects.count()) == before


def test_every_sign_in_works(demo, client):
    for member in company.STAFF:
        answer = client.post("/accounts/login/", {"login": member.email, "password": company.PASSWORD})

        assert answer.status_code == (302 if member.can_sign_in else 200), member
        client.logout()


def test_its_addresses_belong_to_nobody():
    addresses = [one.email for one in clientele.customers()] + [member.email for member in company.STAFF]

    assert [address for address in addresses if address and not address.endswith(".example")] == []
    assert len({one.name for one in clientele.customers()}) == clientele.PEOPLE == 800
