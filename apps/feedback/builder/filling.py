"""What is posted of one part of a form, written into its definition: words by language, options, rules. Pure.

Nothing is refused here: faults are named where the definition is read. Posted names are those of the JSON, of choices
``choices.<key>``, of the n-th condition ``when.<n>.question``, ``.test`` and ``.value``.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from django.utils.translation import gettext_lazy as _

from apps.feedback.builder.editing import LISTS, GoneError, Json, changed, page_of, question_of
from apps.feedback.questionnaire.definition import (
    HELP_CHARACTERS,
    INTRO_CHARACTERS,
    LABEL_CHARACTERS,
    TITLE_CHARACTERS,
)
from apps.feedback.questionnaire.schema import CAN_HAVE_OTHER, SCALES, TESTS_WITHOUT_VALUE, TEXT_KINDS, Kind

CONDITIONS_READ = 10
KINDS_ALIKE = (  # a question can become another of these: its answers stay comparable
    (Kind.SHORT_TEXT, Kind.LONG_TEXT),
    (Kind.SINGLE_CHOICE, Kind.MULTIPLE_CHOICE),
    (Kind.STARS, Kind.SMILEYS, Kind.CSAT),
)
ENDS = ("low_label", "high_label")


class Posted(Protocol):
    """What was posted, such as Django's QueryDict."""

    def get(self, key: str, default: str, /) -> str: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...


class Field(NamedTuple):
    """A text of a part: its posted name, what it is called, its words by language, and how long it may be."""

    name: str
    label: str
    text: Mapping[str, str]
    limit: int
    is_long: bool = False


def kinds_alike(kind: Kind) -> tuple[Kind, ...]:
    return next((group for group in KINDS_ALIKE if kind in group), (kind,))


# --- texts --------------------------------------------------------------------------------------------------------


def texts_of_whole(raw: Json) -> list[Field]:
    return [
        Field("title", str(_("Title")), raw.get("title", {}), TITLE_CHARACTERS),
        Field("intro", str(_("Introduction")), raw.get("intro", {}), INTRO_CHARACTERS, is_long=True),
        Field("thanks", str(_("Thanks")), raw.get("thanks", {}), INTRO_CHARACTERS, is_long=True),
    ]


def texts_of_page(page: Json) -> list[Field]:
    return [
        Field("title", str(_("Heading of the page")), page.get("title", {}), TITLE_CHARACTERS),
        Field("intro", str(_("Words below it")), page.get("intro", {}), INTRO_CHARACTERS, is_long=True),
    ]


def texts_of_question(question: Json) -> list[Field]:
    found = [
        Field("label", str(_("Question")), question.get("label", {}), LABEL_CHARACTERS),
        Field("help", str(_("Help text")), question.get("help", {}), HELP_CHARACTERS, is_long=True),
    ]
    if Kind(question["kind"]) in SCALES:
        ends = (_("Words at the low end"), _("Words at the high end"))
        found += [Field(name, str(label), question.get(name, {}), 60) for name, label in zip(ENDS, ends, strict=True)]
    for name, label in zip(LISTS, (_("Choice"), _("Row")), strict=True):
        for choice in question.get(name, ()):
            field = Field(f"{name}.{choice['key']}", str(label), choice.get("label", {}), LABEL_CHARACTERS)
            found.append(field)
    return found


def _set_texts(part: Json, names: Sequence[str], language: str, posted: Posted) -> None:
    for name in names:
        if name in posted:
            part[name] = _with_words(part.get(name, {}), language, posted.get(name, ""))


def _with_words(text: Mapping[str, str], language: str, words: str) -> dict[str, str]:
    made = {code: said for code, said in text.items() if code != language}
    return {**made, language: words} if words.strip() else made


# --- a part as a whole --------------------------------------------------------------------------------------------


