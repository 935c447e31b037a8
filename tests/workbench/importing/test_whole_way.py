"""Files brought in by the page, the whole way, and what is made of what is in them."""

import io

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from apps.catalog.models import Product
from apps.customers.models import Customer
from apps.feedback.import_models import ImportProblem, Upload
from apps.feedback.models import Feedback, FeedbackState
from apps.tagging import labels
from apps.tagging.models import Source, Tagging
from apps.tagging.services import reject_tag
from tests.factories import ProductFactory, SegmentFactory, TagFactory, TeamFactory
from tests.workbench.importing.uploading import BECOMES, columns, draft, run_all, start

pytestmark = pytest.mark.django_db


def test_a_file_goes_the_whole_way(page, analyst, product):
    noise, speed = TagFactory(name="Noise"), TagFactory(name="Speed")
    gold = SegmentFactory(name="Gold", slug="gold")
    row = draft(page)

    assert columns(page, row, BECOMES, scale="stars", zone="America/New_York").status_code == 302
    url = reverse("workbench:import-values", args=[row.pk])
    form = page.get(url).context["form"]
    chosen = {field.label: field.value() for _name, _label, rows in form.groups() for field, _count in rows}
    assert chosen == {
        "Noise": noise.slug,
        "Speed": speed.slug,
        "Nonsense": "",
        "Gold": "gold",
        "open": "",
        "declined": "",
    }
    sent = {field.html_name: field.value() for _name, _label, rows in form.groups() for field, _count in rows}
    declined = next(f.html_name for _n, _l, rows in form.groups() for f, _c in rows if f.label == "declined")
    assert page.post(url, sent | {declined: "held"}).status_code == 302

    shown = page.get(reverse("workbench:import", args=[row.pk])).context["preview"]
    assert [(one.line, one.problem, one.product) for one in shown.rows] == [
        (2, "", "Laser"),
        (3, "", "Laser"),
        (4, "Write what happened.", ""),
    ]
    assert shown.rows[0].beside.labels == (noise.slug, speed.slug)
    assert (shown.good, shown.tried, shown.problems) == (2, 3, [("said", "Write what happened.", 1, 4)])
    assert Feedback.objects.count() == 0

    start(page, row)
    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.repeated_count, row.rejected_count) == ("done", 2, 0, 1)
    first, second = Feedback.objects.order_by("import_line")
    assert (first.text, first.rating, first.product, first.external_id) == ("It drifts after an hour", 4, product, "1")
    assert first.captured_at.isoformat() == "2026-03-28T18:05:00+00:00"  # five past two in New York
    assert (first.context, second.context) == ({"status": "open"}, {"status": "declined"})
    assert (first.state, second.state) == (FeedbackState.LIVE, FeedbackState.HELD)
    assert list(Customer.objects.order_by("email").values_list("email", "segment")) == [
        ("ada@example.org", gold.pk),
        ("bob@example.org", None),
    ]
    labels.tag_labelled([first.pk, second.pk])
    labels.tag_labelled([first.pk, second.pk])
    assert list(Tagging.objects.order_by("tag__name").values_list("feedback", "tag__name", "source", "state")) == [
        (first.pk, "Noise", Source.IMPORT, "confirmed"),
        (first.pk, "Speed", Source.IMPORT, "confirmed"),
    ]
    assert (row.started_by, list(row.bad_rows.values_list("line", "column"))) == (analyst, [(4, "said")])


def test_a_tag_that_a_person_took_off_does_not_come_back(page, analyst, product):
    noise = TagFactory(name="Noise")
    row = draft(page, "text,labels\nIt hums,noise\n")
    columns(page, row, {"text": "text", "labels": "tags"})
    start(page, row)
    run_all()
    [feedback] = Feedback.objects.all()
    labels.tag_labelled([feedback.pk])
    reject_tag(feedback_id=feedback.pk, tag=noise, user=analyst)

    labels.tag_labelled([feedback.pk])

    assert not Tagging.objects.filter(state="confirmed").exists()


