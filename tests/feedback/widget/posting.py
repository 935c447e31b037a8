"""Posts of the widget, and identities that a host page signs."""

import base64
import json
import time

from apps.feedback.widget.identity import sign
from tests.feedback.browser import FormClient

SITE = "https://lab.example"

NPS = {"recommend": "9", "text": "The grating is fine."}


def token_of(browser: FormClient, slug: str = "nps") -> str:
    return browser.get(f"/w/{slug}/token/", headers={"Origin": SITE}).json()["token"]


def send(browser: FormClient, data: dict, *, slug: str = "nps", **headers):
    return browser.post(f"/w/{slug}/", data, headers={"Origin": SITE, **headers})


def signed(secret: str, *, expires: float | None = None, **claims) -> str:
    told = {"email": "ada@lab.example", "expires": time.time() + 600 if expires is None else expires, **claims}
    body = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    return f"{body}.{sign(body, secret)}"
