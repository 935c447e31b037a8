"""What the editor of a form offers, and what it says is wrong: options, kinds of questions, faults. No query."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.utils.translation import gettext_lazy

from apps.feedback.questionnaire.schema import KIND_LABELS, Kind

ICONS = {
    Kind.SHORT_TEXT: "type",
    Kind.LONG_TEXT: "text",
    Kind.SINGLE_CHOICE: "circle-dot",
    Kind.MULTIPLE_CHOICE: "square-check",
    Kind.STARS: "star",
    Kind.SMILEYS: "smile",
    Kind.NPS: "activity",
    Kind.CSAT: "percent",
    Kind.CES: "sliders-horizontal",
    Kind.NUMBER: "hash",
    Kind.DATE: "calendar",
    Kind.EMAIL: "at-sign",
    Kind.MATRIX: "table",
    Kind.RANKING: "list-ordered",
    Kind.FILE: "paperclip",
    Kind.CONSENT: "shield-check",
}
GROUPS: tuple[tuple[object, tuple[Kind, ...]], ...] = (
    (gettext_lazy("Words"), (Kind.SHORT_TEXT, Kind.LONG_TEXT, Kind.EMAIL)),
    (gettext_lazy("Choices"), (Kind.SINGLE_CHOICE, Kind.MULTIPLE_CHOICE, Kind.RANKING, Kind.MATRIX)),
    (gettext_lazy("Scales"), (Kind.STARS, Kind.SMILEYS, Kind.CSAT, Kind.CES, Kind.NPS)),
    (gettext_lazy("More"), (Kind.NUMBER, Kind.DATE, Kind.FILE, Kind.CONSENT)),
)
Faults = Mapping[str, list[str]]  # by the part they are about: "label", "choices", "" for the whole


class Option(NamedTuple):
    value: str
    text: str
    is_chosen: bool = False


class KindOption(NamedTuple):
    kind: str
    text: str
    icon: str


def kind_groups(*, is_anonymous: bool) -> list[tuple[str, list[KindOption]]]:
    """Return the kinds that can be added, in groups; an anonymous form asks for neither address nor file."""
    left_out = {Kind.EMAIL, Kind.FILE} if is_anonymous else set()
    return [(str(name), [_kind_option(kind) for kind in kinds if kind not in left_out]) for name, kinds in GROUPS]


def _kind_option(kind: Kind) -> KindOption:
    return KindOption(kind.value, str(KIND_LABELS[kind]), ICONS[kind])


def flat(faults: Faults) -> Iterable[str]:
    return dict.fromkeys(reason for reasons in faults.values() for reason in reasons)
