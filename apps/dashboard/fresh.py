"""How a dashboard says that nothing changed: the page whole, its region by ETag, 304 where it is the same."""

from collections.abc import Callable
from hashlib import sha256

from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import get_language

from apps.core.http import AuthedRequest, wants_fragment


def answer_fresh(request: AuthedRequest, etag: str, make: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the page, or for a region that refreshes itself the fragment: 304 where ``etag`` is the one it has."""
    if wants_fragment(request):
        response = get_conditional_response(request, etag=etag) or make()
        response.headers["ETag"] = etag
    else:
        response = make()
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def page_etag(request: AuthedRequest, *state: object) -> str:
    """Return a quoted ETag of ``state`` as this reader sees it today in this language."""
    seen_by = (request.user.pk, get_language(), timezone.localdate(), request.GET.urlencode())
    return f'"{sha256(repr((seen_by, state)).encode()).hexdigest()[:32]}"'
