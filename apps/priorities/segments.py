"""Mentions of a team's priorities by segment, told apart only where three voices spoke. Pure.

A mention is a piece of feedback on one priority: with two of the team's tags it is two mentions.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from apps.priorities import disclosure
from apps.priorities.movement import TagSegmentSums
from apps.priorities.scoring import Part


class SegmentPart(NamedTuple):
    """The mentions of one segment, or of several that together are enough voices."""

    name: str  # "": customers without a segment, and anonymous feedback
    mention_count: int
    unhappy_count: int
    is_others: bool  # several segments
    is_all: bool  # nothing may be told from the rest

    @property
    def unhappy_share(self) -> float | None:
        return self.unhappy_count / self.mention_count if self.mention_count else None


def segment_parts(rows: Iterable[TagSegmentSums]) -> list[SegmentPart]:
    """Return the segments by mentions, small ones together at the end; they sum to all mentions.

    Empty where nobody spoke, one part where fewer than three voices did.
    """
    kept = [row for row in rows if row.now]
    mentions: dict[str, int] = {}
    unhappy: dict[str, int] = {}
    for row in kept:
        mentions[row.segment_name] = mentions.get(row.segment_name, 0) + row.now
        unhappy[row.segment_name] = unhappy.get(row.segment_name, 0) + row.now_unhappy
    names = sorted(mentions, key=lambda name: (-mentions[name], name))
    voices = least_voices(kept)
    shown = _shown_names(names, mentions, voices)
    rest = [name for name in names if name not in shown]
    parts = [SegmentPart(name, mentions[name], unhappy[name], False, False) for name in shown]
    if rest:
        together = (sum(mentions[name] for name in rest), sum(unhappy[name] for name in rest))
        parts.append(SegmentPart("", *together, is_others=bool(shown), is_all=not shown))
    return parts


def _shown_names(names: list[str], mentions: dict[str, int], voices: dict[str, int]) -> list[str]:
    def count(labels: Collection[str]) -> int:
        return sum(voices[label] for label in labels)  # segments have no customer in common

    parts = [Part(name, mentions[name], 0.0) for name in names]
    shown = disclosure.shown_parts(parts, count)
    return [part.label for part in shown if any(part is one for one in parts)]


def least_voices(rows: Iterable[TagSegmentSums]) -> dict[str, int]:
    """Return by segment how many voices spoke at least: the most on any one tag.

    One customer may speak on several tags, so a sum over tags would count too many.
    """
    voices: dict[str, int] = {}
    for row in rows:
        voices[row.segment_name] = max(voices.get(row.segment_name, 0), row.now_voices)
    return voices
