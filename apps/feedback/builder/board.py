"""What the editor shows of a draft: pages and questions as cards, one of them open. No query."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from apps.feedback.builder.cards import PageCard, QuestionCard
from apps.feedback.builder.editing import Json
from apps.feedback.builder.options import Faults, KindOption, Option, flat, kind_groups
from apps.feedback.builder.rules import jump_editor, label_of, rule_editor
from apps.feedback.questionnaire.definition import Fault
from apps.feedback.questionnaire.schema import Kind, say


class Hint(NamedTuple):
    """A fault as the list beside the publish button names it: whose it is, and where it is mended."""

    open: str
    name: str
    reason: str


@dataclass(kw_only=True)
class Board:
    """A draft to be worked on. ``open`` names the card that is open: a question's key, "page.<key>", "form"."""

    raw: Json
    faults: Sequence[Fault]
    open: str = ""
    is_anonymous: bool = False
    _by_place: dict[str, list[tuple[str, str]]] = field(init=False)

    def __post_init__(self) -> None:
        self.language = self.raw["languages"][0]
        self._by_place = defaultdict(list)
        for fault in self.faults:
            thing, rest = _split(fault.place)
            self._by_place[thing].append((rest, fault.reason))

    def _faults(self, thing: str) -> Faults:
        found: dict[str, list[str]] = defaultdict(list)
        for rest, reason in self._by_place.get(thing, ()):
            part = rest.partition(".")[0]
            if reason not in found[part]:
                found[part].append(reason)
        return dict(found)

    @property
    def whole_faults(self) -> Faults:
        return self._faults("")

    @property
    def whole_said(self) -> list[str]:
        return list(flat(self.whole_faults))

    @property
    def open_page(self) -> int:
        """The number of the page on which something is open, from 0."""
        for index, page in enumerate(self.pages):
            if page.is_open or any(card.is_open for card in page.cards):
                return index
        return 0

    @property
    def title(self) -> str:
        return str(self.raw.get("title", {}).get(self.language, ""))

    @property
    def intro(self) -> str:
        return str(self.raw.get("intro", {}).get(self.language, ""))

    @property
    def thanks(self) -> str:
        return str(self.raw.get("thanks", {}).get(self.language, ""))

    @property
    def hidden(self) -> str:
        return "\n".join(self.raw.get("hidden", ()))

    @property
    def is_whole_open(self) -> bool:
        return self.open == "form"

    @property
    def groups(self) -> list[tuple[str, list[KindOption]]]:
        """The kinds that can be added."""
        return kind_groups(is_anonymous=self.is_anonymous)

    @property
    def removed(self) -> list[Option]:
        """What can be put back, the last first."""
        made = []
        for one in reversed(self.raw.get("removed", ())):
            thing = one["thing"]
            words = say(thing.get("title" if one["page"] is None else "label", {}), self.language)
            unnamed = _("Page without a heading") if one["page"] is None else _("Question without words")
            made.append(Option(thing["key"], words or unnamed))
        return made

    @cached_property
    def pages(self) -> list[PageCard]:
        asked: list[Json] = []
        return [self._page_card(index, asked) for index in range(len(self.raw.get("pages", ())))]

    def _page_card(self, index: int, asked: list[Json]) -> PageCard:
        """Return the card of a page; its questions are ``asked`` from then on."""
        pages = self.raw["pages"]
        page = pages[index]
        earlier = [Option(one["key"], label_of(one, self.language)) for one in asked]
        cards = [self._question_card(index, at, asked, earlier) for at in range(len(page.get("questions", ())))]
        return PageCard(
            raw=page,
            number=index + 1,
            title=page.get("title", {}).get(self.language, ""),
            intro=page.get("intro", {}).get(self.language, ""),
            cards=cards,
            jumps=[
                jump_editor(
                    pages, index, at, asked=asked, language=self.language, faults=self._faults(f"{index}.jump.{at}")
                )
                for at in range(len(page.get("jumps", ())))
            ],
            faults=self._faults(str(index)),
            is_first=index == 0,
            is_last=index == len(pages) - 1,
            is_open=self.open == f"page.{page['key']}",
            earlier=earlier,
        )

    def _question_card(self, index: int, at: int, asked: list[Json], earlier: Sequence[Option]) -> QuestionCard:
        pages = self.raw["pages"]
        questions = pages[index]["questions"]
        question = questions[at]
        card = QuestionCard(
            raw=question,
            page=pages[index]["key"],
            kind=Kind(question["kind"]),
            label=question.get("label", {}).get(self.language, ""),
            number=len(asked) + 1,
            faults=self._faults(f"{index}.{at}"),
            rule=rule_editor(question.get("show_when"), asked, self.language),
            is_first=index == 0 and at == 0,
            is_last=index == len(pages) - 1 and at == len(questions) - 1,
            is_open=self.open == question["key"],
            language=self.language,
            is_anonymous=self.is_anonymous,
            earlier=earlier,
        )
        asked.append(question)
        return card

    @property
    def hints(self) -> list[Hint]:
        """Everything that stands in the way of publishing, each with the card on which it is mended."""
        made = [Hint("form", _("The form itself"), reason) for reason in flat(self.whole_faults)]
        for page in self.pages:
            made += [Hint(f"page.{page.key}", page.name, reason) for reason in flat(page.faults)]
            for card in page.cards:
                made += [Hint(card.key, card.label or str(card.kind_label), reason) for reason in flat(card.faults)]
            for jump in page.jumps:
                made += [Hint(f"page.{page.key}", page.name, reason) for reason in flat(jump.faults)]
        return made


def _split(place: str) -> tuple[str, str]:
    """Return whose fault a place of the JSON is, and the rest: "0.2" a question, "0" a page, "" the whole."""
    parts: list[Any] = place.split(".")
    if parts[0] != "pages" or len(parts) < 2 or not parts[1].isdigit():
        return "", place
    if len(parts) > 3 and parts[2] == "questions":
        return f"{parts[1]}.{parts[3]}", ".".join(parts[4:])
    if len(parts) > 3 and parts[2] == "jumps":
        return f"{parts[1]}.jump.{parts[3]}", ".".join(parts[4:])
    return parts[1], ".".join(parts[2:])
