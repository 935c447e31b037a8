"""The public form's pages: the empty first one is rendered once per version, language and process.

A request only puts its token in. Nothing here reads the database; templates escape.
"""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.core.languages import platform_language
from apps.feedback.attachments import keys
from apps.feedback.questionnaire import logic
from apps.feedback.questionnaire.answers import Sent
from apps.feedback.questionnaire.schema import (
    OTHER,
    YES,
    Kind,
    Page,
    Question,
    Questionnaire,
    Role,
    Rule,
    say,
)
from apps.feedback.selectors import PublicForm, questionnaire_of
from apps.feedback.sheets import TRAP, carried
from apps.feedback.widget.origins import origins_of

PLACE = f"token-{secrets.token_hex(16)}"  # nobody can write it into a title
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "yi", "ps", "sd", "ug", "dv"})
NOTHING: Sent = QueryDict("")

INPUT_TYPES = {Kind.EMAIL: "email", Kind.DATE: "date"}
TEMPLATES = {
    Kind.LONG_TEXT: "long",
    Kind.SINGLE_CHOICE: "choices",
    Kind.MULTIPLE_CHOICE: "choices",
    Kind.MATRIX: "matrix",
    Kind.RANKING: "ranking",
    Kind.FILE: "file",
    Kind.CONSENT: "consent",
}


class Option(NamedTuple):
    id: str
    value: str
    label: str
    is_chosen: bool


