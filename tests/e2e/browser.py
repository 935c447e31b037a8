"""A real Chromium, and a watch over what its pages complain of."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Playwright, Response

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = [  # it speaks to the platform under test and to nobody else
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


def launch(playwright: Playwright) -> Browser | None:
    """Start the system's Chromium, else Playwright's own; None where there is neither."""
    switches = [*SWITCHES, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    found = next(filter(None, map(shutil.which, NAMES)), None)
    for path in [found, None] if found else [None]:
        try:
            return playwright.chromium.launch(executable_path=path, args=switches)
        except Error:
            continue
    return None


class Watch:
    """What pages complained of: broken content security policy, errors of scripts, answers of 400 and above."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def over(self, context: BrowserContext, *, has_scripts: bool) -> None:
        """Listen to every page of ``context``."""
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("response", self._see)
        if has_scripts:
            context.expose_binding("reportViolation", self._note_violation)
            context.add_init_script(REPORT_VIOLATIONS)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console: {message.text} ({message.location.get('url')})")

    def _see(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"answer {response.status}: {response.request.method} {response.url}")

    def _note_violation(self, source: dict[str, Any], what: str) -> None:  # Any: Playwright's own
        self.complaints.append(f"policy: {what} ({source['page'].url})")


@contextmanager
def visitor(browser: Browser, watch: Watch, *, has_scripts: bool = True, **options: Any) -> Iterator[BrowserContext]:
    """Open a browser context of its own: another person. ``options``: Playwright's."""
    context = browser.new_context(java_script_enabled=has_scripts, **options)  # Any: options are Playwright's
    context.set_default_timeout(15_000)  # milliseconds
    watch.over(context, has_scripts=has_scripts)
    try:
        yield context
    finally:
        context.close()
