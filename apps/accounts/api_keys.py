"""The keys of programs: what there is, a new one shown once, and the end of one."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts import selectors, services
from apps.accounts.models import ApiKey
from apps.accounts.people_forms import ApiKeyForm
from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_API_KEYS)
def api_keys(request: AuthedRequest) -> HttpResponse:
    """Every key; a post makes one and answers with it, this once. Sent again, the name is taken."""
    form = ApiKeyForm(request.POST or None)
    made, secret = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = services.create_api_key(**form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            form = ApiKeyForm()
    context = {"form": form, "made": made, "secret": secret, "keys": selectors.listed_api_keys()}
    return render(request, "people/keys.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_API_KEYS)
def revoke_api_key(request: AuthedRequest, key_id: int) -> HttpResponse:
    """End a key, after a page that says what stops working."""
    api_key = get_object_or_404(ApiKey, pk=key_id)
    if request.method == "POST":
        services.revoke_api_key(api_key=api_key)
        messages.success(request, _("“%(name)s” is refused from the next call on.") % {"name": api_key.name})
        return redirect("people:api-keys")
    return render(request, "people/key_revoke.html", {"key": api_key})
