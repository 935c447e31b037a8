"""A form's definition as JSON: read with everything wrong in it named, and written. Pure.

The shape is that of ``schema``, keys as here: ``{"languages": ["en"], "title": {"en": "…"}, "pages": [{"key": "page-1",
"questions": [{"key": "text", "kind": "long_text", "label": {"en": "…"}}]}]}``. What is empty may be left out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import NamedTuple, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.customers.models import Purpose
from apps.feedback.normalise import CONTEXT_KEY, TEXT_LIMIT, is_blank, refuse_unstorable
from apps.feedback.questionnaire.schema import (
    Choice,
    Condition,
    Jump,
    Kind,
    Page,
    Question,
    Questionnaire,
    Role,
    Rule,
    Test,
    Text,
)

E = TypeVar("E", bound=Enum)

KEY = re.compile(r"[a-z][a-z0-9_-]{0,38}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{2,4})?")
# Names that the form itself posts, or that its page uses, so no question may be called so.
TAKEN_KEYS = frozenset({"token", "website", "go", "page", "lang", "who", "link", "seen", "end", "other", "content"})

PAGES, QUESTIONS, CHOICES, ROWS, LANGUAGES, HIDDEN, JUMPS, CONDITIONS = 20, 100, 50, 30, 12, 10, 10, 10
LABEL_CHARACTERS, HELP_CHARACTERS, TITLE_CHARACTERS, INTRO_CHARACTERS = 400, 1_000, 120, 2_000


class Fault(NamedTuple):
    """What is wrong: ``place`` leads into the JSON ("pages.0.questions.2.label"), ``reason`` is for a person."""

    place: str
    reason: str


class DefinitionError(Exception):
    """A definition that is none, with every fault found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.place}: {fault.reason}" for fault in faults))
        self.faults = list(faults)


class _Reader:
    """Reads one definition and gathers faults, so that a person sees all of them at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.languages: tuple[str, ...] = ("en",)

    def fault(self, place: str, reason: str) -> None:
        self.faults.append(Fault(place, reason))

    def mapping(self, raw: object, place: str) -> Mapping[str, object]:
        if isinstance(raw, Mapping):
            return raw
        self.fault(place, _("This must be an object."))
        return {}

    def items(self, raw: Mapping[str, object], name: str, place: str, *, most: int) -> list[tuple[object, str]]:
        """Return what the list ``name`` holds, each with its place."""
        found = raw.get(name) or []
        if not isinstance(found, Sequence) or isinstance(found, str):
            self.fault(f"{place}{name}", _("This must be a list."))
            return []
        if len(found) > most:
            self.fault(f"{place}{name}", _("At most %(most)s, please.") % {"most": most})
        return [(one, f"{place}{name}.{index}") for index, one in enumerate(found[:most])]

    def key(self, raw: Mapping[str, object], place: str) -> str:
        found = raw.get("key")
        if not isinstance(found, str) or not KEY.fullmatch(found) or found in TAKEN_KEYS:
            self.fault(f"{place}.key", _("A key is a small letter, then letters, digits, - or _, up to 39 in all."))
            return ""
        return found

    def text(self, raw: Mapping[str, object], name: str, place: str, *, limit: int, is_required: bool = False) -> Text:
        """Return the words by language; with ``is_required`` the form's own language must be there."""
        place = f"{place}.{name}" if place else name
        said: dict[str, str] = {}
        for language, words in self.mapping(raw.get(name) or {}, place).items():
            if language not in self.languages:
                continue  # of a language since taken out
            clean = self.words(words, f"{place}.{language}", limit=limit)
            if clean:
                said[language] = clean
        if is_required and self.languages[0] not in said:
            self.fault(place, _("This has no words yet."))
        return {language: said[language] for language in self.languages if language in said}

    def words(self, raw: object, place: str, *, limit: int) -> str:
        if not isinstance(raw, str):
            self.fault(place, _("Write this as text."))
            return ""
        try:
            refuse_unstorable(raw)
        except ValidationError as error:
            self.fault(place, error.messages[0])
            return ""
        if len(raw) > limit:
            self.fault(place, _("Shorten this to %(limit)d characters.") % {"limit": limit})
        return "" if is_blank(raw) else raw.strip()

    def one_of(self, kind: type[E], raw: object, place: str, missing: E) -> E:
        try:
            return kind(raw if isinstance(raw, str) else "?")
        except ValueError:
            self.fault(place, _("There is no such choice."))
            return missing

    def whole(self, raw: Mapping[str, object], name: str, place: str, *, most: int) -> int:
        found = raw.get(name) or 0
        if type(found) is not int or not 0 <= found <= most:
            self.fault(f"{place}.{name}", _("A whole number from 0 to %(most)s.") % {"most": most})
            return 0
        return found

    def number(self, raw: Mapping[str, object], name: str, place: str) -> Decimal | None:
        found = raw.get(name)
        if found is None or found == "":
            return None
        try:
            number = Decimal(found) if isinstance(found, (str, int)) and not isinstance(found, bool) else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or abs(number) >= Decimal(10) ** 12:
            self.fault(f"{place}.{name}", _("Write a number below a million millions, as text."))
            return None
        return number


