"""The script itself, at an address that never changes: small enough to be asked for anew every few minutes."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import etag, require_safe

SOURCE = "js/widget.js"
FRESH_SECONDS = 300  # and a day more while a browser asks for a newer one in the background
CACHING = f"public, max-age={FRESH_SECONDS}, stale-while-revalidate=86400"


class Script(NamedTuple):
    plain: bytes
    packed: bytes  # gzip
    etag: str


def script() -> Script:
    """Return the script as it is served: read once per process."""
    return _script.__wrapped__() if settings.DEBUG else _script()


@lru_cache(maxsize=1)
def _script() -> Script:
    found = finders.find(SOURCE)
    if not found:
        raise FileNotFoundError(SOURCE)
    plain = Path(found).read_bytes()
    # Weak: the same words packed and unpacked.
    return Script(plain, gzip.compress(plain, mtime=0), f'W/"{hashlib.sha256(plain).hexdigest()[:24]}"')


@require_safe
@etag(lambda _request: script().etag)
def widget_js(request: HttpRequest) -> HttpResponse:
    """The script for any page of any site: it holds nothing but code."""
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(script().packed if is_packed else script().plain, "text/javascript; charset=utf-8")
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = CACHING
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
