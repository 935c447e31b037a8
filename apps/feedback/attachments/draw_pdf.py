"""The first page of a PDF as a small picture.

Runs as a program of its own (``pdf_sandbox``), so nothing of ours is imported: a PDF that crashes the reader, or eats
memory or time, ends this process alone. Forms, scripts and what is embedded are never looked at. Prints one line of
JSON: ``{"pages"}`` or ``{"refused": code}``.
"""

import json
import resource
import signal
import sys
from contextlib import suppress

MEMORY_BYTES = 700_000_000  # of addresses, most of them never touched
CPU_SECONDS = 6
CLOCK_SECONDS = 15  # where nobody is left who would end it
WRITTEN_BYTES = 8_000_000
SIDE = 900  # pixels of the longer side
LARGEST_POINTS = 14_400  # of a side: 200 inches, the most that the format allows
ERROR_PASSWORD, ERROR_SECURITY = 4, 5  # FPDF_ERR_*


class RefusedError(Exception):
    """There is no picture; the argument is the code of the reason."""


def limit_process() -> None:
    """Bound what the reader may take; a system that cannot bound one thing still bounds the others."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, WRITTEN_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))
    signal.alarm(CLOCK_SECONDS)  # ends the process, whatever it is at


def draw(source: str, target: str) -> dict[str, object]:
    """Write a JPEG of the first page to ``target``; return how many pages there are. Raises RefusedError."""
    import pypdfium2 as pdfium  # after the limits

    try:
        document = pdfium.PdfDocument(source)
    except pdfium.PdfiumError as error:
        is_locked = getattr(error, "err_code", None) in (ERROR_PASSWORD, ERROR_SECURITY)
        raise RefusedError("encrypted" if is_locked else "damaged") from None
    try:
        pages = len(document)
        if not pages:
            raise RefusedError("damaged")
        page = document[0]
        width, height = page.get_size()
        if not (1 <= width <= LARGEST_POINTS and 1 <= height <= LARGEST_POINTS):
            raise RefusedError("pixels")
        scale = min(2.0, SIDE / max(width, height))
        image = page.render(scale=scale, may_draw_forms=False, fill_color=(255, 255, 255, 255)).to_pil()
    except pdfium.PdfiumError:
        raise RefusedError("damaged") from None
    image.convert("RGB").save(target, "JPEG", quality=80)
    return {"pages": pages}


def main(source: str, target: str) -> dict[str, object]:
    limit_process()
    try:
        return draw(source, target)
    except RefusedError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": "memory"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:3])))
