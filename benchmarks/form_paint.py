"""How soon a customer sees a form on a poor line: python benchmarks/form_paint.py ADDRESS [--runs N] [--json]

ADDRESS is a form of a running platform, such as http://localhost:8000/f/aurora-confocal/. The line, the machine and the
figures are those of first_paint.py.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.first_paint import BYTES_PER_SECOND, CPU_SLOWDOWN, LATENCY_MS, PAINT, Visit
from tests.e2e.browser import Watch, launch, visitor

PHONE = {"width": 390, "height": 844}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("address")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        if browser is None:
            sys.exit("NOT RUN: no Chromium")
        visits = [measure(browser, options.address) for _ in range(options.runs)]
        browser.close()
    figures = {
        "first_contentful_paint_ms": round(statistics.median(one.paint_ms for one in visits)),
        "first_contentful_paint_worst_ms": round(max(one.paint_ms for one in visits)),
        "layout_shift": round(max(one.layout_shift for one in visits), 4),
        "transfer_bytes": max(one.transfer_bytes for one in visits),
        "requests": max(one.requests for one in visits),
    }
    for name, value in figures.items():
        print(f"{name:>32}  {value}")
    if options.json:
        print(json.dumps(figures))


def measure(browser: Browser, address: str) -> Visit:
    """Open the form once with nothing cached."""
    with visitor(browser, Watch(), viewport=PHONE) as context:
        return visit(context.new_page(), address)


def visit(page: Page, address: str) -> Visit:
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    speed = {"downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND / 2}
    line.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS, **speed})
    line.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    page.goto(address, wait_until="load")
    found = page.evaluate(PAINT)
    return Visit(found["paint"], found["shift"], found["bytes"], found["requests"])


if __name__ == "__main__":
    main()
