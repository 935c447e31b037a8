"""The shared pieces of a page."""

from django.template import Context, Template

from apps.core.templatetags.ui import initials, score, spark_points


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_sparklines_stand_on_zero_and_stay_inside_the_box():
    assert spark_points([0, 5, 10]) == [(0.0, 22.0), (40.0, 12.0), (80.0, 2.0)]
    assert spark_points([]) == []
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


def test_trends_say_up_down_steady_new_or_nothing():
    words = [
        next((word for word in ("up", "down", "steady", "new") if f"trend-{word}" in html), "")
        for html in (
            render("{% trend change last 0 %}", change=change, last=last)
            for change, last in ((0.5, 3), (-0.5, 1), (0.0, 2), (None, 3), (None, 0))
        )
    ]

    assert words == ["up", "down", "steady", "new", ""]


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
