"""The public form's page: rendered once per form, language and process, a request only puts its token in."""

import secrets
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language

from apps.feedback.forms import RATINGS, TRAP, EntryForm
from apps.feedback.selectors import PublicForm

PLACE = f"token-{secrets.token_hex(16)}"  # nobody can write it into a title


def form_page(form: PublicForm, *, token: str) -> bytes:
    """Return the empty form with ``token`` in it: some microseconds after the first time."""
    render = _halves.__wrapped__ if settings.DEBUG else _halves
    before, after = render(get_language() or "", form.pk, form.slug, form.title, form.intro, form.product_name)
    return before + token.encode("ascii") + after


def corrected_form_page(form: PublicForm, *, token: str, sent: EntryForm) -> str:
    """Return the form with what was sent in it, and what to correct."""
    facts = (form.slug, form.title, form.intro, form.product_name)
    return _render(*facts, token=token, values=sent.values, errors=sent.errors)


@lru_cache(maxsize=512)
def _halves(language: str, pk: int, slug: str, title: str, intro: str, product: str) -> tuple[bytes, bytes]:
    """Return the page before and after its token, in the active language. It shows nothing but the arguments."""
    before, _, after = _render(slug, title, intro, product, token=PLACE, values={}, errors={}).partition(PLACE)
    return before.encode(), after.encode()


def _render(
    slug: str,
    title: str,
    intro: str,
    product: str,
    *,
    token: str,
    values: Mapping[str, str],
    errors: Mapping[str, str],
) -> str:
    context = {
        "slug": slug,
        "title": title,
        "intro": intro,
        "product": product,
        "token": token,
        "values": values,
        "errors": errors,
        "ratings": [(number, word, values.get("rating") == str(number)) for number, word in RATINGS],
        "trap": TRAP,
        "is_context_open": any(values.get(name) for name in ("version", "instrument", "method")),
    }
    return render_to_string("feedback/form.html", context)
