"""A draft made drawable: what has faults is filled with a placeholder or left out, so that the rest can be seen."""

import re
from copy import deepcopy
from typing import Any

from django.utils.translation import gettext as _

from apps.feedback.builder.editing import Json
from apps.feedback.questionnaire import checking, definition
from apps.feedback.questionnaire.definition import DefinitionError, Fault
from apps.feedback.questionnaire.schema import CHOICE_KINDS, Kind, Questionnaire

ROUNDS = 4  # each removes what the one before laid bare
_QUESTION = re.compile(r"pages\.(\d+)\.questions\.(\d+)")
_JUMP = re.compile(r"pages\.(\d+)\.jumps\.(\d+)")


def drawable(raw: Json) -> Questionnaire | None:
    """Return what of ``raw`` can be shown, None where nothing can."""
    made = _filled(raw)
    for _round in range(ROUNDS):
        faults = _faults(made)
        if not isinstance(faults, list):
            return faults
        made = _without(made, faults)
    return None


def _faults(raw: Json) -> list[Fault] | Questionnaire:
    try:
        found = definition.read(raw)
    except DefinitionError as error:
        return error.faults
    wrong = [fault for fault in checking.check(found, is_anonymous=False) if _is_in_the_way(fault)]
    return wrong or found


def _is_in_the_way(fault: Fault) -> bool:
    """Tell what cannot be drawn or walked from what only must not be published."""
    return bool(_QUESTION.match(fault.place) or _JUMP.match(fault.place)) and "role" not in fault.place


def _filled(raw: Json) -> Json:
    """Give words to what has none yet, and choices to what needs them."""
    made = deepcopy(raw)
    language = made["languages"][0]

    def name(thing: Json, words: str) -> None:
        if not str(thing.get("label", {}).get(language, "")).strip():
            thing["label"] = {**thing.get("label", {}), language: words}

    if not str(made.get("title", {}).get(language, "")).strip():
        made["title"] = {**made.get("title", {}), language: _("Form without a title")}
    for page in made.get("pages", ()):
        for question in page.get("questions", ()):
            name(question, _("Question without words"))
            if question["kind"] in CHOICE_KINDS:
                _fill_list(question, "choices", 2)
            if question["kind"] == Kind.MATRIX:
                _fill_list(question, "rows", 1)
            for said, found in ((_("Choice %(number)s"), "choices"), (_("Row %(number)s"), "rows")):
                for number, choice in enumerate(question.get(found, ()), start=1):
                    name(choice, said % {"number": number})
    return made


def _fill_list(question: Json, name: str, least: int) -> None:
    found = question.setdefault(name, [])
    found += [{"key": f"none-{number}", "label": {}} for number in range(least - len(found))]


def _without(raw: Json, faults: list[Fault]) -> Json:
    """Take out the conditions, jumps and questions that have faults; what is wrong with the whole, too."""
    made = deepcopy(raw)
    gone: set[int] = set()  # by identity: places shift
    for fault in faults:
        question, jump = _QUESTION.match(fault.place), _JUMP.match(fault.place)
        if question:
            found = made["pages"][int(question[1])]["questions"][int(question[2])]
            if "show_when" in fault.place and "show_when" in found:
                found.pop("show_when")
            else:
                gone.add(id(found))
        elif jump:
            gone.add(id(made["pages"][int(jump[1])]["jumps"][int(jump[2])]))
        else:
            _drop(made, fault.place.split(".")[0])
    for page in made.get("pages", ()):
        for name in ("questions", "jumps"):
            page[name] = [one for one in page.get(name, ()) if id(one) not in gone]
    return made


def _drop(made: dict[str, Any], name: str) -> None:
    if name in ("hidden", "intro", "thanks"):
        made.pop(name, None)
