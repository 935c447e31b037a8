"""The staff-only pages of mail that was kept instead of sent."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.dialogue.models import Mail

MAILS_PER_PAGE = 50


@never_cache
@require_safe
@require(Permission.VIEW_MAIL)
def outbox(request: AuthedRequest) -> HttpResponse:
    """The newest mail first."""
    newest = Mail.objects.only("id", "recipients", "subject", "state", "created_at")
    page = Paginator(newest, MAILS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "dialogue/outbox.html", {"page": page})


@never_cache
@require_safe
@require(Permission.VIEW_MAIL)
def mail(request: AuthedRequest, mail_id: int) -> HttpResponse:
    """One mail, as text."""
    return render(request, "dialogue/mail.html", {"mail": get_object_or_404(Mail, pk=mail_id)})