@changed
def fill_whole(raw: Json, *, language: str, posted: Posted) -> None:
    """Write title, introduction, thanks and, where posted, the names of hidden fields, one a line."""
    _set_texts(raw, ("title", "intro", "thanks"), language, posted)
    if "hidden" in posted:
        raw["hidden"] = list(dict.fromkeys(posted.get("hidden", "").split()))


@changed
def fill_page(raw: Json, *, page: str, language: str, posted: Posted) -> None:
    _set_texts(page_of(raw, page)[1], ("title", "intro"), language, posted)


@changed
def fill_jump(raw: Json, *, page: str, index: int, posted: Posted) -> None:
    jumps = page_of(raw, page)[1].get("jumps", [])
    if not 0 <= index < len(jumps):
        raise GoneError
    jumps[index] = {"when": _rule(posted) or {"all": []}, "to": posted.get("to", "")}


@changed
def fill_question(raw: Json, *, question: str, posted: Posted) -> None:
    """Write everything that the editor of a question posts, in the form's own language."""
    found = question_of(raw, question)[2]
    kind = posted.get("kind", "")
    if kind in kinds_alike(Kind(found["kind"])):
        found["kind"] = kind
    _translate(found, raw["languages"][0], posted)
    _reorder_choices(found, posted)
    for name, value in _options(Kind(found["kind"]), posted).items():
        if value in ("", False, None):
            found.pop(name, None)
        else:
            found[name] = value


@changed
def translate_question(raw: Json, *, question: str, language: str, posted: Posted) -> None:
    _translate(question_of(raw, question)[2], language, posted)


def _translate(question: Json, language: str, posted: Posted) -> None:
    _set_texts(question, ("label", "help", *ENDS), language, posted)
    for name in LISTS:
        for choice in question.get(name, ()):
            words = posted.get(f"{name}.{choice['key']}", "")
            if f"{name}.{choice['key']}" in posted:
                choice["label"] = _with_words(choice.get("label", {}), language, words)


def _reorder_choices(question: Json, posted: Posted) -> None:
    """Take the choices in the order in which they were posted, where all were."""
    for name in LISTS:
        choices = {f"{name}.{choice['key']}": choice for choice in question.get(name, ())}
        order = [field for field in posted if field in choices]
        if len(order) == len(choices) and choices:
            question[name] = [choices[field] for field in order]


def _options(kind: Kind, posted: Posted) -> Json:
    """Return the options that ``kind`` has, as posted; what is no number stays as it was typed, for its fault."""
    found: Json = {
        "is_required": "is_required" in posted,
        "role": posted.get("role", ""),
        "show_when": _rule(posted),
    }
    if kind in TEXT_KINDS:
        found["characters"] = _whole(posted.get("characters", ""))
    if kind in CAN_HAVE_OTHER:
        found["has_other"] = "has_other" in posted
    if kind == Kind.MULTIPLE_CHOICE:
        found["picks"] = _whole(posted.get("picks", ""))
    if kind == Kind.NUMBER:
        found |= {name: posted.get(name, "").strip().replace(",", ".") for name in ("at_least", "at_most")}
        found["unit"] = posted.get("unit", "").strip()
    if kind == Kind.CONSENT:
        found["purpose"] = posted.get("purpose", "")
    return found


def _whole(raw: str) -> int | str:
    raw = raw.strip()
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else raw


def _rule(posted: Posted) -> Json | None:
    """Return the rule that was posted, None without a condition."""
    conditions = []
    for number in range(CONDITIONS_READ + 1):
        question, test = posted.get(f"when.{number}.question", ""), posted.get(f"when.{number}.test", "")
        if not question:
            continue
        condition: dict[str, Any] = {"question": question, "test": test or "is"}
        value = posted.get(f"when.{number}.value", "").strip()
        if value and test not in TESTS_WITHOUT_VALUE:
            condition["value"] = value
        conditions.append(condition)
    name = "any" if posted.get("rule", "") == "any" else "all"
    return {name: conditions} if conditions else None
