"""Charts: what the browser draws, the table says and the file holds is one."""

import csv
import json
import re
from io import StringIO

import pytest

from apps.accounts.models import Role
from apps.dashboard.charts import Chart, Column, Row, Series, as_csv, show
from tests.factories import ProductFactory, TeamFactory, UserFactory


def chart(**fields) -> Chart:
    return Chart(
        **{
            "key": "volume",
            "title": "Feedback",
            "definition": "What was said.",
            "n": 3,
            "summary": "Three.",
            "head": "Days",
            "columns": [Column("Feedback"), Column("Unhappy", "share")],
            "rows": [Row("1 Mar", "/feedback/?since=2026-03-01", [3, 0.25]), Row("2 Mar", "", [0, None])],
            "series": [Series("Unhappy", [0.25, None], "chart-bad", "line")],
            **fields,
        }
    )


def test_the_table_shows_what_is_drawn_and_a_dash_for_no_data():
    assert chart().table_rows == (
        '<tr><th scope="row"><a href="/feedback/?since=2026-03-01">1 Mar</a></th>'
        '<td class="num">3</td><td class="num">25%</td></tr>'
        '<tr><th scope="row">2 Mar</th><td class="num">0</td><td class="num">\u2013</td></tr>'
    )
    assert chart().data["series"][0]["values"] == [0.25, None]
    assert chart().data["urls"] == ["/feedback/?since=2026-03-01", ""]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234, "count", "1,234"),
        (0.004, "share", "0%"),
        (0.469, "share", "47%"),
        (0.6, "count", "1"),
        (4.26, "rating", "4.3"),
        (-0.5, "sentiment", "\u22120.50"),
        (0.5, "sentiment", "+0.50"),
        (-0.004, "sentiment", "0.00"),
        (None, "rating", "\u2013"),
    ],
)
def test_values_are_shown_by_their_unit(value, unit, text):
    assert show(value, unit) == text


def test_the_file_holds_unrounded_figures_and_no_formulas():
    evil = chart(rows=[Row("=HYPERLINK(1)", "", [3, 0.123456]), Row(" @x", "", [-2, None])])

    assert list(csv.reader(StringIO(as_csv(evil)))) == [
        ["Days", "Feedback", "Unhappy"],
        ["'=HYPERLINK(1)", "3", "0.123456"],
        ["' @x", "-2", ""],
    ]


@pytest.mark.django_db
def test_names_cannot_break_out_of_the_data_block(client):
    team = TeamFactory(slug="instruments")
    product = ProductFactory(team=team, name="</script><script>alert(1)</script>")
    product.versions.create(name="<b>1", released_on="2026-11-01")
    from apps.tagging import services as tagging
    from tests.dashboard.team_dashboard.speaking import fold_all, say

    tagging.rebook_feedback([say(product, version=product.versions.get()).pk])
    fold_all()
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))

    html = client.get("/teams/instruments/").content.decode()

    assert "<script>alert" not in html
    blocks = re.findall(r'<script id="[\w-]+" type="application/json">(.*?)</script>', html, re.S)
    assert {"volume", "unhappy", "rating", "sentiment", "backlog"} <= {
        key.removesuffix("-data") for key in re.findall(r'data-chart="([\w-]+)"', html)
    } | {"rating"}
    assert all(json.loads(block)["labels"] for block in blocks)


@pytest.mark.django_db
def test_each_chart_has_its_file_and_unknown_ones_are_404(client):
    team = TeamFactory(slug="instruments")
    ProductFactory(team=team)
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))

    for key in ("volume", "unhappy", "rating", "sentiment", "versions", "segments", "backlog", "waits"):
        answer = client.get(f"/teams/instruments/charts/{key}.csv?period=7")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert client.get("/teams/instruments/charts/other.csv").status_code == 404


@pytest.mark.django_db
def test_only_pages_with_charts_load_the_library(client):
    team = TeamFactory(slug="instruments")
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))

    assert b"vendor/chart-" in client.get("/teams/instruments/").content
    assert b"vendor/chart-" not in client.get("/home/").content
    assert b"vendor/chart-" not in client.get("/overview/").content