class RowField(NamedTuple):
    """A row of a matrix, or one choice of a ranking."""

    id: str
    name: str
    label: str
    options: list[Option]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question as its template shows it."""

    question: Question
    label: str
    help: str
    error: str
    value: str
    template: str
    first_id: str  # where the summary of errors leads
    type: str = "text"
    options: list[Option] = field(default_factory=list)
    rows: list[RowField] = field(default_factory=list)
    other: str = ""  # the words of the other choice
    low: str = ""
    high: str = ""
    autocomplete: str = "off"

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def described_by(self) -> str:
        """The ids of its hint and its error, as aria-describedby takes them."""
        return " ".join(f"{self.key}.{name}" for name in ("hint", "error") if (self.help, self.error)[name == "error"])


class Block(NamedTuple):
    """Fields that stand together: "plain", "pair" side by side, "more" folded away."""

    kind: str
    fields: list[Field]
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """A form as it is to be shown: which page of which version, in what language, with what was sent."""

    form: PublicForm
    made: Questionnaire
    token: str
    number: int = 0
    language: str = ""
    sent: Sent = field(default_factory=lambda: NOTHING)
    errors: Mapping[str, str] = field(default_factory=dict)
    given: logic.Given = field(default_factory=dict)
    brought: Sequence[tuple[str, str]] = ()  # hidden fields of its address: who, link
    can_go_back: bool = False
    preview_action: str = ""  # where a preview posts instead: nothing is taken there
    is_embedded: bool = False  # stands in a frame on a site of the form's


def form_page(form: PublicForm, *, token: str, language: str, is_embedded: bool = False) -> bytes:
    """Return the empty first page with ``token`` in it: some microseconds after the first time."""
    render = _halves.__wrapped__ if settings.DEBUG else _halves
    before, after = render(form, language, is_embedded)
    return before + token.encode("ascii") + after


@lru_cache(maxsize=512)
def _halves(form: PublicForm, language: str, is_embedded: bool) -> tuple[bytes, bytes]:
    """Return the page before and after its token. It shows nothing but the arguments and the version they name."""
    made = questionnaire_of(form.version_id)
    number = logic.first_page(made, {}) or 0
    showing = Showing(form=form, made=made, token=PLACE, language=language, number=number, is_embedded=is_embedded)
    before, _place, after = shown_page(showing).partition(PLACE)
    return before.encode(), after.encode()


def shown_page(showing: Showing) -> str:
    """Return a page of the form with what was sent in it, what to correct, and hidden what other pages were given."""
    language = showing.language or showing.made.language
    with override(platform_language(language)):
        return render_to_string("feedback/form.html", _context(showing, language))


def _context(showing: Showing, language: str) -> dict[str, object]:
    made = showing.made
    page = made.pages[showing.number]
    asked = _askable(page, showing)
    fields = [_field(question, showing, language) for question in asked]
    return {
        "form": showing.form,
        "language": language,
        "direction": "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr",
        "languages": [(code, language_name(code), code == language) for code in made.languages],
        "title": _said(made.title, showing, language) or showing.form.title,
        "intro": _said(made.intro, showing, language) if showing.number == 0 else "",
        "page": page,
        "page_title": _said(page.title, showing, language),
        "page_intro": _said(page.intro, showing, language),
        "number": showing.number,
        "count": len(made.pages),
        "is_last": logic.is_surely_last(made, showing.number, showing.given),
        "blocks": list(_blocks(fields)),
        "hidden_fields": [*carried(made, showing.sent, but=asked), *showing.brought],
        "errors": [(one.first_id, one.error, one.label) for one in fields if one.error],
        "token": showing.token,
        "preview_action": showing.preview_action,
        "address": reverse("widget:embed" if showing.is_embedded else "feedback:form", args=[showing.form.slug]),
        "is_embedded": showing.is_embedded,
        "sites": " ".join(origins_of(showing.form)),
        "trap": TRAP,
        "can_go_back": showing.can_go_back,
        "work_bits": settings.FORM_WORK_BITS,
        "work": showing.sent.get("work", "")[:20],  # done for the token, which is the same on every page
        "file_megabytes": settings.ATTACHMENT_BYTES // 1_000_000,
        "takes_files": any(question.kind == Kind.FILE for question in page.questions),
        "rules": _rules(asked, showing.given),
    }


def _askable(page: Page, showing: Showing) -> list[Question]:
    """Return the questions of ``page`` that may be asked: a condition on the page itself is left to the script."""
    here = {question.key for question in page.questions}
    return [question for question in page.questions if _may_hold(question.show_when, here, showing.given)]


def _may_hold(rule: Rule | None, here: Collection[str], given: logic.Given) -> bool:
    """Tell whether ``rule`` holds, or could, whatever is answered to the questions ``here``."""
    if rule is None:
        return True
    settled = [logic.holds(Rule((one,)), given) for one in rule.conditions if one.question not in here]
    is_open = len(settled) < len(rule.conditions)
    return any(settled) or is_open if rule.is_any else all(settled)


def language_name(code: str) -> str:
    """Return what speakers of a language call it, or its code."""
    from django.conf.locale import LANG_INFO

    info = LANG_INFO.get(code) or LANG_INFO.get(code.partition("-")[0]) or {}
    return str(info.get("name_local", code)).capitalize()


def _said(text: Mapping[str, str], showing: Showing, language: str) -> str:
    return logic.pipe(say(text, language), showing.made, showing.given, language)


def _field(question: Question, showing: Showing, language: str) -> Field:
    sent = showing.sent
    chosen = set(sent.getlist(question.key))
    options = _options(question, chosen, language)
    return Field(
        question=question,
        label=_said(question.label, showing, language),
        help=_said(question.help, showing, language),
        error=showing.errors.get(question.key, ""),
        value=sent.get(question.key, ""),
        template=f"feedback/questions/_{'scale' if question.scale else TEMPLATES.get(question.kind, 'line')}.html",
        first_id=_first_id(question, options),
        type=INPUT_TYPES.get(question.kind, "text"),
        options=options,
        rows=_rows(question, sent, language),
        other=sent.get(f"{question.key}.{OTHER}", ""),
        low=say(question.low_label, language),
        high=say(question.high_label, language),
        autocomplete={Role.NAME: "name", Role.EMAIL: "email"}.get(question.role, "off"),
    )


def _first_id(question: Question, options: Sequence[Option]) -> str:
    if question.kind == Kind.MATRIX:
        return f"{question.key}.{question.rows[0].key}.{question.choices[0].key}"
    if question.kind == Kind.RANKING:
        return f"{question.key}.{question.choices[0].key}"
    return options[0].id if options and question.kind not in (Kind.CONSENT, Kind.FILE) else question.key


def _options(question: Question, chosen: set[str], language: str) -> list[Option]:
    if question.scale:
        found = [(str(number), str(number)) for number in question.scale]
    elif question.kind == Kind.CONSENT:
        return [Option(question.key, YES, "", YES in chosen)]
    elif question.kind == Kind.FILE:
        return _kept_files(question, chosen)
    elif question.kind in (Kind.SINGLE_CHOICE, Kind.MULTIPLE_CHOICE):
        found = [(choice.key, say(choice.label, language)) for choice in question.choices]
    else:
        return []
    if question.has_other:
        found.append((OTHER, _("Other")))
    return [Option(f"{question.key}.{value}", value, label, value in chosen) for value, label in found]


def _kept_files(question: Question, mentions: Collection[str]) -> list[Option]:
    """Return the files that were kept for this question, each once."""
    kept: dict[str, Option] = {}
    for mention in mentions:
        with suppress(ValidationError):
            file = keys.read(mention, question=question.key)
            kept[file.key] = Option(f"{question.key}.{file.key}", mention, file.label, True)
    return sorted(kept.values(), key=lambda option: option.label)


def _rows(question: Question, sent: Sent, language: str) -> list[RowField]:
    made = []
    if question.kind == Kind.MATRIX:
        for row in question.rows:
            name, value = f"{question.key}.{row.key}", sent.get(f"{question.key}.{row.key}", "")
            options = [
                Option(f"{name}.{one.key}", one.key, say(one.label, language), one.key == value)
                for one in question.choices
            ]
            made.append(RowField(name, name, say(row.label, language), options))
    elif question.kind == Kind.RANKING:
        for choice in question.choices:
            name, value = f"{question.key}.{choice.key}", sent.get(f"{question.key}.{choice.key}", "")
            places = [
                Option(f"{name}.{place}", str(place), str(place), str(place) == value)
                for place in range(1, len(question.choices) + 1)
            ]
            made.append(RowField(name, name, say(choice.label, language), places))
    return made


def _blocks(fields: Sequence[Field]) -> Iterator[Block]:
    """Put name and address side by side, and fold away circumstances that nobody has to give."""
    left = list(fields)
    while left:
        first = left.pop(0)
        if first.question.role == Role.NAME and left and left[0].question.role == Role.EMAIL:
            yield Block("pair", [first, left.pop(0)], is_open=True)
        elif _is_aside(first):
            aside = [first]
            while left and _is_aside(left[0]):
                aside.append(left.pop(0))
            if len(aside) == 1:  # nothing is won by folding one line
                yield Block("plain", aside, is_open=True)
            else:
                yield Block("more", aside, is_open=any(one.value or one.error for one in aside))
        else:
            yield Block("plain", [first], is_open=True)


def _is_aside(one: Field) -> bool:
    question = one.question
    return question.role in (Role.VERSION, Role.CONTEXT) and not question.is_required and not question.show_when


def _rules(asked: Sequence[Question], given: logic.Given) -> list[dict[str, object]]:
    """Return the conditions among ``asked`` for the script that shows and hides: without it, all of them are shown.

    What a condition asks of other pages is settled: it comes as true or false.
    """
    here = {question.key for question in asked}
    return [
        {
            "question": question.key,
            "any": question.show_when.is_any,
            "of": [
                [one.question, one.test.value, one.value] if one.question in here else logic.holds(Rule((one,)), given)
                for one in question.show_when.conditions
            ],
        }
        for question in asked
        if question.show_when and any(one.question in here for one in question.show_when.conditions)
    ]
