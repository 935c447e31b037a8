"""A form's words in its other languages, beside its own."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.feedback.builder import filling
from apps.feedback.builder.board import Board
from apps.feedback.builder.editing import Json
from apps.feedback.builder.filling import Field
from apps.feedback.builder.rooms import managed_form, room_context
from apps.feedback.pages import RIGHT_TO_LEFT, language_name
from apps.feedback.questionnaire.schema import KIND_LABELS, Kind
from apps.feedback.selectors import draft_of
from apps.feedback.services.form_versions import faults_of

OFFERED = {"en", "de", "fr", "es", "ar", "it", "pt", "pt-br", "nl", "pl", "cs", "da", "sv", "nb", "fi", "tr", "uk"}
OFFERED |= {"he", "fa", "ja", "ko", "hi"}


@dataclass(frozen=True, kw_only=True)
class Line:
    field: Field
    own: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the form that has words: ``target`` as the editor names it."""

    target: str
    name: str
    kind: str
    lines: list[Line]

    @property
    def done(self) -> int:
        return sum(bool(line.words) for line in self.lines)


@require_safe
@require(Permission.MANAGE_FORMS)
def translations(request: AuthedRequest, form_id: int) -> HttpResponse:
    """The words of the draft in ``?language=``, beside the form's own language."""
    form = managed_form(request, form_id)
    draft = draft_of(form)
    codes = draft.definition["languages"]
    asked = request.GET.get("language", "")
    code = asked if asked in codes[1:] else next(iter(codes[1:]), "")
    context = {
        **room_context(form, draft, "translations"),
        "board": Board(raw=draft.definition, faults=faults_of(form, draft.definition)),
        "own": language_name(codes[0]),
        "own_code": codes[0],
        "languages": [(one, language_name(one), *completeness(draft.definition, one)) for one in codes[1:]],
        "code": code,
        "name": language_name(code) if code else "",
        "direction": "rtl" if code.partition("-")[0] in RIGHT_TO_LEFT else "ltr",
        "parts": parts_of(draft.definition, code) if code else [],
        "offered": sorted(((one, language_name(one)) for one in OFFERED.difference(codes)), key=lambda pair: pair[1]),
    }
    return render(request, "builder/translations.html", context)


def parts_of(raw: Json, code: str) -> list[Part]:
    """Return everything of ``raw`` that has words in its own language, with those in ``code``."""
    own = raw["languages"][0]
    found = [("form", _("The form itself"), "", filling.texts_of_whole(raw))]
    for number, page in enumerate(raw.get("pages", ()), start=1):
        name = page.get("title", {}).get(own) or _("Page %(number)s") % {"number": number}
        found.append((f"page.{page['key']}", name, _("Page"), filling.texts_of_page(page)))
        for question in page.get("questions", ()):
            label = question.get("label", {}).get(own) or _("Question without words")
            kind = str(KIND_LABELS[Kind(question["kind"])])
            found.append((f"question.{question['key']}", label, kind, filling.texts_of_question(question)))
    parts = [
        Part(
            target=target,
            name=name,
            kind=kind,
            lines=[_line(field, own, code) for field in fields if field.text.get(own)],
        )
        for target, name, kind, fields in found
    ]
    return [part for part in parts if part.lines]


def _line(field: Field, own: str, code: str) -> Line:
    return Line(field=field, own=field.text[own], words=field.text.get(code, ""))


def completeness(raw: Json, code: str) -> tuple[int, int]:
    """Return how many texts are there in ``code``, and how many there are."""
    parts = parts_of(raw, code)
    return sum(part.done for part in parts), sum(len(part.lines) for part in parts)
