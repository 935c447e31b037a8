"""Inviting people, and the page on which they join, which tells a stranger nothing about any address."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import invitations
from apps.accounts.errors import InvitationGoneError
from apps.accounts.models import Invitation
from apps.accounts.people_forms import InviteForm, JoinForm
from apps.accounts.permissions import Permission, require
from apps.core import limits
from apps.core.error_pages import too_many_requests
from apps.core.http import AuthedRequest, client_address

INVITE_LIMIT = "20/h"  # goes of one person: each mails fifty addresses, of people who may not know us
RESEND_LIMIT = "5/h"  # links to one address
JOIN_LIMIT = "60/m"  # tries per client address; an office of newcomers shares one


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_PEOPLE)
def invite(request: AuthedRequest) -> HttpResponse:
    """Invite one address or many; below stands who has not answered yet."""
    form = InviteForm(
        request.POST or None, giver=request.user, initial={"team": request.GET.get("team"), "role": "scientist"}
    )
    told = None
    if request.method == "POST" and form.is_valid() and not _is_allowed("invite", request.user.pk, INVITE_LIMIT):
        form.add_error(
            "addresses", _("You have invited many people within an hour. Wait a little, then send it again.")
        )
    if request.method == "POST" and form.is_valid():
        told = invitations.invite(addresses=form.cleaned_data["addresses"], invited_by=request.user, grant=form.grant)
        _tell(request, len(told.invitations))
        if not (told.with_account or told.waiting):
            return redirect("people:invite")
    waiting = invitations.managed_by(request.user)[:200]
    now = timezone.now()
    context = {
        "form": form,
        "told": told,
        "waiting": [(row, invitations.is_usable(row, as_of=now)) for row in waiting],
        "days": invitations.LINK_AGE.days,
    }
    return render(request, "people/invite.html", context, status=422 if form.errors else 200)


def _tell(request: AuthedRequest, count: int) -> None:
    if count:
        text = ngettext("%(count)s invitation is on its way.", "%(count)s invitations are on their way.", count)
        messages.success(request, text % {"count": count})


@require_POST
@require(Permission.MANAGE_PEOPLE)
def resend_invitation(request: AuthedRequest, invitation_id: int) -> HttpResponse:
    """Mail a new link; the old one dies."""
    row = _invitation_or_404(request, invitation_id)
    if not _is_allowed("resend-invitation", row.pk, RESEND_LIMIT):
        return too_many_requests(request)
    if invitations.resend(invitation=row, sent_by=request.user):
        told = _("A new link is on its way to %(address)s. The old one no longer works.")
        messages.success(request, told % {"address": row.email})
    return redirect("people:invite")


@require_POST
@require(Permission.MANAGE_PEOPLE)
def revoke_invitation(request: AuthedRequest, invitation_id: int) -> HttpResponse:
    """Let the link die."""
    row = _invitation_or_404(request, invitation_id)
    if invitations.revoke(invitation=row, revoked_by=request.user):
        told = _("The invitation of %(address)s is taken back; its link no longer works.")
        messages.success(request, told % {"address": row.email})
    return redirect("people:invite")


def _is_allowed(purpose: str, key: int, limit: str) -> bool:
    return limits.take(purpose=purpose, client=str(key), limit=limit).is_allowed


def _invitation_or_404(request: AuthedRequest, invitation_id: int) -> Invitation:
    return get_object_or_404(invitations.managed_by(request.user), pk=invitation_id)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Make the account of whoever was invited and sign them in; 404, always the same, for a link that does not work."""
    if not limits.take(purpose="join", client=client_address(request), limit=JOIN_LIMIT).is_allowed:
        return too_many_requests(request)
    try:
        row = invitations.find_usable(token, as_of=timezone.now())
        form = JoinForm(request.POST or None, email=row.email, initial={"name": row.name})
        if request.method == "POST" and form.is_valid():
            user = invitations.accept(token=token, **form.cleaned_data)
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            messages.success(request, _("Welcome, %(name)s.") % {"name": user})
            return redirect(settings.LOGIN_REDIRECT_URL)
    except InvitationGoneError as error:
        return render(request, "people/join_gone.html", {"message": str(error)}, status=404)
    context = {"form": form, "invitation": row}
    return render(request, "people/join.html", context, status=422 if form.errors else 200)
