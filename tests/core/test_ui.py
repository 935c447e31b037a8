"""The shared pieces of a page."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django import forms
from django.contrib.messages.storage.base import Message
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from apps.core.templatetags.ui import ago, initials, score, spark_points, undo_url, weight
from apps.core.toasts import add_toast


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_sparklines_stand_on_zero_and_stay_inside_the_box():
    assert spark_points([0, 5, 10]) == [(0.0, 22.0), (40.0, 12.0), (80.0, 2.0)]
    assert spark_points([]) == []
    assert spark_points([0, 1, 0])[1] == (40.0, 19.5)  # one voice is no mountain
    assert spark_points([0]) == [(0.0, 22.0)]


def test_a_sparkline_tells_its_figures_to_screen_readers():
    assert 'aria-label="Per week, oldest first: 1, 2"' in render("{% sparkline values %}", values=[1, 2])


def test_moods_have_a_word_and_a_figure():
    assert [render("{% mood milli %}", milli=milli).count("mood-negative") for milli in (-600, -50, 600)] == [
        1,
        0,
        0,
    ]
    assert "\u22120.60" in render("{% mood -600 %}")
    assert "mood" not in render("{% mood milli %}", milli=None)


@pytest.mark.parametrize(
    ("milli", "word", "bar"),
    [
        (480, "neutral", 'class="mood-neutral" x="24" y="1" width="11.5"'),
        (-90, "neutral", 'class="mood-neutral" x="21.8" y="1" width="2.2"'),
        (0, "positive", 'class="mood-positive" x="24" y="1" width="2.4"'),
        (0, "negative", 'class="mood-negative" x="21.6" y="1" width="2.4"'),
        (700, "positive", 'class="mood-positive" x="24" y="1" width="16.8"'),
    ],
)
def test_the_mood_of_one_piece_goes_by_the_word_that_was_read(milli, word, bar):
    drawn = render("{% mood milli word %}", milli=milli, word=word)

    assert bar in drawn
    assert f'<span class="visually-hidden">{word} </span>' in drawn


def test_trends_say_up_down_steady_new_or_nothing():
    words = [
        next((word for word in ("up", "down", "steady", "new") if f"trend-{word}" in html), "")
        for html in (
            render("{% trend change last 0 %}", change=change, last=last)
            for change, last in ((0.5, 3), (-0.5, 1), (0.0, 2), (None, 3), (None, 0))
        )
    ]

    assert words == ["up", "down", "steady", "new", ""]


def test_trends_show_their_sign_and_the_days_they_are_of():
    up, down = render("{% trend 0.04 52 50 90 %}"), render("{% trend -0.18 9 11 %}")

    assert '<bdi dir="ltr">+4%</bdi>' in up
    assert '<bdi dir="ltr">\u221218%</bdi>' in down
    assert 'title="52 in 90 days, 50 in the 90 compared with"' in up
    assert 'title="9 in 28 days, 11 in the 28 compared with"' in down


def test_against_few_pieces_a_trend_tells_the_counts():
    few, enough = render("{% trend 1.5 5 2 %}"), render("{% trend 1.5 25 10 %}")

    assert ("5, was 2" in few, "150" in few) == (True, False)
    assert ("25, was 10" in enough, "+150%" in enough) == (False, True)


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (timedelta(minutes=5), "5\xa0minutes ago"),
        (timedelta(days=3, hours=14), "3\xa0days ago"),
        (timedelta(days=100), "3\xa0months ago"),
    ],
)
def test_ages_are_told_in_one_unit(age, told):
    assert ago(timezone.now() - age) == told


def test_weights_show_one_digit_or_as_many_as_they_have():
    assert [weight(value) for value in (1.0, 0.5, 2, 0.25)] == ["1.0", "0.5", "2.0", "0.25"]


def test_a_bare_mood_leaves_the_number_to_what_stands_beside_it():
    assert render("{% mood -70 is_bare=True %}").count("\u22120.07") == 1  # in the title alone


def test_beside_a_rating_the_mood_is_said_to_be_of_the_words():
    reading = SimpleNamespace(sentiment="neutral", get_sentiment_display="Neutral")
    rated, unrated = (
        render(
            '{% include "components/_voice.html" %}',
            feedback=SimpleNamespace(pk=1, rating=rating, reading=reading, captured_at=timezone.now()),
        )
        for rating in (1, None)
    )

    assert ("words read: neutral" in rated, "dot-neutral" in rated) == (True, False)
    assert ("words read: neutral" in unrated, "dot-neutral" in unrated) == (False, True)


def test_ratings_are_told_in_words():
    assert 'aria-label="Rated 2 of 5"' in render("{% rating 2 %}")
    assert "rating" not in render("{% rating value %}", value=None)


def test_initials_come_from_names_and_addresses():
    assert [initials(name) for name in ("Lena von Haas", "lena.haas@example.org", "Lena", "")] == [
        "LH",
        "LH",
        "L",
        "",
    ]


def test_faded_scores_are_not_shown_as_nothing():
    assert [score(value) for value in (0.0, 1e-9, 0.06, 1234.56)] == ["0.0", "<0.1", "0.1", "1,234.6"]


def test_nothing_here_writes_a_style_attribute():
    pieces = "{% sparkline values %}{% mood -5 %}{% trend 0.5 3 2 %}{% rating 3 %}{% meter 0.5 %}{% icon 'x' %}"

    assert "style=" not in render(pieces, values=[1, 2])


# --- blocks and pieces with a state --------------------------------------------------------------------------------


def test_a_dialog_is_named_by_its_title_and_escapes_it():
    html = render('{% dialog "new-team" title %}<p>{{ inside }}</p>{% enddialog %}', title="<New>", inside="a & b")

    assert 'id="new-team" aria-labelledby="new-team-title"' in html
    assert "&lt;New&gt;" in html
    assert "<p>a &amp; b</p>" in html


def test_menu_confirm_and_chart_frame_hold_what_they_wrap():
    assert "<p>x</p>" in render('{% menu "More" "ellipsis" bare=True %}<p>x</p>{% endmenu %}')
    assert "<p>x</p>" in render('{% confirm "Remove…" %}<p>x</p>{% endconfirm %}')
    framed = render('{% chart_frame "volume" "Volume" definition="What" n=1284 %}<p>x</p>{% endchart_frame %}')
    assert "<p>x</p>" in framed
    assert 'id="volume" aria-labelledby="volume-title"' in framed


@pytest.mark.parametrize(
    ("query", "url", "direction"),
    [
        ("q=a&before=7", "?q=a&amp;sort=name", ""),
        ("sort=name", "?sort=-name", 'aria-sort="ascending"'),
        ("sort=-name", "?sort=name", 'aria-sort="descending"'),
        ("sort=other", "?sort=name", ""),
    ],
)
def test_a_table_head_sorts_keeps_the_filters_and_leaves_the_page(query, url, direction):
    html = render('{% sort_head "Name" "name" %}', request=RequestFactory().get(f"/?{query}"))

    assert f'href="{url}"' in html
    assert ("aria-sort" in html) == bool(direction)
    assert direction in html


def test_links_of_the_navigation_know_their_page_and_those_under_it():
    link = '{% nav_link "priorities:team-queue" "house" "Optics" slug="optics" also="priorities:queue-policy" %}'

    def on(path: str, view_name: str, **kwargs: str) -> bool:
        match = SimpleNamespace(view_name=view_name, kwargs=kwargs)
        return 'aria-current="page"' in render(link, request=SimpleNamespace(path=path, resolver_match=match))

    assert on("/teams/optics/queue/", "priorities:team-queue", slug="optics")
    assert on("/teams/optics/queue/how/", "priorities:queue-policy", slug="optics")
    assert not on("/teams/assays/queue/how/", "priorities:queue-policy", slug="assays")
    assert not on("/home/", "dashboard:home")


def test_crumbs_end_with_the_page_itself():
    html = render('{% crumbs "People" "/people/" name %}', name="Lena <Haas>")

    assert '<a href="/people/">People</a>' in html
    assert '<span aria-current="page">Lena &lt;Haas&gt;</span>' in html


def test_an_avatar_is_a_picture_initials_or_somebody():
    with_picture = SimpleNamespace(pk=7, picture_key="abc")

    assert "/7/picture/abc.webp" in render("{% avatar person %}", person=with_picture)
    assert ">LH<" in render("{% avatar 'Lena Haas' %}")
    assert "icon-user" in render("{% avatar None %}")
    assert 'role="img" aria-label="Lena Haas"' in render("{% avatar 'Lena Haas' named=True %}")


def test_a_message_may_be_taken_back_at_a_path_of_ours_only():
    paths = [undo_url(Message(25, "Done", extra_tags=f"undo:{path}")) for path in ("/x/", "https://evil.example/", "")]

    assert paths == ["/x/", "", ""]
    assert undo_url(Message(25, "Done")) == ""


def test_a_toast_rides_on_an_answer_to_htmx():
    response = add_toast(HttpResponse(), "Done", undo="/undo/")

    assert response["HX-Trigger"] == '{"toast": {"text": "Done", "level": "success", "undo": "/undo/"}}'


class Sample(forms.Form):
    name = forms.CharField(help_text="As it shall show.")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)


def test_every_form_is_rendered_the_house_way():
    html = str(Sample())

    assert html.count('<div class="field ') == 2
    assert 'aria-describedby="id_name_helptext"' in html
    assert "error-summary" not in html


def test_a_refused_form_says_what_is_wrong_on_top_and_at_the_field():
    html = str(Sample({}))

    assert '<a href="#id_name">' in html
    assert '<a href="#id_kind_0">' in html
    assert 'id="id_kind_0"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert '<fieldset aria-describedby="id_kind_error">' in html
