"""The preview: a draft or a version as customers would see it, walked page by page. Nothing is taken."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.feedback import links, pages, selectors
from apps.feedback.builder import preview
from apps.feedback.builder.rooms import in_own_frame, managed_form, room_context, with_frames
from apps.feedback.models import Form, FormVersion
from apps.feedback.pages import Showing
from apps.feedback.questionnaire import definition, logic
from apps.feedback.questionnaire.schema import Questionnaire
from apps.feedback.sheets import Sheet, read_page_number

TOKEN = "preview"  # noqa: S105 no token of a form, so nothing would be taken by it


@require_safe
@require(Permission.MANAGE_FORMS)
def preview_page(request: AuthedRequest, form_id: int) -> HttpResponse:
    """The draft, or what is live, at the width of a phone and of a desktop."""
    form = managed_form(request, form_id)
    draft = selectors.draft_of(form)
    languages = [(code, pages.language_name(code)) for code in draft.definition["languages"]]
    asked = request.GET.get("lang", "")
    context = {**room_context(form, draft, "preview"), "languages": languages, "language": asked or languages[0][0]}
    return with_frames(render(request, "builder/preview.html", context))


@csrf_exempt  # nothing is written: a post only leads to the next page
@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_FORMS)
def frame(request: AuthedRequest, form_id: int, number: int | None = None) -> HttpResponse:
    """What stands in the frame: the public page of the draft, or of version ``number``; posts lead on, never in."""
    form = managed_form(request, form_id)
    made = _shown(form, number)
    public = selectors.form_by_slug(form.slug)
    if made is None or public is None or not any(True for _question in made.questions):
        return in_own_frame(HttpResponse(render_to_string("builder/frame_empty.html")))
    sheet = Sheet(made, request.POST, read_page_number(request.POST.get("page", ""), made))
    page, has_errors = _next(request, sheet)
    if page is None:
        return in_own_frame(
            HttpResponse(render_to_string("builder/frame_end.html", {"thanks": _thanks(request, made)}))
        )
    language = links.language_of(request, made) if request.method == "POST" else _language(request, made)
    showing = Showing(
        form=public._replace(title=form.title),
        made=made,
        token=TOKEN,
        number=page,
        language=language,
        sent=request.POST,
        errors=sheet.errors if has_errors else {},
        given=sheet.given,
        brought=[(links.LANGUAGE, language)],
        can_go_back=page != next(iter(logic.path(made, sheet.given)), 0),
        preview_action=request.path,
    )
    return in_own_frame(HttpResponse(pages.shown_page(showing)))


def _shown(form: Form, number: int | None) -> Questionnaire | None:
    if number is None:
        return preview.drawable(selectors.draft_of(form).definition)
    version = get_object_or_404(FormVersion, form=form, number=number)
    return definition.read(version.definition)


def _next(request: AuthedRequest, sheet: Sheet) -> tuple[int | None, bool]:
    """Return the page to show, None after the last one, and whether what was posted has errors."""
    if request.method != "POST":
        asked = read_page_number(request.GET.get("page", ""), sheet.made)
        return next(iter(logic.path(sheet.made, {})), 0) if asked is None else asked, False
    if request.POST.get("go") == "back":
        return sheet.page_before, False
    if sheet.errors:
        return sheet.wrong_page, True
    return sheet.next_page, False


def _language(request: AuthedRequest, made: Questionnaire) -> str:
    asked = request.GET.get(links.LANGUAGE, "")
    return asked if asked in made.languages else made.language


def _thanks(request: AuthedRequest, made: Questionnaire) -> str:
    language = links.language_of(request, made)
    return made.thanks.get(language) or made.thanks.get(made.language) or _("Thank you, we have it")
