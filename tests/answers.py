"""Comparing what two requests were answered."""

import re

TOKENS = re.compile(
    rb"""csrfmiddlewaretoken["']? value=["']\w+|"X-CSRFToken": "\w+|&quot;X-CSRFToken&quot;: &quot;\w+"""
)


def same_but_for(content: bytes, *own: str) -> bytes:
    """Return ``content`` without what differs by right: tokens against forgery, and ``own`` (an id, a token)."""
    content = TOKENS.sub(b"", content)
    for text in own:
        content = content.replace(text.encode(), b"")
    return content
