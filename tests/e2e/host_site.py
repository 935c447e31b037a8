"""Somebody else's site: pages from an address of their own, under a policy as strict as theirs may be."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

HOSTILE = """
* { all: unset; }
*, *::before, *::after { color: red !important; font: 40px/3 cursive !important; border: 9px solid lime !important; }
feedback-widget, body > *, html > * { display: none !important; opacity: 0 !important; transform: rotate(9deg); }
html { font-size: 3px; direction: rtl; writing-mode: vertical-rl; text-transform: uppercase; }
"""
STYLES = {"/hostile.css": HOSTILE, "/plain.css": "h1 { color: rgb(1, 2, 3); font-size: 31px; }"}


class HostSite:
    """``url(...)`` is the address of a page with the widget of ``form`` on it."""

    def __init__(self, platform: str) -> None:
        self.platform = platform
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.answer(self)

            def log_message(self, *_words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def policy(self) -> str:
        return (
            f"default-src 'none'; script-src {self.platform}; connect-src {self.platform}; frame-src {self.platform};"
            " style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
        )

    def url(self, form: str, **more: str) -> str:
        from urllib.parse import urlencode

        return f"{self.origin}/?{urlencode({'data-form': form, **more})}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        found = STYLES.get(parts.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = found if found is not None else self.page(asked)
        handler.send_response(200 if parts.path in ("/", *STYLES) else 204)
        handler.send_header("Content-Type", "text/css" if found is not None else "text/html; charset=utf-8")
        handler.send_header("Content-Security-Policy", self.policy)
        handler.end_headers()
        if parts.path in ("/", *STYLES):
            handler.wfile.write(body.encode())

    def page(self, asked: dict[str, str]) -> str:
        css, language = asked.pop("css", "plain"), asked.pop("lang", "en")
        data = " ".join(f"{name}='{value}'" for name, value in asked.items())
        return (
            f"<!DOCTYPE html><html lang='{language}'><head><meta charset='utf-8'><title>Lab</title>"
            "<meta name='viewport' content='width=device-width'><meta name='color-scheme' content='light dark'>"
            f"<link rel='stylesheet' href='/{css}.css'>"
            f"<script src='{self.platform}/widget.js' {data} async></script></head>"
            "<body><main><h1>Lab</h1><p>Runs of today.</p></main></body></html>"
        )


@contextmanager
def host_site(platform: str) -> Iterator[HostSite]:
    site = HostSite(platform)
    thread = threading.Thread(target=site.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()
