"""Which parts of a score may be shown: none of fewer than three voices, none to be had by subtraction. Pure.

A part of fewer voices goes into "Others" with the other small ones, and with the next smallest until that holds three
voices too: one small part alone would be the subtotal minus the parts shown.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from math import ceil

from django.utils.translation import gettext_noop

from apps.priorities.scoring import CellFacts, Explanation, Part, PolicyFacts, recency_band

LEAST_VOICES = 3
OTHERS = gettext_noop("Others")
TOGETHER = gettext_noop("All together")  # where no part of a partition may be told from the rest
MOST_IMPORTANT = 3  # the greatest importance one voice can carry

CountVoices = Callable[[Collection[str]], int]  # of the parts with these labels, taken together


def disclosed(
    explanation: Explanation,
    cells: Sequence[CellFacts],
    policy: PolicyFacts,
    *,
    segment_label: Callable[[int], str],
) -> Explanation:
    """Return ``explanation`` with parts that may be shown, each partition with its sum as before.

    Its partitions are empty where there are fewer than ``LEAST_VOICES`` voices in all.
    """
    if sum(_voices(cell, policy) for cell in cells) < LEAST_VOICES:
        return replace(explanation, by_segment=[], by_recency=[], by_sentiment=[])
    segments = _counter(cells, policy, lambda cell: segment_label(cell.segment_id))
    ages = _counter(cells, policy, lambda cell: recency_band(cell.day, as_of=explanation.as_of))
    return replace(
        explanation,
        by_segment=shown_parts(explanation.by_segment, segments),
        by_recency=shown_parts(explanation.by_recency, ages),
        by_sentiment=shown_parts(explanation.by_sentiment, _kinds(cells, policy)),
    )


def too_few(counts: Sequence[int]) -> set[int]:
    """Return the places of ``counts`` of which nothing but the count may be told: fewer than three, yet some.

    With those, while they are fewer than three together, the next smallest: else they were the total minus the rest.
    """
    hidden = {place for place, count in enumerate(counts) if 0 < count < LEAST_VOICES}
    for place in sorted(range(len(counts)), key=lambda place: counts[place]):
        if not hidden or sum(counts[one] for one in hidden) >= LEAST_VOICES:
            break
        if counts[place]:
            hidden.add(place)
    return hidden


def shown_parts(parts: Sequence[Part], count_voices: CountVoices) -> list[Part]:
    """Return ``parts`` in their order with small ones summed up as "Others" at the end."""
    small = [part for part in parts if count_voices([part.label]) < LEAST_VOICES]
    large = [part for part in parts if part not in small]
    while small and large and count_voices([part.label for part in small]) < LEAST_VOICES:
        smallest = min(large, key=lambda part: count_voices([part.label]))
        large.remove(smallest)
        small.append(smallest)
    if not small:
        return large
    label = OTHERS if large else TOGETHER
    return [*large, Part(label, sum(part.value for part in small), sum(part.share for part in small))]


def _voices(cell: CellFacts, policy: PolicyFacts) -> int:
    named = cell.organisation_count if policy.counts_organisations else cell.customer_count
    return named + cell.anonymous_count


def _counter(cells: Sequence[CellFacts], policy: PolicyFacts, label_of: Callable[[CellFacts], str]) -> CountVoices:
    """Return how to count the voices of parts that have no voice in common."""
    counts: dict[str, int] = {}
    for cell in cells:
        counts[label_of(cell)] = counts.get(label_of(cell), 0) + _voices(cell, policy)
    return lambda labels: sum(counts.get(label, 0) for label in labels)


def _kinds(cells: Sequence[CellFacts], policy: PolicyFacts) -> CountVoices:
    """Return how to count the voices of kinds: the least there can be, for one voice may be of several kinds."""
    apart, across = _voices_by_kind(cells, policy)

    def count(labels: Collection[str]) -> int:
        together = sum(apart.get(label, 0) for label in labels)
        return max([together, *(across.get(label, 0) for label in labels)])

    return count


def _voices_by_kind(cells: Sequence[CellFacts], policy: PolicyFacts) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return voices of the kinds that have none in common, and the fewest voices of the kinds that cut across."""
    total = {name: sum(getattr(cell, name) for cell in cells) for name in CellFacts._fields[2:]}
    party = "organisation" if policy.counts_organisations else "customer"
    unhappy = total[f"{party}_unhappy"]
    apart = {
        "Unhappy voices": unhappy,
        "Other voices": total[f"{party}_count"] - unhappy,
        "Anonymous": total["anonymous_count"],
    }
    across = {
        "Importance": ceil(total[f"{party}_importance"] / MOST_IMPORTANT),
        "Voices against": total[f"{party}_against"],
        "Repeats": 1,  # all of them may be of one customer
    }
    return apart, across
