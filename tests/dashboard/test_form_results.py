"""A form's results: figures of every question, who may see which words, filters, files."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.feedback import visits
from apps.feedback.models import Channel, Feedback
from apps.feedback.questionnaire import definition
from apps.feedback.questionnaire.values import Value
from apps.feedback.selectors import questionnaire_of
from apps.feedback.services import Capture, capture, mark_spam, set_visibility
from apps.feedback.services.capture import Answered
from apps.feedback.services.form_versions import add_version, edit_draft, publish
from tests.factories import AttachmentFactory, ProductFactory, TeamFactory, UserFactory, make_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db):
    return TeamFactory()


@pytest.fixture
def scientist(team):
    user = UserFactory()
    user.memberships.create(team=team, role=Role.SCIENTIST)
    return user


@pytest.fixture
def form(team):
    return make_form(purpose="bug", product=ProductFactory(team=team), slug="bugs", title="Report")


def answer(form, text="", *, rating=None, **answers) -> int:
    """Capture one response; an answer is a choice, a number or a Value."""
    given = [
        Answered(key, value if isinstance(value, Value) else Value(choice=value))
        for key, found in answers.items()
        for value in (found if isinstance(found, list) else [found])
    ]
    outcome = capture(
        Capture(
            product_id=form.product_id,
            channel=Channel.FORM,
            text=text,
            rating=rating,
            form_id=form.pk,
            form_version_id=form.current_id,
            answers=given,
        )
    )
    assert outcome.feedback_id
    return outcome.feedback_id


def page(client, user, form, query=""):
    client.force_login(user)
    return client.get(f"/forms/{form.pk}/results/{query}")


def part(response, key):
    return next(one for one in response.context["results"].parts if one.tally.question.key == key)


def test_every_answer_is_counted_and_a_choice_nobody_chose_is_there(client, scientist, form):
    for impact in ("stops", "stops", "slows"):
        answer(form, "It broke.", impact=impact)

    found = part(page(client, scientist, form), "impact")

    assert found.tally.by_choice == {"stops": 2, "slows": 1, "annoys": 0}
    assert found.chart.n == 3
    assert "67" in found.chart.summary


def test_who_builds_the_form_gets_from_its_results_to_its_other_pages(client, scientist, form, team):
    analyst = UserFactory()
    analyst.memberships.create(team=team, role=Role.ANALYST)

    tabs = page(client, analyst, form).context["tabs"]

    assert [tab["url"] for tab in tabs if tab["is_current"]] == [f"/forms/{form.pk}/results/"]
    assert f"/forms/{form.pk}/" in [tab["url"] for tab in tabs]
    assert page(client, scientist, form).context["tabs"] == []


def test_spam_and_restricted_responses_do_not_count(client, scientist, form):
    ids = [answer(form, "It broke.", impact="stops") for _ in range(5)]
    mark_spam(ids[:1])
    set_visibility(ids[1:2], Visibility.RESTRICTED)

    response = page(client, scientist, form)

    assert response.context["results"].response_count == 3
    assert part(response, "impact").tally.people == 3


def test_words_are_shown_as_far_as_the_reader_may_open_them(client, scientist, form):
    answer(form, "Open words.")
    hidden = answer(form, "Team words.")
    Feedback.objects.filter(pk=hidden).update(visibility=Visibility.TEAM)
    stranger = UserFactory()
    stranger.memberships.create(team=TeamFactory(), role=Role.SCIENTIST)

    assert "Team words." in page(client, scientist, form).text
    told = page(client, stranger, form)
    assert "Open words." in told.text
    assert "Team words." not in told.text
    assert told.context["results"].response_count == 2


def test_of_fewer_than_three_answers_only_their_number_is_told(client, scientist, form):
    for _ in range(2):
        answer(form, "It broke.", impact="stops")

    response = page(client, scientist, form)

    assert part(response, "impact").chart is None
    assert "Fewer than three answered" in response.text
    assert client.get(f"/forms/{form.pk}/results/q-impact.csv").status_code == 404


def test_no_data_is_not_zero(client, scientist, team):
    form = make_form(purpose="nps", product=ProductFactory(team=team), slug="nps", title="NPS")

    response = page(client, scientist, form)

    assert part(response, "recommend").tally.measure is None
    assert "Nothing yet" in response.text


def test_nps_has_its_interval_and_its_n(client, scientist, team):
    form = make_form(purpose="nps", product=ProductFactory(team=team), slug="nps", title="NPS")
    for number in (10, 9, 9, 8, 3):
        answer(form, recommend=Value(number=Decimal(number)))

    assert part(page(client, scientist, form), "recommend").chart.summary.startswith("NPS +40 (")


def test_sus_is_a_score(client, scientist, team):
    form = make_form(purpose="sus", product=ProductFactory(team=team), slug="sus", title="SUS")
    for _ in range(3):
        rows = [Value(row=f"sus-{n}", choice="a5" if n % 2 else "a1") for n in range(1, 11)]
        answer(form, sus=rows)

    assert part(page(client, scientist, form), "sus").chart.summary.startswith("SUS 100.0 (100.0 to 100.0), n = 3")


def test_answers_narrow_the_page_and_so_do_days_and_versions(client, scientist, form):
    for impact in ("stops", "stops", "stops", "slows"):
        answer(form, "It broke.", impact=impact, frequency="always")

    narrowed = page(client, scientist, form, "?answer=impact:stops")

    assert narrowed.context["results"].response_count == 3
    assert part(narrowed, "frequency").tally.people == 3
    assert "I cannot work" in narrowed.context["answered"]
    assert page(client, scientist, form, "?since=2100-01-01").context["results"].response_count == 0
    assert page(client, scientist, form, "?version=1").context["results"].response_count == 4


@pytest.mark.parametrize(
    "query", ["?version=x", "?since=yesterday", "?answer=A:b", "?answer=impact:", "?version=9" + "9" * 30]
)
def test_a_filter_that_is_none_is_told_and_left_out(client, scientist, form, query):
    response = page(client, scientist, form, query)

    assert response.status_code == 200
    assert "That part was left out." in response.text
    assert client.get(f"/forms/{form.pk}/responses.csv{query}").status_code == 302


def test_the_way_through_the_form(client, scientist, form):
    made = questionnaire_of(form.current_id)
    for nonce, reached, is_complete in (("a", 3, False), ("b", 10, True), ("c", 3, False)):
        visits.record_visit(
            nonce=nonce,
            version_id=form.current_id,
            made=made,
            reached=reached,
            seconds={"impact": 10 * reached},
            is_complete=is_complete,
        )
    visits.count_view(form.current_id)
    visits.write()

    results = page(client, scientist, form).context["results"]

    assert results.funnel == (1, 3, 1)
    assert results.drop_off.rows[2].values == [3, 2, 30.0]
    assert results.drop_off.rows[3].values == [1, 0, None]


def test_the_files_hold_what_the_reader_may_open_and_no_formula(client, scientist, form):
    answer(form, "=HYPERLINK(1)", impact="stops", frequency="once")
    hidden = answer(form, "Hidden words.", impact="slows")
    Feedback.objects.filter(pk=hidden).update(visibility=Visibility.RESTRICTED)
    client.force_login(scientist)

    table = b"".join(client.get(f"/forms/{form.pk}/responses.csv").streaming_content).decode()
    rows = list(csv.reader(io.StringIO(table)))
    document = json.loads(b"".join(client.get(f"/forms/{form.pk}/responses.json").streaming_content))

    assert len(rows) == 2
    assert dict(zip(rows[0], rows[1], strict=True))["What went wrong?"] == "'=HYPERLINK(1)"
    assert dict(zip(rows[0], rows[1], strict=True))["What does it keep you from?"] == "I cannot work"
    assert "E-mail" not in rows[0]
    assert document[0]["answers"] == {"text": "=HYPERLINK(1)", "frequency": "once", "impact": "stops"}
    assert "Hidden" not in table + json.dumps(document)


def test_a_row_of_a_matrix_is_a_column_of_its_choices(client, scientist, team):
    form = make_form(purpose="sus", product=ProductFactory(team=team), slug="sus", title="SUS")
    answer(form, sus=[Value(row=f"sus-{n}", choice="a5" if n % 2 else "a1") for n in range(1, 11)])
    client.force_login(scientist)

    table = b"".join(client.get(f"/forms/{form.pk}/responses.csv").streaming_content).decode()
    heads, cells = list(csv.reader(io.StringIO(table)))

    said = [cell for head, cell in zip(heads, cells, strict=True) if ": " in head]
    labels = {one.key: one.label["en"] for one in questionnaire_of(form.current_id).by_key["sus"].choices}
    assert said == [labels["a5"], labels["a1"]] * 5


def test_a_file_goes_on_over_batches(client, scientist, form, monkeypatch):
    monkeypatch.setattr("apps.feedback.results.exports.BATCH_ROWS", 2)
    ids = [answer(form, f"It broke {number}.", impact="stops") for number in range(5)]
    client.force_login(scientist)

    table = b"".join(client.get(f"/forms/{form.pk}/responses.csv").streaming_content).decode()
    document = json.loads(b"".join(client.get(f"/forms/{form.pk}/responses.json").streaming_content))

    assert [int(row[0]) for row in list(csv.reader(io.StringIO(table)))[1:]] == ids[::-1]
    assert [one["id"] for one in document] == ids[::-1]
    assert json.loads(b"".join(client.get(f"/forms/{form.pk}/responses.json?version=9").streaming_content)) == []


def test_the_files_hold_hidden_fields_and_numbers_as_numbers(client, scientist, form):
    def change(raw):
        raw = json.loads(json.dumps(raw))
        raw["pages"][0]["questions"].append({"key": "far", "kind": "number", "label": {"en": "How far?"}})
        return {**raw, "hidden": ["case", "plan"]}

    edit_draft(form=form, edit=change, seen=None, user=scientist)
    publish(form=form, user=scientist)
    form.refresh_from_db()
    for far, context in (("2.5", {"case": "4711", "other": "x"}), ("9", {})):
        pk = answer(form, "It broke.", far=Value(number=Decimal(far)))
        Feedback.objects.filter(pk=pk).update(context=context)
    client.force_login(scientist)

    table = b"".join(client.get(f"/forms/{form.pk}/responses.csv").streaming_content).decode()
    document = json.loads(b"".join(client.get(f"/forms/{form.pk}/responses.json").streaming_content))

    rows = list(csv.reader(io.StringIO(table)))
    assert [row[-2:] for row in rows] == [["case", "plan"], ["", ""], ["4711", ""]]
    assert [one["answers"]["far"] for one in document] == [9, 2.5]
    assert [one["hidden"] for one in document] == [{}, {"case": "4711"}]


def test_a_chart_is_a_file_too(client, scientist, form):
    for _ in range(3):
        answer(form, "It broke.", impact="stops")
    client.force_login(scientist)

    assert "I cannot work,3,1.0" in client.get(f"/forms/{form.pk}/results/q-impact.csv").text


@pytest.mark.parametrize("amount", [1, 4])
def test_the_page_costs_the_same_for_one_response_and_four(client, scientist, form, amount, django_assert_num_queries):
    for _ in range(amount):
        answer(form, "It broke.", impact="stops", since=Value(text=""))
    client.force_login(scientist)
    client.get("/home/")

    with django_assert_num_queries(33):  # counted
        client.get(f"/forms/{form.pk}/results/")
    with django_assert_num_queries(13):  # kept
        client.get(f"/forms/{form.pk}/results/")


def test_dates_are_a_chart_with_the_weeks_of_nobody(client, scientist, form):
    for day in (date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 3), date(2026, 4, 30)):
        answer(form, "It broke.", since=Value(day=day))

    chart = part(page(client, scientist, form), "since").chart

    assert chart.n == 4
    assert chart.head == "Week from"
    assert [(row.label, row.values) for row in chart.rows][:2] == [("2 Mar", [3]), ("9 Mar", [0])]
    assert len(chart.rows) == 9
    assert chart.summary == "2 Mar 2026 to 30 Apr 2026, the middle one 3 Mar 2026."
    assert "2 Mar,3" in client.get(f"/forms/{form.pk}/results/q-since.csv").text


def test_nobody_gave_a_date_is_no_chart(client, scientist, form):
    for _ in range(3):
        answer(form, "It broke.", impact="stops")

    found = part(page(client, scientist, form), "since")

    assert (found.chart, found.tally.people) == (None, 0)


@pytest.fixture
def files_form(team):
    return make_form(purpose="story", product=ProductFactory(team=team), slug="stories", title="Story")


def test_files_are_people_and_kinds(client, scientist, files_form, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    ids = [answer(files_form, "See.") for _ in range(4)]
    for feedback_id, kind in [(ids[0], "image"), (ids[0], "image"), (ids[1], "pdf"), (ids[2], "image")]:
        AttachmentFactory(feedback=Feedback.objects.get(pk=feedback_id), form=files_form, question="picture", kind=kind)
    restricted = answer(files_form, "Not counted.")
    AttachmentFactory(feedback=Feedback.objects.get(pk=restricted), form=files_form, question="picture")
    set_visibility([restricted], Visibility.RESTRICTED)

    chart = part(page(client, scientist, files_form), "picture").chart

    assert chart.n == 3
    assert chart.summary == "3 people sent 4 files in all."
    assert [(row.label, row.values) for row in chart.rows] == [
        ("Picture", [3, 0.75]),
        ("PDF", [1, 0.25]),
        ("Text", [0, 0.0]),
    ]


@pytest.fixture
def circumstances(team):
    """A form whose answers are kept in the feedback's context and columns."""
    form = make_form(purpose="product", product=ProductFactory(team=team), slug="around", title="Around")
    kinds = {"since": "date", "load": "number", "room": "single_choice", "method": "short_text"}
    extra = {"load": {"unit": "mA"}, "room": {"choices": [{"key": "cold", "label": {"en": "Cold room"}}]}}
    more = [
        {"key": key, "kind": kind, "label": {"en": key}, "role": "context", **extra.get(key, {})}
        for key, kind in kinds.items()
    ]
    written = definition.write(questionnaire_of(form.current_id))
    written["pages"][0]["questions"] += more
    add_version(form, definition.read(written), None)
    return form


