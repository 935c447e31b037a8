"""What a page says after something was done: a message of the next page, or an event for htmx."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event


def say_done(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Tell on the next page that something was done. ``undo``: a path whose POST takes it back."""
    messages.success(request, text, extra_tags=f"undo:{undo}" if undo else "")


def add_toast(response: HttpResponse, text: str, *, level: str = "success", undo: str = "") -> HttpResponse:
    """Return ``response`` with a toast for the page that asked through htmx; other clients do not see it."""
    return trigger_client_event(response, "toast", {"text": text, "level": level, "undo": undo})
