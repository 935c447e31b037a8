"""What happens to feedback after its capture."""

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.feedback import services
from apps.feedback.models import Feedback, Identity
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    FeedbackFactory,
    ProductFactory,
    TeamFactory,
    UserFactory,
)

MOVES = {  # service: (states it changes, the state after)
    services.release: ({"held"}, "live"),
    services.mark_spam: ({"live", "held"}, "spam"),
    services.restore_from_spam: ({"spam"}, "live"),
    services.withdraw: ({"live", "held", "spam"}, "withdrawn"),
}
STATES = ["live", "held", "spam", "withdrawn"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("service", MOVES, ids=lambda service: service.__name__)
@pytest.mark.django_db
def test_a_move_changes_and_publishes_only_the_rows_it_is_for(service, state, published):
    row, other = FeedbackFactory(state=state), FeedbackFactory(state=state)
    sources, target = MOVES[service]
    expected = [row.pk] if state in sources else []

    assert service([row.pk, row.pk, 0]) == expected
    assert published("feedback.changed") == expected
    assert service([row.pk]) == []
    assert published("feedback.changed") == []
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, other.state) == (target if expected else state, state)


@pytest.mark.django_db
def test_hold_keeps_its_reason_and_release_clears_it(published):
    row = FeedbackFactory()

    assert services.hold([row.pk], reason="Looks automatic" * 9) == [row.pk]
    assert services.hold([row.pk], reason="again") == []
    row.refresh_from_db()
    assert (row.state, row.held_reason) == ("held", ("Looks automatic" * 9)[:200])
    services.release([row.pk])
    row.refresh_from_db()
    assert (row.state, row.held_reason) == ("live", "")
    assert published("feedback.changed") == [row.pk, row.pk]


@pytest.mark.django_db
def test_set_visibility_publishes_only_changes(published):
    row = FeedbackFactory()

    assert services.set_visibility([row.pk], Visibility.RESTRICTED) == [row.pk]
    assert services.set_visibility([row.pk], Visibility.RESTRICTED) == []
    assert published("feedback.changed") == [row.pk]


@pytest.mark.django_db
def test_redact_blanks_the_words_for_good_and_keeps_the_counts(published):
    row = FeedbackFactory(text="secret", context={"site": "secret"}, external_id="secret", rating=2)
    before = Feedback.objects.values("rating", "day", "state", "dedupe_key", "product_id").get()

    assert services.redact([row.pk]) == [row.pk]
    assert services.redact([row.pk]) == []

    row.refresh_from_db()
    assert (row.text, row.context, row.external_id, row.redacted_at is None) == ("", {}, "", False)
    assert Feedback.objects.values("rating", "day", "state", "dedupe_key", "product_id").get() == before
    assert published("feedback.changed") == [row.pk]


@pytest.mark.django_db
def test_erasure_redacts_one_customers_feedback_and_no_other(published):
    ada, bob = CustomerFactory(), CustomerFactory()
    first, second = FeedbackFactory(customer=ada), FeedbackFactory(customer=ada, state="held")
    kept = FeedbackFactory(customer=bob)

    assert services.redact_feedback_of(ada.pk) == [first.pk, second.pk]

    assert list(Feedback.objects.exclude(text="").values_list("id", flat=True)) == [kept.pk]
    assert services.redact_feedback_of(ada.pk) == []


@pytest.mark.django_db
def test_delete_my_feedback_too_withdraws_and_redacts(published):
    ada = CustomerFactory()
    row, gone = FeedbackFactory(customer=ada), FeedbackFactory(customer=ada, state="withdrawn")

    assert services.delete_feedback_of(ada.pk) == [row.pk, gone.pk]
    assert services.delete_feedback_of(ada.pk) == []
    assert set(Feedback.objects.values_list("state", "text")) == {("withdrawn", "")}


@pytest.mark.django_db
def test_set_identity_verifies_the_one_feedback_and_its_customer(published):
    ada = CustomerFactory()
    row, other = (FeedbackFactory(customer=ada, identity=Identity.CLAIMED) for _ in range(2))

    assert services.set_identity(feedback_id=row.pk, identity=Identity.VERIFIED) == [row.pk]
    assert services.set_identity(feedback_id=row.pk, identity=Identity.VERIFIED) == []

    for fact in (row, other, ada):
        fact.refresh_from_db()
    assert (row.identity, other.identity) == (Identity.VERIFIED, Identity.CLAIMED)
    assert ada.verified_at is not None
    assert (published("feedback.changed"), published("customers.changed")) == ([row.pk], [ada.pk])


@pytest.mark.django_db
def test_set_identity_refuses_feedback_that_names_nobody(published):
    row = FeedbackFactory()

    with pytest.raises(services.CustomerMissingError):
        services.set_identity(feedback_id=row.pk, identity=Identity.VERIFIED)
    assert services.set_identity(feedback_id=0, identity=Identity.VERIFIED) == []
    assert published("feedback.changed") == []


@pytest.mark.django_db
def test_visible_to_opens_by_visibility_team_and_role():
    team, other_team = TeamFactory(), TeamFactory()
    product = ProductFactory(team=team)
    rows = {value: FeedbackFactory(product=product, visibility=value).pk for value in Visibility.values}
    ownerless = FeedbackFactory(visibility=Visibility.TEAM).pk  # of a product without a team: nobody's team
    readers = {
        "stranger": UserFactory(),
        "other team": UserFactory(role=Role.ADMINISTRATOR, team=other_team),
        "member": UserFactory(role=Role.SCIENTIST, team=team),
        "everywhere": UserFactory(everywhere_role=Role.SCIENTIST),
        "team's administrator": UserFactory(role=Role.ADMINISTRATOR, team=team),
        "administrator": AdministratorFactory(),
        "disabled": AdministratorFactory(is_active=False),
    }

    seen = {name: set(Feedback.objects.visible_to(user).values_list("id", flat=True)) for name, user in readers.items()}

    everyone, of_team, restricted = rows["everyone"], rows["team"], rows["restricted"]
    assert seen == {
        "stranger": {everyone},
        "other team": {everyone},
        "member": {everyone, of_team},
        "everywhere": {everyone, of_team},
        "team's administrator": {everyone, of_team, restricted},
        "administrator": {everyone, of_team, restricted, ownerless},
        "disabled": set(),
    }
    for name in seen.keys() - {"disabled"}:
        assert set(Feedback.objects.hidden_from(readers[name]).values_list("id", flat=True)) == {
            everyone, of_team, restricted, ownerless
        } - seen[name]  # fmt: skip