def around(form, *, rating=4, **context) -> int:
    made = Capture(
        product_id=form.product_id,
        channel=Channel.FORM,
        text=f"{context}",
        rating=rating,
        form_id=form.pk,
        form_version_id=form.current_id,
        context=context,
    )
    return capture(made).feedback_id


def test_circumstances_are_charts_of_what_was_said(client, scientist, circumstances):
    for load, day in (("1.5 mA", "2026-03-02"), ("2 mA", "2026-03-03"), ("much", "last week")):
        around(circumstances, load=load, since=day, room="Cold room", method=load)

    response = page(client, scientist, circumstances)

    assert part(response, "since").chart.summary == "2 Mar 2026 to 3 Mar 2026, the middle one 2 Mar 2026."
    assert part(response, "load").tally.measure.value == 1.75
    assert [(row.label, row.values) for row in part(response, "room").chart.rows] == [("Cold room", [3, 1.0])]
    assert part(response, "method").chart is None


@pytest.mark.parametrize(
    ("asked", "count"),
    [("room:cold", 2), ("room:Attic", 1), ("rating:2", 1), ("rating:x", 0), ("rating:" + "9" * 40, 0), ("load:1", 0)],
)
def test_columns_narrow_the_page_like_answers(client, scientist, circumstances, asked, count):
    for rating, room in ((4, "Cold room"), (4, "Cold room"), (2, "Attic")):
        around(circumstances, rating=rating, room=room)

    assert page(client, scientist, circumstances, f"?answer={asked}").context["results"].response_count == count


def test_a_number_that_no_column_holds_is_answered_by_nobody(client, scientist, form):
    answer(form, "It broke.", impact="stops")

    assert page(client, scientist, form, "?answer=impact:" + "9" * 40).context["results"].response_count == 0


def test_strangers_and_people_without_a_role_are_refused(client, form):
    assert client.get(f"/forms/{form.pk}/results/").status_code == 302
    client.force_login(UserFactory())
    assert client.get(f"/forms/{form.pk}/results/").status_code == 403
    assert client.get("/forms/999999/results/").status_code == 403
