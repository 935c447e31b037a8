"""Which language a request is answered in: customers' pages speak all of LANGUAGES, staff's pages STAFF_LANGUAGES."""

from collections.abc import Callable, Collection, Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

HEADER_CHARACTERS = 500
PARAMETER = "lang"  # of the address of a customer's page
_PUBLIC_PREFIXES = ("/f/", "/r/", "/my/", "/p/", "/s/", "/join/")  # forms, receipts, members, participants, phones
_PUBLIC = frozenset(code for code, _name in settings.LANGUAGES)
_STAFF = frozenset(code for code, _name in settings.STAFF_LANGUAGES)


def is_public(path: str) -> bool:
    """Tell whether customers read what is at ``path``."""
    return path == "/" or path.startswith(_PUBLIC_PREFIXES)


def platform_language(code: str) -> str | None:
    """Return which of the platform's languages speaks to readers of ``code``, such as "de" for "de-at"; None: none."""
    found = code if code in _PUBLIC else code.partition("-")[0]
    return found if found in _PUBLIC else None


def accepted(header: str) -> Iterator[str]:
    """Yield the languages of an Accept-Language header in small letters, the best first."""
    return (code for code, _weight in parse_accept_lang_header(header[:HEADER_CHARACTERS].lower()))


def best_of(allowed: Collection[str], header: str) -> str | None:
    """Return the best of ``allowed`` for an Accept-Language header, with its region or without; None for none."""
    for code in accepted(header):
        for candidate in (code, code.partition("-")[0]):
            if candidate in allowed:
                return candidate
    return None


def language_of(request: HttpRequest) -> str:
    """Return the language for a request: asked for by a customer's address or staff's cookie, or the browser's."""
    if is_public(request.path):
        allowed, asked = _PUBLIC, request.GET.get(PARAMETER, "")
    else:
        allowed, asked = _STAFF, request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if asked in allowed:
        return asked
    return best_of(allowed, request.headers.get("Accept-Language", "")) or settings.LANGUAGE_CODE


class LanguageMiddleware:
    """Activates the language of a request. Customers' pages set no cookie and read none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        translation.activate(language_of(request))
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        response = self.get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response
