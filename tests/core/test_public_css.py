"""Customers' pages load one stylesheet: its colours are copied from the tokens, and stay the same as there."""

import re
from pathlib import Path

from django.conf import settings

CSS = Path(settings.BASE_DIR) / "static" / "css"
DECLARED = re.compile(r"--([\w-]+):\s*([^;]+);")


def test_the_public_stylesheet_has_the_tokens_colours_and_all_that_it_uses() -> None:
    public = (CSS / "public.css").read_text()
    tokens = (CSS / "tokens.css").read_text()
    copied = [(name, value) for name, value in DECLARED.findall(public)]

    assert [one for one in copied if one not in DECLARED.findall(tokens)] == []
    assert set(re.findall(r"var\(--([\w-]+)\)", public)) == {name for name, _value in copied}


def test_a_public_page_asks_for_one_stylesheet_and_waits_for_no_script() -> None:
    base = (Path(settings.BASE_DIR) / "templates" / "base_public.html").read_text()
    form = (Path(settings.BASE_DIR) / "templates" / "feedback" / "form.html").read_text()

    assert base.count('rel="stylesheet"') == 1
    assert re.findall(r"<script(?! src=[^>]* defer>)", base + form) == []
    assert "@import" not in (CSS / "public.css").read_text()
