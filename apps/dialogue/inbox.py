"""One's own notifications, how one wants to hear of them, and the links that turn mail off."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.core.http import AuthedRequest, wants_fragment
from apps.core.keyset import read_id
from apps.dialogue import notifications, preferences, unsubscribing
from apps.dialogue.forms import PreferencesForm
from apps.dialogue.models import Notification, NotificationKind


@never_cache
@require_safe
@login_required
def notification_list(request: AuthedRequest) -> HttpResponse:
    """What one was told, the newest first."""
    only_unread = request.GET.get("show") == "unread"
    page = notifications.told_page(request.user, before=read_id(request.GET.get("before", "")), only_unread=only_unread)
    context = {"page": page, "only_unread": only_unread, "unread_count": notifications.unread_count(request.user)}
    return render(request, "dialogue/notifications.html", context)


@never_cache
@require_GET
@login_required
def bell(request: AuthedRequest) -> HttpResponse:
    """The number beside the bell, which the frame of every page asks for by itself; alone it is a page too."""
    if not wants_fragment(request):
        return redirect("dialogue:notifications")
    count = notifications.unread_count(request.user)
    return render(request, "dialogue/_bell_count.html", {"count": count, "cap": notifications.UNREAD_CAP})


@never_cache
@require_GET
@login_required
def open_notification(request: AuthedRequest, notification_id: int) -> HttpResponse:
    """Go to what it is about; it counts as read. Again leads there again."""
    notification = get_object_or_404(Notification, pk=notification_id, user=request.user)
    notifications.mark_read(user=request.user, notification_ids=[notification.pk])
    return redirect(notification.path)


@require_POST
@login_required
def read_all(request: AuthedRequest) -> HttpResponse:
    """Mark everything as read."""
    count = len(notifications.mark_read(user=request.user))
    said = ngettext("%(count)d notification marked as read.", "%(count)d notifications marked as read.", count)
    messages.success(request, said % {"count": count} if count else _("Everything was read already."))
    return redirect("dialogue:notifications")


@require_POST
@login_required
def toggle_read(request: AuthedRequest, notification_id: int) -> HttpResponse:
    """Mark one as read, or as unread again."""
    notification = get_object_or_404(Notification, pk=notification_id, user=request.user)
    mark = notifications.mark_unread if notification.read_at else notifications.mark_read
    mark(user=request.user, notification_ids=[notification.pk])
    return redirect("dialogue:notifications")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def preference_page(request: AuthedRequest) -> HttpResponse:
    """How one hears of each kind of thing, and when the digest comes."""
    user = request.user
    wishes, rhythm = preferences.wishes_of(user), preferences.rhythm_of(user)
    form = PreferencesForm(request.POST if request.method == "POST" else None, wishes=wishes, rhythm=rhythm)
    if form.is_valid():
        preferences.save_wishes(user=user, wishes=form.wishes(), rhythm=form.cleaned_data["rhythm"])
        messages.success(request, _("Saved."))
        return redirect("dialogue:preferences")
    return render(request, "dialogue/preferences.html", {"form": form}, status=422 if form.is_bound else 200)


@csrf_exempt  # mail programs post to it on their own (RFC 8058); the signed token is the check
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Turn one kind of mail off, or on again, without signing in. Opening the page changes nothing."""
    subscription = unsubscribing.read_token(token)
    if subscription is None:
        raise Http404
    if request.method == "POST":
        turn = unsubscribing.turn_on if request.POST.get("turn") == "on" else unsubscribing.turn_off
        turn(subscription)
    context = {
        "subscription": subscription,
        "is_on": unsubscribing.is_on(subscription),
        "kinds": NotificationKind.choices,
    }
    return render(request, "dialogue/unsubscribe.html", context)