def read(raw: object) -> Questionnaire:
    """Return the questionnaire that ``raw``, of JSON, defines. Raises DefinitionError with all faults found."""
    reader = _Reader()
    found = reader.mapping(raw, "")
    reader.languages = _languages(reader, found)
    pages = tuple(_page(reader, one, place) for one, place in reader.items(found, "pages", "", most=PAGES))
    made = Questionnaire(
        languages=reader.languages,
        title=reader.text(found, "title", "", limit=TITLE_CHARACTERS, is_required=True),
        intro=reader.text(found, "intro", "", limit=INTRO_CHARACTERS),
        pages=pages,
        hidden=_hidden(reader, found),
        thanks=reader.text(found, "thanks", "", limit=INTRO_CHARACTERS),
    )
    if reader.faults:
        raise DefinitionError(reader.faults)
    return made


def _languages(reader: _Reader, raw: Mapping[str, object]) -> tuple[str, ...]:
    found = [one for one, _place in reader.items(raw, "languages", "", most=LANGUAGES)]
    codes = tuple(one for one in found if isinstance(one, str) and LANGUAGE.fullmatch(one))
    if not codes or len(codes) != len(found) or len(set(codes)) != len(codes):
        reader.fault("languages", _("Name at least one language, each once, such as en or pt-br."))
    return codes or ("en",)


def _hidden(reader: _Reader, raw: Mapping[str, object]) -> tuple[str, ...]:
    names = [one for one, _place in reader.items(raw, "hidden", "", most=HIDDEN)]
    good = tuple(one for one in names if isinstance(one, str) and CONTEXT_KEY.fullmatch(one) and len(one) <= 40)
    if len(good) != len(names) or len(set(good)) != len(good):
        reader.fault("hidden", _("A hidden field's name begins with a letter; each is there once."))
    return good


def _page(reader: _Reader, raw: object, place: str) -> Page:
    found = reader.mapping(raw, place)
    return Page(
        key=reader.key(found, place),
        title=reader.text(found, "title", place, limit=TITLE_CHARACTERS),
        intro=reader.text(found, "intro", place, limit=INTRO_CHARACTERS),
        questions=tuple(
            _question(reader, one, at) for one, at in reader.items(found, "questions", f"{place}.", most=QUESTIONS)
        ),
        jumps=tuple(_jump(reader, one, at) for one, at in reader.items(found, "jumps", f"{place}.", most=JUMPS)),
    )


def _question(reader: _Reader, raw: object, place: str) -> Question:
    found = reader.mapping(raw, place)
    purpose = found.get("purpose")
    return Question(
        key=reader.key(found, place),
        kind=reader.one_of(Kind, found.get("kind"), f"{place}.kind", Kind.SHORT_TEXT),
        label=reader.text(found, "label", place, limit=LABEL_CHARACTERS, is_required=True),
        help=reader.text(found, "help", place, limit=HELP_CHARACTERS),
        role=reader.one_of(Role, found.get("role") or "", f"{place}.role", Role.NONE),
        is_required=bool(found.get("is_required")),
        choices=_choices(reader, found, "choices", place, most=CHOICES),
        rows=_choices(reader, found, "rows", place, most=ROWS),
        has_other=bool(found.get("has_other")),
        at_least=reader.number(found, "at_least", place),
        at_most=reader.number(found, "at_most", place),
        unit=reader.words(found.get("unit") or "", f"{place}.unit", limit=20),
        characters=reader.whole(found, "characters", place, most=TEXT_LIMIT),
        picks=reader.whole(found, "picks", place, most=CHOICES),
        low_label=reader.text(found, "low_label", place, limit=60),
        high_label=reader.text(found, "high_label", place, limit=60),
        purpose=reader.one_of(Purpose, purpose, f"{place}.purpose", Purpose.CONTACT) if purpose else None,
        show_when=_rule(reader, found["show_when"], f"{place}.show_when") if found.get("show_when") else None,
    )


