"""What all pages of one form have in common: who may open them, their head and their tabs."""

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.permissions import Permission, may
from apps.core.http import AuthedRequest
from apps.feedback.models import Form, FormDraft
from apps.feedback.selectors import refusal_of
from apps.feedback.services.form_versions import Seen

TABS = (  # name, URL name; a room that is not built yet is left out
    ("questions", "builder:editor"),
    ("translations", "builder:translations"),
    ("preview", "builder:preview-page"),
    ("settings", "builder:settings"),
    ("share", "builder:share"),
    ("widget", "widget:page"),
    ("versions", "builder:versions"),
    ("results", "dashboard:form-results"),
)


def managed_form(request: AuthedRequest, form_id: int) -> Form:
    """Return the form with its product and what is live. Raises Http404, and PermissionDenied in another team."""
    form = get_object_or_404(Form.objects.select_related("product__team", "current"), pk=form_id)
    if not may(request.user, Permission.MANAGE_FORMS, team=form.product.team):
        raise PermissionDenied
    return form


def room_context(form: Form, draft: FormDraft, current: str) -> dict[str, object]:
    """Return what the head of every page of ``form`` shows; ``current`` is the tab's name."""
    return {
        "form": form,
        "draft": draft,
        "standing": refusal_of(form, now=timezone.now()) or "",
        "has_draft": draft.revision > 0,
        "seen": write_seen(form, draft),
        "tabs": tabs_of(form, current),
        "form_url": f"{settings.PUBLIC_URL}{reverse('feedback:form', args=[form.slug])}",
    }


def tabs_of(form: Form, current: str) -> list[dict[str, object]]:
    """Return the tabs of everything about ``form``, for who manages it; ``current`` is one's name."""
    texts = {
        "questions": _("Questions"),
        "translations": _("Translations"),
        "preview": _("Preview"),
        "settings": _("Settings"),
        "share": _("Share"),
        "widget": _("Widget"),
        "versions": _("Versions"),
        "results": _("Results"),
    }
    made = []
    for name, view in TABS:
        try:
            url = reverse(view, args=[form.pk])
        except NoReverseMatch:
            continue
        made.append({"text": texts[name], "url": url, "is_current": name == current, "count": None})
    return made


def write_seen(form: Form, draft: FormDraft) -> str:
    """Return what a page posts to say which state of the form it showed."""
    return f"{form.current_id}.{draft.revision}"


def read_seen(raw: str) -> Seen:
    """Return what a page posted; what is nothing of ours is no state of the form, so it is stale."""
    version, _dot, revision = raw.partition(".")
    if not (version.isascii() and version.isdigit() and revision.isascii() and revision.isdigit() and len(raw) < 40):
        return Seen(0, -1)
    return Seen(int(version), int(revision))


def with_frames(response: HttpResponse) -> HttpResponse:
    """Return ``response`` as a page that may hold frames of our own: previews."""
    return _with_policy(response, "frame-src")


def in_own_frame(response: HttpResponse) -> HttpResponse:
    """Return ``response`` as a page that may stand in a frame of our own pages, and of nobody else's."""
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return _with_policy(response, "frame-ancestors")


def _with_policy(response: HttpResponse, directive: str) -> HttpResponse:
    """The library knows decorators alone; the middleware reads what they put onto the response."""
    made = csp_replace({directive: [SELF]})(lambda _request: response)(HttpRequest())
    return made if isinstance(made, HttpResponse) else response
