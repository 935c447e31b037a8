"""Which sites may show a form and ask of it: the form's own list, compared whole; the platform itself always."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from apps.feedback.selectors import PublicForm

PORTS: Mapping[str, int] = {"https": 443, "http": 80}  # which browsers leave out


def origins_of(form: PublicForm) -> list[str]:
    """Return the form's sites as browsers write them."""
    return [_as_browsers_write(origin) for origin in form.frame_origins]


def _as_browsers_write(origin: str) -> str:
    parts = urlsplit(origin)
    return origin.removesuffix(f":{PORTS.get(parts.scheme)}").lower()


def is_refused(request: HttpRequest, form: PublicForm) -> bool:
    """Tell whether a browser says that the request comes from a site that is not the form's."""
    origin = request.headers.get("Origin")
    return origin is not None and origin not in (_own(request), *origins_of(form))


def allow(request: HttpRequest, form: PublicForm, response: HttpResponse) -> HttpResponse:
    """Let the page of a site of the form's read the answer. Never with credentials."""
    patch_vary_headers(response, ["Origin"])
    origin = request.headers.get("Origin", "")
    if origin in origins_of(form):
        response.headers["Access-Control-Allow-Origin"] = origin
    return response


def let_frame(request: HttpRequest, form: PublicForm, response: HttpResponse) -> HttpResponse:
    """Let the form's sites, and the platform's own pages, show ``response`` in a frame; nobody else."""
    response.xframe_options_exempt = True  # that header knows no list; the policy does
    framed = csp_replace({"frame-ancestors": [SELF, *origins_of(form)]})(lambda _request: response)
    framed(request)
    return response


def _own(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"