def _choices(reader: _Reader, raw: Mapping[str, object], name: str, place: str, *, most: int) -> tuple[Choice, ...]:
    made = []
    for one, at in reader.items(raw, name, f"{place}.", most=most):
        found = reader.mapping(one, at)
        label = reader.text(found, "label", at, limit=LABEL_CHARACTERS, is_required=True)
        made.append(Choice(reader.key(found, at), label))
    if len({choice.key for choice in made}) != len(made):
        reader.fault(f"{place}.{name}", _("Two of these have one key."))
    return tuple(made)


def _jump(reader: _Reader, raw: object, place: str) -> Jump:
    found = reader.mapping(raw, place)
    to = found.get("to")
    if not isinstance(to, str):
        reader.fault(f"{place}.to", _("Say where to go."))
    return Jump(_rule(reader, found.get("when"), f"{place}.when"), to if isinstance(to, str) else "")


def _rule(reader: _Reader, raw: object, place: str) -> Rule:
    found = reader.mapping(raw, place)
    is_any = "any" in found
    name = "any" if is_any else "all"
    conditions = tuple(
        _condition(reader, one, at) for one, at in reader.items(found, name, f"{place}.", most=CONDITIONS)
    )
    if not conditions:
        reader.fault(place, _("Give at least one condition."))
    return Rule(conditions, is_any)


def _condition(reader: _Reader, raw: object, place: str) -> Condition:
    found = reader.mapping(raw, place)
    return Condition(
        question=str(found.get("question") or ""),
        test=reader.one_of(Test, found.get("test"), f"{place}.test", Test.ANSWERED),
        value=reader.words(_as_text(found.get("value")), f"{place}.value", limit=200),
    )


def _as_text(raw: object) -> object:
    """Return a number as text, so that a condition may be written with either; nothing as blank."""
    if raw is None:
        return ""
    return str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw


def write(made: Questionnaire) -> dict[str, object]:
    """Return the JSON of ``made``, without what is empty. ``read(write(made)) == made``."""
    return _filled(
        languages=list(made.languages),
        title=dict(made.title),
        intro=dict(made.intro),
        pages=[_write_page(page) for page in made.pages],
        hidden=list(made.hidden),
        thanks=dict(made.thanks),
    )


def _write_page(page: Page) -> dict[str, object]:
    return _filled(
        key=page.key,
        title=dict(page.title),
        intro=dict(page.intro),
        questions=[_write_question(question) for question in page.questions],
        jumps=[{"when": _write_rule(jump.when), "to": jump.to} for jump in page.jumps],
    )


def _write_question(question: Question) -> dict[str, object]:
    plain: Callable[[Decimal | None], str | None] = lambda number: None if number is None else format(number, "f")  # noqa: E731
    return _filled(
        key=question.key,
        kind=question.kind.value,
        label=dict(question.label),
        help=dict(question.help),
        role=question.role.value,
        is_required=question.is_required,
        choices=[{"key": choice.key, "label": dict(choice.label)} for choice in question.choices],
        rows=[{"key": row.key, "label": dict(row.label)} for row in question.rows],
        has_other=question.has_other,
        at_least=plain(question.at_least),
        at_most=plain(question.at_most),
        unit=question.unit,
        characters=question.characters,
        picks=question.picks,
        low_label=dict(question.low_label),
        high_label=dict(question.high_label),
        purpose=question.purpose.value if question.purpose else "",
        show_when=_write_rule(question.show_when) if question.show_when else None,
    )


def _write_rule(rule: Rule) -> dict[str, object]:
    conditions = [_filled(question=one.question, test=one.test.value, value=one.value) for one in rule.conditions]
    return {"any" if rule.is_any else "all": conditions}


def _filled(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in (None, "", 0, False, [], {})}