def test_a_segment_of_a_file_stands_behind_what_staff_chose(page, product):
    silver = SegmentFactory(name="Silver", slug="silver")
    SegmentFactory(name="Gold", slug="gold")
    Customer.objects.create(email="ada@example.org", email_key="ada@example.org", segment=silver)
    row = draft(page, "text,email,kind\nIt hums,ada@example.org,Gold\n")
    columns(page, row, {"text": "text", "email": "customer_email", "kind": "segment"})
    start(page, row)

    run_all()

    assert Customer.objects.get().segment == silver


def test_days_that_could_be_months_are_asked_for(page, product):
    row = draft(page, "text,when\nIt hums,03/04/2026\n")

    answer = columns(page, row, {"text": "text", "when": "captured_at"})

    assert answer.status_code == 422
    assert "Is 03/04/2026 the day first or the month first?" in answer.content.decode()
    assert columns(page, row, {"text": "text", "when": "captured_at"}, date_format="dmy").status_code == 302
    assert Upload.objects.get().plan["date_format"] == "dmy"


@pytest.mark.parametrize(
    ("becomes", "options", "told"),
    [
        ({"said": ""}, {}, "Choose the column that holds what they said."),
        ({"said": "text"}, {"product": ""}, "Choose a product, or a column that names it."),
        ({"said": "text", "stars": "rating", "kind": "rating"}, {}, "Two columns become “Rating or sentiment”"),
        ({"said": "text"}, {"zone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”."),
        ({"said": "text"}, {"date_format": "pattern", "date_pattern": "nonsense"}, "or as a pattern like"),
        ({"said": "text"}, {"product": "other"}, "Select a valid choice"),
    ],
)
def test_columns_that_do_not_fit_are_told_at_the_form(page, product, becomes, options, told):
    ProductFactory(name="Other", slug="other", team=TeamFactory())
    row = draft(page)

    answer = columns(page, row, becomes, **options)

    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_several_columns_of_words_are_joined_under_their_names(page, product):
    row = draft(page, "liked,missed\nthe lamp,a door\nonly this,\n")
    columns(page, row, {"liked": "text", "missed": "text"}, headings="on")
    start(page, row)

    run_all()

    assert set(Feedback.objects.values_list("text", flat=True)) == {
        "liked: the lamp\n\nmissed: a door",
        "liked: only this",
    }


def test_a_spreadsheet_is_read_and_its_formulas_are_not(page, product):
    book, out = Workbook(), io.BytesIO()
    book.active.append(["text", "when", "rating"])
    book.active.append(["It hums", timezone.datetime(2026, 3, 28, 14, 5), 4])
    book.active.append(['=HYPERLINK("http://x.example")', None, None])
    book.active.append(["Silent", timezone.datetime(2026, 3, 29), 5.0])
    book.save(out)
    row = draft(page, out.getvalue(), name="Notes.XLSX")
    columns(page, row, {"text": "text", "when": "captured_at", "rating": "rating"}, zone="UTC")
    start(page, row)

    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.rejected_count) == ("done", 2, 0)  # never saved: the formula has no value
    assert list(Feedback.objects.order_by("import_line").values_list("text", "rating", "captured_at__hour")) == [
        ("It hums", 4, 14),
        ("Silent", 5, 0),
    ]


def test_rows_of_another_teams_product_are_not_taken(page, product):
    ProductFactory(name="Secret", slug="secret", team=TeamFactory())
    row = draft(page, "text,product\nOurs,Laser\nTheirs,Secret\nNobody's,Unknown\n")
    assert columns(page, row, {"text": "text", "product": "product"}, product="").status_code == 302
    start(page, row)

    run_all()

    assert list(Feedback.objects.values_list("text", flat=True)) == ["Ours"]
    assert list(ImportProblem.objects.values_list("line", "reason")) == [
        (3, "You may not import for the product “Secret”."),
        (4, "There is no product “Unknown”."),
    ]
    assert set(Product.objects.values_list("slug", flat=True)) == {"laser", "secret"}


def test_products_are_made_where_somebody_says_so(page, product):
    row = draft(page, "text,product\nNew,Unknown\n")
    columns(page, row, {"text": "text", "product": "product"}, product="", makes_products="on")
    shown = page.get(reverse("workbench:import", args=[row.pk])).context["preview"]
    assert (shown.rows[0].product, Product.objects.count()) == ("a new product", 1)
    start(page, row)

    run_all()

    assert Feedback.objects.get().product.name == "Unknown"
