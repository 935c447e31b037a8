"""A signed-in person: to see that nobody is signed out by what happens to Redis."""

import http.cookiejar
import re
import urllib.error
import urllib.request
from urllib.parse import urlencode

from tests.faults.running import RunningPlatform, Tenant


class SignedIn:
    """Signs the tenant's user in, as a browser would."""

    def __init__(self, running: RunningPlatform, tenant: Tenant) -> None:
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self._base = f"http://localhost:{running.port}"
        page = self._read("/accounts/login/")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found, page[:500]
        words = {"csrfmiddlewaretoken": found.group(1), "login": tenant.email, "password": tenant.password}
        self._read("/accounts/login/", urlencode(words).encode())
        assert self.is_signed_in()

    def is_signed_in(self) -> bool:
        """Return whether the home page opens without being sent to the sign-in page."""
        return "/accounts/login" not in self._open("/home/").url

    def _read(self, path: str, body: bytes | None = None) -> str:
        with self._open(path, body) as answer:
            return str(answer.read().decode())

    def _open(self, path: str, body: bytes | None = None):  # type: ignore[no-untyped-def]  # urllib's own
        request = urllib.request.Request(f"{self._base}{path}", body, {"Referer": self._base})
        return self._opener.open(request, timeout=10)
