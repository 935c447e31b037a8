"""The widget of one form as staff set it up: what to put into a page, secrets that prove identities, a demo page."""

import base64
import json
import time

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.feedback.builder.rooms import managed_form, room_context
from apps.feedback.models import Form
from apps.feedback.selectors import draft_of, questionnaire_of
from apps.feedback.services.widget_secrets import end_secret, make_secret
from apps.feedback.widget.identity import secret_of, sign
from apps.feedback.widget.inline import can_be_asked_inline
from apps.feedback.widget.snippets import SNIPPETS, script_of
from apps.feedback.widget_models import WidgetSecret

DEMO_POLICY = {  # as strict as a page's can be that has a script at all
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "connect-src": [SELF],
    "frame-src": [SELF],
    "img-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
    "require-trusted-types-for": ["'script'"],
}
TRIGGERS = {"button": "button", "time": "time:3", "scroll": "scroll:50", "event": "event:measured"}
IDENTITY_SECONDS = 3_600


@require_safe
@require(Permission.MANAGE_FORMS)
def widget_page(request: AuthedRequest, form_id: int) -> HttpResponse:
    """All that somebody needs who puts the widget of this form into their pages."""
    return _page(request, managed_form(request, form_id))


def _page(request: HttpRequest, form: Form, *, secret: str = "", status: int = 200) -> HttpResponse:
    made = questionnaire_of(form.current_id) if form.current_id else None
    context = {
        **room_context(form, draft_of(form), "widget"),
        "platform": settings.PUBLIC_URL,
        "widget_snippet": script_of(form.slug),
        "is_inline": made is not None and can_be_asked_inline(made),
        "secrets": WidgetSecret.objects.filter(product_id=form.product_id, ended_at=None).select_related("made_by"),
        "secret": secret,
        "snippets": SNIPPETS,
        "cooldown_days": settings.WIDGET_COOLDOWN_DAYS,
    }
    response = render(request, "builder/widget.html", context, status=status)
    if secret:
        response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@require(Permission.MANAGE_FORMS)
def new_secret(request: AuthedRequest, form_id: int) -> HttpResponse:
    """Make a secret of the form's product and show it: now, and never again."""
    form = managed_form(request, form_id)
    try:
        secret = make_secret(product=form.product, user=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("widget:page", form.pk)
    return _page(request, form, secret=secret)


@require_POST
@require(Permission.MANAGE_FORMS)
def stop_secret(request: AuthedRequest, form_id: int, secret_id: int) -> HttpResponse:
    """Let a secret prove nothing from now on."""
    form = managed_form(request, form_id)
    end_secret(secret=get_object_or_404(WidgetSecret, pk=secret_id, product_id=form.product_id))
    messages.success(request, _("That secret proves nothing any more."))
    return redirect("widget:page", form.pk)


@csp(DEMO_POLICY)  # type: ignore[arg-type]  # its types know views of one argument alone
@require_safe
@require(Permission.MANAGE_FORMS)
def demo(request: AuthedRequest, form_id: int) -> HttpResponse:
    """A page as other people's are: styles of its own, a strict policy, and of the platform the script alone."""
    form = managed_form(request, form_id)
    trigger = request.GET.get("trigger", "")
    context = {
        "form": form,
        "trigger": trigger if trigger in TRIGGERS else "button",
        "triggers": TRIGGERS[trigger] if trigger in TRIGGERS else TRIGGERS["button"],
        "identity": _identity_of(request, form),
        "policy": "; ".join(f"{name} {' '.join(values)}" for name, values in DEMO_POLICY.items()),
    }
    return render(request, "builder/widget_demo.html", context)


def _identity_of(request: AuthedRequest, form: Form) -> str:
    """Return the person's own identity, signed as a host's server would; "" where the product has no secret."""
    secret = WidgetSecret.objects.filter(product_id=form.product_id, ended_at=None).first()
    if secret is None:
        return ""
    claims = {"email": request.user.email, "name": str(request.user), "expires": int(time.time()) + IDENTITY_SECONDS}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{body}.{sign(body, secret_of(form.product_id, secret.nonce))}"
