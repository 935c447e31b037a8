"""How soon a scientist sees home on a poor line: python benchmarks/first_paint.py [--runs N] [--json]

A real Chromium with an empty cache, 150 ms of latency, 1.6 Mbit/s down and a CPU four times slower opens /home/ of a
running platform with its demo. Figures: ``first_contentful_paint_ms`` (median and worst of the runs), ``layout_shift``,
``transfer_bytes`` (headers and compressed bodies of the page and all it asks for), ``requests``, and
``not_cached_for_long``: assets without a far-future cache.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

PROJECT_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT_DIR))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

import django  # noqa: E402
from playwright.sync_api import Page, Response, sync_playwright  # noqa: E402

django.setup()

from benchmarks.measuring import describe_machine  # noqa: E402
from tests.e2e.browser import Watch, launch, visitor  # noqa: E402
from tests.e2e.conftest import sign_in  # noqa: E402
from tests.faults.running import RunningPlatform  # noqa: E402

LATENCY_MS = 150
BYTES_PER_SECOND = 1_600_000 / 8
CPU_SLOWDOWN = 4
FAR_FUTURE = "max-age=31536000"
PAINT = """
() => new Promise((done) => {
  let shift = 0;
  const add = (one) => { shift += one.hadRecentInput ? 0 : one.value; };
  new PerformanceObserver((list) => list.getEntries().forEach(add))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done({
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    shift,
    bytes: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .reduce((sum, one) => sum + one.transferSize, 0),
    requests: performance.getEntriesByType("resource").length + 1,
  }), 500);
})
"""


class Visit(NamedTuple):
    paint_ms: float
    layout_shift: float
    transfer_bytes: int
    requests: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        running = RunningPlatform(Path(folder), own_redis=False, with_demo=True)
        try:
            running.start()
            running.wait_for(lambda: "Demo sign-ins:" in running.log.read_text(), "the demo is loaded", seconds=120)
            running.wait_whole()
            figures = {"machine": describe_machine()} | measure(f"http://localhost:{running.port}", runs=options.runs)
        finally:
            running.stop()
    for name, value in figures.items():
        print(f"{name:>28}  {value}")
    if options.json:
        print(json.dumps(figures))


def measure(address: str, *, runs: int) -> dict[str, object]:
    """Open home ``runs`` times over with nothing cached."""
    assets: dict[str, str] = {}
    with sync_playwright() as playwright:
        browser = launch(playwright)
        if browser is None:
            sys.exit("NOT RUN: no Chromium")
        with visitor(browser, Watch(), base_url=address, viewport={"width": 1440, "height": 900}) as context:
            page = context.new_page()
            sign_in(page, "scientist")
            page.on("response", lambda answer: _note(answer, assets))
            visits = [visit(page) for _ in range(runs)]
        browser.close()
    return {
        "first_contentful_paint_ms": round(statistics.median(one.paint_ms for one in visits)),
        "first_contentful_paint_worst_ms": round(max(one.paint_ms for one in visits)),
        "layout_shift": round(max(one.layout_shift for one in visits), 4),
        "transfer_bytes": max(one.transfer_bytes for one in visits),
        "requests": max(one.requests for one in visits),
        "not_cached_for_long": sorted(url for url, cached in assets.items() if FAR_FUTURE not in cached),
    }


def visit(page: Page) -> Visit:
    """Open home on the poor line with an empty cache."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.clearBrowserCache")
    line.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BYTES_PER_SECOND,
            "uploadThroughput": BYTES_PER_SECOND / 2,
        },
    )
    line.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    page.goto("/home/", wait_until="load")
    found = page.evaluate(PAINT)
    line.detach()
    return Visit(found["paint"], found["shift"], found["bytes"], found["requests"])


def _note(answer: Response, assets: dict[str, str]) -> None:
    if "/static/" in answer.url:
        assets[answer.url.partition("/static/")[2]] = answer.headers.get("cache-control", "")


if __name__ == "__main__":
    main()
