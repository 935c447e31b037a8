"""How fast feedback is captured: in bulk, one by one, and through the public form. Run: make bench, or alone.

Works in a database of its own (test_…), made and dropped, so nobody's data or workers are touched.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "feedback_platform.settings"

import django
from django.db import connection
from django.test import Client
from django.test.utils import override_settings

django.setup()  # before the models are imported

from apps.catalog.models import Product  # noqa: E402
from apps.feedback import tokens  # noqa: E402
from apps.feedback.models import Channel, Form, Identity  # noqa: E402
from apps.feedback.services import Capture, Person, capture, capture_batch  # noqa: E402
from apps.feedback.services.public_forms import create_form  # noqa: E402

BROWSER = Client()
WORDS = "The detector drifts after an hour of warm up and the baseline has to be taken again by hand."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--calls", type=int, default=500)
    options = parser.parse_args()
    with redirect_stdout(sys.stderr):  # it talks, and stdout is for the figures
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with override_settings(ALLOWED_HOSTS=["*"], FORM_MIN_SECONDS=0.0, SECURE_SSL_REDIRECT=False):
            figures = measure(rows=options.rows, calls=options.calls)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:32} {value:>12,.2f}")


def measure(*, rows: int, calls: int) -> dict[str, float]:
    product = Product.objects.create(name="Detector", slug="detector")
    form = create_form(product=product, slug="detector", title="About the detector")
    return {
        "bulk_rows_per_second": bulk(product, rows, people=0),
        "bulk_people_rows_per_second": bulk(product, rows, people=rows // 4),
        **{f"single_{name}": value for name, value in each(calls, lambda number: one(product, number)).items()},
        **{f"form_get_{name}": value for name, value in each(calls, lambda _: show(form)).items()},
        **{f"form_post_{name}": value for name, value in each(calls, lambda number: send(form, number)).items()},
    }


def bulk(product: Product, rows: int, *, people: int) -> float:
    """Return rows per second in chunks of 2,000; of ``people`` customers, 0 for anonymous."""
    captures = [
        Capture(
            product_id=product.pk,
            channel=Channel.IMPORT,
            text=f"{WORDS} {people} {number}",
            person=Person(email=f"person{number % people}@example.org") if people else None,
            identity=Identity.VERIFIED,
        )
        for number in range(rows)
    ]
    started = time.perf_counter()
    for start in range(0, rows, 2_000):
        capture_batch(captures[start : start + 2_000])
    return rows / (time.perf_counter() - started)


def each(calls: int, act: Callable[[int], None]) -> dict[str, float]:
    """Return the median time and the mean processor time of ``act`` in milliseconds, once warm."""
    act(-1)
    times: list[float] = []
    processor = time.process_time()
    for number in range(calls):
        started = time.perf_counter()
        act(number)
        times.append(time.perf_counter() - started)
    return {
        "median_ms": statistics.median(times) * 1000,
        "cpu_ms": (time.process_time() - processor) / calls * 1000,
    }


def one(product: Product, number: int) -> None:
    capture(Capture(product_id=product.pk, channel=Channel.API, text=f"{WORDS} {number}", rating=3))


def show(form: Form) -> None:
    assert BROWSER.get(f"/f/{form.slug}/").status_code == 200


def send(form: Form, number: int) -> None:
    token = tokens.issue_form_token(form.pk, now=time.time() - 5)
    posted = urlencode({"token": token, "text": f"{WORDS} {number}", "rating": "2", "page": "0", "go": "on"})
    answer = BROWSER.post(f"/f/{form.slug}/", posted, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 303


if __name__ == "__main__":
    main()
