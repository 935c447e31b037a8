"""The one shape of the pages on which something is set up: a form, and what it comes to."""

from collections.abc import Callable

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render

from apps.core.http import AuthedRequest
from apps.workbench.directory.setup_forms import add_service_errors


def form_page(
    request: AuthedRequest, form: forms.Form, save: Callable[[], HttpResponse], template: str, **context: object
) -> HttpResponse:
    """Show ``form``, or what ``save`` answers to a good one; what its service refuses is told at its field: 422."""
    if request.method == "POST" and form.is_valid():
        try:
            return save()
        except ValidationError as error:
            add_service_errors(form, error)
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
