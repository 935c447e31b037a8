"""One posted action of the builder, read into a change of the definition. Pure.

``action`` is a verb with its arguments ("move:-1", "add-question:nps"), ``target`` what it is about ("form",
"page.<key>", "question.<key>", "jump.<page>.<index>"). A button within a card's own form posts all its fields too:
they are written first, so nothing typed is lost by adding a choice.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import QueryDict

from apps.feedback.builder import editing, filling
from apps.feedback.builder.editing import GoneError, Json, Keys
from apps.feedback.questionnaire.definition import LANGUAGE
from apps.feedback.questionnaire.schema import Kind

MOST_LINES = 50  # of choices that are added at once
WITHOUT_FIELDS = {"add-question", "add-page", "copy", "move", "place", "remove", "add-language", "remove-language"}


@dataclass(kw_only=True)
class Step:
    """``apply`` makes the new definition and notes which card is open then, and what was taken out."""

    post: QueryDict
    keys: Keys
    open: str = ""
    removed: str = ""

    def __post_init__(self) -> None:
        self.verb, *self.arguments = self.post.get("action", "save").split(":")
        self.what, _dot, self.key = self.post.get("target", "").partition(".")
        self.open = self.post.get("open", "")

    @property
    def is_save(self) -> bool:
        return self.verb in ("save", "translate")

    def apply(self, raw: Json) -> Json:
        """Return ``raw`` changed. Raises GoneError for what is not there, or is no action."""
        if self.verb not in WITHOUT_FIELDS:
            raw = self._add_lines(self._fill(raw))
        return raw if self.is_save else self._handler()(raw)

    def typed(self, raw: Json) -> Json:
        """Return ``raw`` with what was typed alone, without the action. Raises GoneError."""
        return raw if self.verb in WITHOUT_FIELDS else self._fill(raw)

    def words(self) -> list[str]:
        """Return everything that was typed: what cannot be kept is given back."""
        fields = ("csrfmiddlewaretoken", "seen", "action", "target", "open", "quiet", "language")
        return [value for name, values in self.post.lists() if name not in fields for value in values if len(value) > 2]

    def _handler(self) -> Callable[[Json], Json]:
        found = HANDLERS.get(self.verb)
        if found is None:
            raise GoneError
        return lambda raw: found(self, raw)

    # --- writing what was typed ---

    def _fill(self, raw: Json) -> Json:
        language = self.post.get("language", "") if self.verb == "translate" else raw["languages"][0]
        if language not in raw["languages"]:
            raise GoneError
        if self.what == "form":
            return filling.fill_whole(raw, language=language, posted=self.post)
        if self.what == "page":
            return filling.fill_page(raw, page=self.key, language=language, posted=self.post)
        if self.what == "jump":
            page, index = self.jump()
            return filling.fill_jump(raw, page=page, index=index, posted=self.post)
        if self.what != "question":
            raise GoneError
        if self.verb == "translate":
            return filling.translate_question(raw, question=self.key, language=language, posted=self.post)
        return filling.fill_question(raw, question=self.key, posted=self.post)

    def _add_lines(self, raw: Json) -> Json:
        """Add the choices that were typed one a line, whatever is pressed; not while somebody is still typing."""
        if self.what != "question" or self.verb == "translate" or "quiet" in self.post:
            return raw
        for name in editing.LISTS:
            labels = self.lines(name)
            if labels:
                raw = editing.add_choices(raw, question=self.key, name=name, labels=labels, keys=self.keys)
        return raw

    def lines(self, name: str) -> list[str]:
        typed = (line.strip() for line in self.post.get(f"{name}-more", "").splitlines())
        return [line for line in typed if line][:MOST_LINES]

    def jump(self) -> tuple[str, int]:
        page, _dot, index = self.key.rpartition(".")
        return page, _whole(index)

    # --- arguments ---

    def argument(self, number: int) -> str:
        if number >= len(self.arguments):
            raise GoneError
        return self.arguments[number]

    def step(self, number: int) -> int:
        found = self.argument(number)
        if found not in ("-1", "1"):
            raise GoneError
        return int(found)


def _whole(raw: str) -> int:
    if not (raw.isascii() and raw.isdigit() and len(raw) < 4):
        raise GoneError
    return int(raw)


def _add_question(step: Step, raw: Json) -> Json:
    try:
        kind = Kind(step.argument(0))
    except ValueError:
        raise GoneError from None
    step.open = step.keys.fresh(kind.value.replace("_", "-"))
    return editing.add_question(raw, page=step.key, kind=kind, keys=step.keys, key=step.open)


def _add_page(step: Step, raw: Json) -> Json:
    key = step.keys.fresh("page")
    step.open = f"page.{key}"
    return editing.add_page(raw, key=key)


def _copy(step: Step, raw: Json) -> Json:
    if step.what == "page":
        key = step.keys.fresh("page")
        step.open = f"page.{key}"
        return editing.copy_page(raw, page=step.key, keys=step.keys, key=key)
    kind = editing.question_of(raw, step.key)[2]["kind"]
    step.open = step.keys.fresh(kind.replace("_", "-"))
    return editing.copy_question(raw, question=step.key, keys=step.keys, key=step.open)


def _move(step: Step, raw: Json) -> Json:
    if step.what == "page":
        return editing.move_page(raw, page=step.key, step=step.step(0))
    return editing.move_question(raw, question=step.key, step=step.step(0))


def _place(step: Step, raw: Json) -> Json:
    page, index = step.post.get("page", ""), _whole(step.post.get("index", ""))
    return editing.place_question(raw, question=step.key, page=page, index=index)


def _remove(step: Step, raw: Json) -> Json:
    step.removed = step.key
    if step.open in (step.key, f"{step.what}.{step.key}"):
        step.open = ""
    if step.what == "page":
        return editing.remove_page(raw, page=step.key)
    return editing.remove_question(raw, question=step.key)


def _add_jump(step: Step, raw: Json) -> Json:
    return editing.add_jump(raw, page=step.key)


def _remove_jump(step: Step, raw: Json) -> Json:
    page, index = step.jump()
    return editing.remove_jump(raw, page=page, index=index)


def _add_choice(step: Step, raw: Json) -> Json:
    name = step.argument(0)
    if step.lines(name):  # they are what is added
        return raw
    return editing.add_choices(raw, question=step.key, name=name, labels=[""], keys=step.keys)


def _copy_choice(step: Step, raw: Json) -> Json:
    name, choice = step.argument(0), step.argument(1)
    return editing.copy_choice(raw, question=step.key, name=name, choice=choice, keys=step.keys)


def _move_choice(step: Step, raw: Json) -> Json:
    name, choice = step.argument(0), step.argument(1)
    return editing.move_choice(raw, question=step.key, name=name, choice=choice, step=step.step(2))


def _remove_choice(step: Step, raw: Json) -> Json:
    return editing.remove_choice(raw, question=step.key, name=step.argument(0), choice=step.argument(1))


def _add_language(step: Step, raw: Json) -> Json:
    code = step.post.get("language", "").strip().lower()
    if not LANGUAGE.fullmatch(code):
        raise GoneError
    return editing.add_language(raw, language=code)


def _remove_language(step: Step, raw: Json) -> Json:
    return editing.remove_language(raw, language=step.argument(0))


HANDLERS: dict[str, Callable[[Step, Json], Json]] = {
    "add-question": _add_question,
    "add-page": _add_page,
    "copy": _copy,
    "move": _move,
    "place": _place,
    "remove": _remove,
    "add-jump": _add_jump,
    "remove-jump": _remove_jump,
    "add-choice": _add_choice,
    "copy-choice": _copy_choice,
    "move-choice": _move_choice,
    "remove-choice": _remove_choice,
    "add-language": _add_language,
    "remove-language": _remove_language,
}
