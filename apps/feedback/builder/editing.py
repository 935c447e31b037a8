"""Changes of a form's definition, one at a time. Pure: each function returns a definition of its own.

A definition is JSON as ``questionnaire.definition`` reads it, but may have faults: it is being worked on. What was
taken out waits in it under "removed", which no version ever gets, so that it can be put back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import DomainError
from apps.feedback.questionnaire.purposes import ends_of
from apps.feedback.questionnaire.schema import CHOICE_KINDS, Kind, Role

Json = dict[str, Any]  # Any: a definition as JSON

REMOVED_KEPT = 10  # the last ones
LISTS = ("choices", "rows")
FIRST_CHOICES = 2
ROLES_TO_BEGIN_WITH = {
    Kind.LONG_TEXT: Role.WORDS,
    Kind.EMAIL: Role.EMAIL,
    Kind.STARS: Role.RATING,
    Kind.SMILEYS: Role.RATING,
    Kind.CSAT: Role.RATING,
}


class GoneError(DomainError):
    """What should be changed is not there any more."""

    def __init__(self) -> None:
        super().__init__(_("What you wanted to change is not there any more. This is the form as it is now."))


class Keys:
    """Makes keys that no question, page or choice of the form ever had: answers are told apart by them for good."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._unread: Iterable[str] = taken  # read when the first key is made: most changes need none
        self._taken: set[str] = set()

    def fresh(self, stem: str) -> str:
        self._taken.update(self._unread)
        self._unread = ()
        number = 1
        while f"{stem}-{number}" in self._taken:
            number += 1
        self._taken.add(f"{stem}-{number}")
        return f"{stem}-{number}"


