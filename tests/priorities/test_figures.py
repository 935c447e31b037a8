"""Figures as a page shows them."""

from hypothesis import given
from hypothesis import strategies as st

from apps.priorities.figures import Bar, round_up, rounded_parts, volume_chart


@given(st.lists(st.floats(-1e6, 1e6), max_size=12))
def test_rounded_parts_add_up_to_the_rounded_sum(values):
    shown = rounded_parts([(str(i), value, 0.0) for i, value in enumerate(values)])

    assert round(sum(part.value for part in shown), 1) == round(sum(values) * 10) / 10
    assert all(abs(part.value - value) <= 0.1 + 1e-6 for part, value in zip(shown, values, strict=True))


def test_parts_keep_their_order_label_and_share():
    shown = rounded_parts([("a", 0.34, 0.5), ("b", 0.33, 0.4), ("c", 0.33, 0.1)])

    assert [(part.label, part.value, part.share) for part in shown] == [
        ("a", 0.4, 0.5),
        ("b", 0.3, 0.4),
        ("c", 0.3, 0.1),
    ]


def test_the_chart_has_a_round_top_and_a_bar_a_week():
    chart = volume_chart([(0, 0), (3, 1)])

    assert (chart.top, chart.middle) == (4, 2.0)
    assert chart.bars == [Bar(2.0, 120.0, 256.0, 0.0, 120.0, 0.0), Bar(262.0, 30.0, 256.0, 90.0, 90.0, 30.0)]


def test_a_week_of_too_few_pieces_is_drawn_as_neither_unhappy_nor_not():
    chart = volume_chart([(2, None), (4, 0)])

    assert [(bar.is_told, bar.height, bar.unhappy_height) for bar in chart.bars] == [
        (False, 60.0, 0.0),
        (True, 120.0, 0.0),
    ]
    assert (chart.has_untold, volume_chart([(0, 0), (4, 1)]).has_untold) == (True, False)


def test_tops_are_round_and_halve_to_whole_numbers():
    assert [round_up(n) for n in (0, 1, 2, 3, 5, 11, 21, 41, 100, 101)] == [
        2,
        2,
        2,
        4,
        6,
        20,
        40,
        60,
        100,
        200,
    ]
