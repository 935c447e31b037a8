"""The cards of the editor, and what is on them: a question, a page. No query."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.feedback.builder.editing import Json
from apps.feedback.builder.filling import kinds_alike
from apps.feedback.builder.options import ICONS, Faults, Option, flat
from apps.feedback.builder.rules import JumpEditor, RuleEditor
from apps.feedback.questionnaire.schema import (
    CAN_HAVE_OTHER,
    CHOICE_KINDS,
    KIND_LABELS,
    KINDS_OF_ROLE,
    PERSONAL_ROLES,
    PURPOSE_LABELS,
    ROLE_LABELS,
    SCALES,
    TEXT_KINDS,
    Kind,
    Role,
)


class ChoiceLine(NamedTuple):
    """A choice or row: ``name`` is its posted name, ``list`` "choices" or "rows"."""

    key: str
    list: str
    name: str
    words: str
    placeholder: str


@dataclass(frozen=True, kw_only=True)
class QuestionCard:
    raw: Json
    page: str
    kind: Kind
    label: str
    number: int
    faults: Faults
    rule: RuleEditor
    is_first: bool
    is_last: bool
    is_open: bool
    language: str
    is_anonymous: bool
    earlier: Sequence[Option] = ()  # the questions of earlier pages, whose answers may stand in the words

    @property
    def key(self) -> str:
        return str(self.raw["key"])

    @property
    def target(self) -> str:
        return f"question.{self.key}"

    @property
    def name(self) -> str:
        return self.label or str(self.kind_label)

    @property
    def fault_places(self) -> list[tuple[str, list[str]]]:
        """The places of the open editor at which faults stand, those without any too: what said one is emptied."""
        return [
            ("fault-whole-question", self.other_faults),
            *((f"fault-{part}", self.faults.get(part, [])) for part in self._parts),
        ]

    @property
    def faults_said(self) -> list[str]:
        return list(flat(self.faults))

    @property
    def other_faults(self) -> list[str]:
        return [reason for part, reasons in self.faults.items() if part not in self._parts for reason in reasons]

    @property
    def _parts(self) -> list[str]:
        found = ["label", "help", "show_when"]
        found += ["choices"] if self.has_choices else []
        found += ["rows"] if self.raw.get("rows") else []
        found += ["characters"] if self.is_text else []
        found += ["picks"] if self.kind == Kind.MULTIPLE_CHOICE else []
        found += ["at_least", "at_most", "unit"] if self.kind == Kind.NUMBER else []
        found += ["purpose"] if self.kind == Kind.CONSENT else []
        return [*found, "role"] if len(self.roles) > 1 else found

    @property
    def kind_label(self) -> object:
        return KIND_LABELS[self.kind]

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def role_label(self) -> object:
        return ROLE_LABELS[Role(self.raw["role"])] if self.raw.get("role") else ""

    @property
    def help(self) -> str:
        return str(self.raw.get("help", {}).get(self.language, ""))

    @property
    def low(self) -> str:
        return str(self.raw.get("low_label", {}).get(self.language, ""))

    @property
    def high(self) -> str:
        return str(self.raw.get("high_label", {}).get(self.language, ""))

    @property
    def is_scale(self) -> bool:
        return self.kind in SCALES

    @property
    def is_text(self) -> bool:
        return self.kind in TEXT_KINDS

    @property
    def has_choices(self) -> bool:
        return self.kind in CHOICE_KINDS

    @property
    def can_have_other(self) -> bool:
        return self.kind in CAN_HAVE_OTHER

    @property
    def kinds(self) -> list[Option]:
        return [Option(kind.value, str(KIND_LABELS[kind]), kind == self.kind) for kind in kinds_alike(self.kind)]

    @property
    def roles(self) -> list[Option]:
        """The meanings that an answer of this kind can have; the one it has even where it cannot."""
        mine = self.raw.get("role", "")
        return [
            Option(role.value, str(label), role.value == mine)
            for role, label in ROLE_LABELS.items()
            if role.value == mine
            or (
                self.kind in KINDS_OF_ROLE.get(role, frozenset({self.kind}))
                and not (self.is_anonymous and role in PERSONAL_ROLES)
            )
        ]

    @property
    def purposes(self) -> list[Option]:
        return [Option(one.value, str(text), one == self.raw.get("purpose")) for one, text in PURPOSE_LABELS.items()]

    @property
    def choices(self) -> list[ChoiceLine]:
        return self._lines("choices")

    @property
    def rows(self) -> list[ChoiceLine]:
        return self._lines("rows")

    def _lines(self, name: str) -> list[ChoiceLine]:
        said = _("Choice %(number)s") if name == "choices" else _("Row %(number)s")
        return [
            ChoiceLine(
                one["key"],
                name,
                f"{name}.{one['key']}",
                one.get("label", {}).get(self.language, ""),
                said % {"number": number},
            )
            for number, one in enumerate(self.raw.get(name, ()), start=1)
        ]


@dataclass(frozen=True, kw_only=True)
class PageCard:
    raw: Json
    number: int
    title: str
    intro: str
    cards: list[QuestionCard]
    jumps: list[JumpEditor]
    faults: Faults
    is_first: bool
    is_last: bool
    is_open: bool
    earlier: Sequence[Option] = ()

    @property
    def key(self) -> str:
        return str(self.raw["key"])

    @property
    def target(self) -> str:
        return f"page.{self.key}"

    @property
    def faults_said(self) -> list[str]:
        return list(flat(self.faults))

    @property
    def name(self) -> str:
        return self.title or _("Page %(number)s") % {"number": self.number}
