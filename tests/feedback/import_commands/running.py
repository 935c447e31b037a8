"""Commands of imports, and what they say."""

from io import StringIO

from django.core.management import call_command

from apps.feedback.models import Feedback

HEADER = "id,text,product,created_at,stars\n"

GOOD = HEADER + "".join(f"{n},Row {n},{'Laser' if n % 2 else 'Pump'},2026-03-02,{n % 5 + 1}\n" for n in range(1, 8))


def run(command, *args, **options) -> list[str]:
    """Run a command; return the lines of its stdout."""
    out = StringIO()
    call_command(command, *(str(arg) for arg in args), stdout=out, stderr=StringIO(), **options)
    return out.getvalue().splitlines()


def live() -> int:
    return Feedback.objects.live().count()