def keys_in(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield every key in ``raw``, of what was taken out too."""
    pages = [*raw.get("pages", ()), *(one["thing"] for one in raw.get("removed", ()) if one["page"] is None)]
    questions = [question for page in pages for question in page.get("questions", ())]
    questions += [one["thing"] for one in raw.get("removed", ()) if one["page"] is not None]
    yield from (page["key"] for page in pages)
    for question in questions:
        yield question["key"]
        yield from (choice["key"] for name in LISTS for choice in question.get(name, ()))


# --- finding ------------------------------------------------------------------------------------------------------


def page_of(raw: Json, key: str) -> tuple[int, Json]:
    """Return the page ``key`` and its place. Raises GoneError."""
    for index, page in enumerate(raw.get("pages", ())):
        if page["key"] == key:
            return index, page
    raise GoneError


def question_of(raw: Json, key: str) -> tuple[Json, int, Json]:
    """Return the page of the question ``key``, its place there, and itself. Raises GoneError."""
    for page in raw.get("pages", ()):
        for index, question in enumerate(page.get("questions", ())):
            if question["key"] == key:
                return page, index, question
    raise GoneError


def changed(change: Callable[..., None]) -> Callable[..., Json]:
    """Make of a function that changes a definition one that returns a changed copy."""

    def make(raw: Json, *args: Any, **named: Any) -> Json:  # Any: whatever ``change`` takes
        made = deepcopy(raw)
        change(made, *args, **named)
        return made

    make.__name__, make.__doc__ = change.__name__, change.__doc__
    return make


# --- questions ----------------------------------------------------------------------------------------------------


@changed
def add_question(raw: Json, *, page: str, kind: Kind, keys: Keys, key: str) -> None:
    """Put a new question ``key`` at the end of ``page``: with its likeliest role, usual ends and empty choices."""
    made: Json = {"key": key, "kind": kind.value, "label": {}, **ends_of(kind, raw["languages"])}
    role = ROLES_TO_BEGIN_WITH.get(kind)
    if role and all(one.get("role") != role.value for p in raw["pages"] for one in p.get("questions", ())):
        made["role"] = role.value
    if kind in CHOICE_KINDS:
        made["choices"] = [{"key": keys.fresh("choice"), "label": {}} for _number in range(FIRST_CHOICES)]
    if kind == Kind.MATRIX:
        made["rows"] = [{"key": keys.fresh("row"), "label": {}}]
    if kind == Kind.CONSENT:
        made["purpose"] = "contact"
    page_of(raw, page)[1].setdefault("questions", []).append(made)


@changed
def copy_question(raw: Json, *, question: str, keys: Keys, key: str) -> None:
    """Put a copy, ``key``, after ``question``; what only one question may mean stays with the first."""
    page, index, found = question_of(raw, question)
    page["questions"].insert(index + 1, _copied(found, keys, key))


def _copied(question: Json, keys: Keys, key: str) -> Json:
    made = {**deepcopy(question), "key": key}
    if made.get("role") != Role.CONTEXT.value:
        made.pop("role", None)
    for name in LISTS:
        for choice in made.get(name, ()):
            choice["key"] = keys.fresh(name.removesuffix("s"))
    return made


@changed
def move_question(raw: Json, *, question: str, step: int) -> None:
    """Move a question one place up (-1) or down (1), over the edge of its page onto the next one; else nothing."""
    page, index, found = question_of(raw, question)
    questions, to = page["questions"], index + step
    if 0 <= to < len(questions):
        questions.insert(to, questions.pop(index))
        return
    number = page_of(raw, page["key"])[0] + step
    if 0 <= number < len(raw["pages"]):
        questions.pop(index)
        others = raw["pages"][number].setdefault("questions", [])
        others.insert(len(others) if step < 0 else 0, found)


@changed
def place_question(raw: Json, *, question: str, page: str, index: int) -> None:
    """Put a question at ``index`` of ``page``, counted without itself; beyond its end: at the end."""
    old, at, found = question_of(raw, question)
    target = page_of(raw, page)[1]
    old["questions"].pop(at)
    target.setdefault("questions", []).insert(max(0, index), found)


@changed
def remove_question(raw: Json, *, question: str) -> None:
    page, index, found = question_of(raw, question)
    page["questions"].pop(index)
    _keep_removed(raw, found, page["key"], index)


def _keep_removed(raw: Json, thing: Json, page: str | None, index: int) -> None:
    kept = [*raw.get("removed", ()), {"thing": thing, "page": page, "index": index}]
    raw["removed"] = kept[-REMOVED_KEPT:]


@changed
def restore(raw: Json, *, key: str) -> None:
    """Put back the question or page ``key``, where it was as far as that is still there. Raises GoneError."""
    kept = raw.get("removed", [])
    found = next((one for one in kept if one["thing"]["key"] == key), None)
    if found is None:
        raise GoneError
    raw["removed"] = [one for one in kept if one is not found]
    if found["page"] is None:
        raw["pages"].insert(found["index"], found["thing"])
        return
    pages = raw["pages"] or [_new_page("page-1")]
    raw["pages"] = pages
    page = next((one for one in pages if one["key"] == found["page"]), pages[-1])
    page.setdefault("questions", []).insert(found["index"], found["thing"])


# --- pages and jumps ----------------------------------------------------------------------------------------------


def _new_page(key: str) -> Json:
    return {"key": key, "questions": []}


@changed
def add_page(raw: Json, *, key: str) -> None:
    raw.setdefault("pages", []).append(_new_page(key))


@changed
def copy_page(raw: Json, *, page: str, keys: Keys, key: str) -> None:
    """Put a copy, ``key``, after ``page``; conditions among its own questions ask of the copies."""
    index, found = page_of(raw, page)
    made = {**deepcopy(found), "key": key, "questions": []}
    made.pop("jumps", None)
    renamed: dict[str, str] = {}
    for question in found.get("questions", ()):
        renamed[question["key"]] = keys.fresh(question["kind"].replace("_", "-"))
        made["questions"].append(_copied(question, keys, renamed[question["key"]]))
    for condition in (one for question in made["questions"] for one in conditions_of(question.get("show_when"))):
        condition["question"] = renamed.get(condition["question"], condition["question"])
    raw["pages"].insert(index + 1, made)


@changed
def move_page(raw: Json, *, page: str, step: int) -> None:
    """Move a page one place up (-1) or down (1); at the edge nothing."""
    index, _page = page_of(raw, page)
    if 0 <= index + step < len(raw["pages"]):
        raw["pages"].insert(index + step, raw["pages"].pop(index))


@changed
def remove_page(raw: Json, *, page: str) -> None:
    index, found = page_of(raw, page)
    raw["pages"].pop(index)
    _keep_removed(raw, found, None, index)


@changed
def add_jump(raw: Json, *, page: str) -> None:
    """Let ``page`` lead to the end, when somebody says when."""
    page_of(raw, page)[1].setdefault("jumps", []).append({"when": {"all": []}, "to": "end"})


@changed
def remove_jump(raw: Json, *, page: str, index: int) -> None:
    jumps = page_of(raw, page)[1].get("jumps", [])
    if not 0 <= index < len(jumps):
        raise GoneError
    jumps.pop(index)


def conditions_of(rule: Mapping[str, Any] | None) -> list[Json]:
    """Return the conditions of a rule as JSON, [] of none."""
    return list(rule.get("any") or rule.get("all") or []) if rule else []


# --- choices ------------------------------------------------------------------------------------------------------


def _choices(raw: Json, question: str, name: str) -> list[Json]:
    if name not in LISTS:
        raise GoneError
    found: list[Json] = question_of(raw, question)[2].setdefault(name, [])
    return found


def _choice(choices: Sequence[Json], key: str) -> int:
    for index, choice in enumerate(choices):
        if choice["key"] == key:
            return index
    raise GoneError


@changed
def add_choices(raw: Json, *, question: str, name: str, labels: Sequence[str], keys: Keys) -> None:
    """Put choices (``name`` "choices") or rows at the end, with ``labels`` in the form's own language."""
    language, choices = raw["languages"][0], _choices(raw, question, name)
    stem = name.removesuffix("s")
    choices += [{"key": keys.fresh(stem), "label": {language: label} if label else {}} for label in labels]


@changed
def copy_choice(raw: Json, *, question: str, name: str, choice: str, keys: Keys) -> None:
    choices = _choices(raw, question, name)
    index = _choice(choices, choice)
    choices.insert(index + 1, {**deepcopy(choices[index]), "key": keys.fresh(name.removesuffix("s"))})


@changed
def move_choice(raw: Json, *, question: str, name: str, choice: str, step: int) -> None:
    choices = _choices(raw, question, name)
    index = _choice(choices, choice)
    choices.insert(max(0, index + step), choices.pop(index))


@changed
def remove_choice(raw: Json, *, question: str, name: str, choice: str) -> None:
    choices = _choices(raw, question, name)
    choices.pop(_choice(choices, choice))


# --- languages ----------------------------------------------------------------------------------------------------


@changed
def add_language(raw: Json, *, language: str) -> None:
    """Let the form be translated into ``language``; again changes nothing."""
    if language not in raw["languages"]:
        raw["languages"].append(language)


@changed
def remove_language(raw: Json, *, language: str) -> None:
    """Take a language out, never the form's own. Its words wait in the draft until that is published."""
    if language not in raw["languages"][1:]:
        raise GoneError
    raw["languages"].remove(language)
