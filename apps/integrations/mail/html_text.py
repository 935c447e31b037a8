"""The words of an HTML mail: nothing of it is kept but text. Pure; no network, no rendering.

A scanner of our own, in linear time: the standard library's parser takes minutes for 400 kB of open comments.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

CHARACTERS = 1_000_000  # of HTML; what follows is not read
SKIPPED = frozenset({"script", "style", "title", "template", "noscript", "svg", "object", "iframe", "textarea"})
BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure"}
    | {"footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "p"}
    | {"pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul"}
)
PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol", "pre"})
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
QUOTE_DEPTH = 5
HIDDEN_DEPTH = 1_000
TAG_CHARACTERS = 2_000  # of a tag's attributes, as far as they are looked at
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9:-]{0,30})")
_HIDDEN = re.compile(r"display\s{0,9}:\s{0,9}none|font-size\s{0,9}:\s{0,9}0(?:px)?\s{0,9}[;'\"]", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f\u00a0]+")


class _Token(NamedTuple):
    text: str = ""
    tag: str = ""  # its name, "" for text
    is_end: bool = False
    is_hidden: bool = False


def text_of_html(source: str) -> str:
    """Return the words of ``source``: a line a block, a quotation's lines behind ">"."""
    reader = _Reader()
    for token in _tokens(source[:CHARACTERS]):
        reader.take(token)
    return reader.text()


def _tokens(source: str) -> Iterator[_Token]:
    """Yield texts and tags; what is opened and never closed ends the mail."""
    position = 0
    while position < len(source):
        start = source.find("<", position)
        if start < 0:
            start = len(source)
        if start > position:
            yield _Token(html.unescape(source[position:start]))
        name = _NAME.match(source, start + 1)
        if source.startswith("<!--", start):
            position = _after(source, "-->", start + 4)
        elif name is None and not source.startswith(("<!", "<?", "</"), start):
            if start < len(source):
                yield _Token("<")
            position = start + 1
        else:
            position = _after(source, ">", start + 1)
            if name is not None:
                tag, is_end = name[1].lower(), source[start + 1] == "/"
                attributes = source[name.end() : min(position, name.end() + TAG_CHARACTERS)]
                yield _Token("", tag, is_end, _HIDDEN.search(attributes) is not None)
                if tag in SKIPPED and not is_end:
                    position = _end_of(source, tag, position)


def _after(source: str, mark: str, position: int) -> int:
    found = source.find(mark, position)
    return found + len(mark) if found >= 0 else len(source)


def _end_of(source: str, tag: str, position: int) -> int:
    found = re.compile(f"</{tag}", re.IGNORECASE).search(source, position)
    return found.start() if found else len(source)


class _Reader:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._hidden: list[str] = []  # elements within one that is not seen
        self._quotes = 0
        self._is_pre = False

    def take(self, token: _Token) -> None:
        if self._hidden:
            self._take_hidden(token)
        elif not token.tag:
            self._words(token.text)
        elif token.is_end:
            self._end(token.tag)
        elif token.is_hidden and token.tag not in VOID:
            self._hidden.append(token.tag)
        else:
            self._start(token.tag)

    def text(self) -> str:
        self._end_line(is_block=True)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def _take_hidden(self, token: _Token) -> None:
        if token.is_end and token.tag in self._hidden:
            while self._hidden.pop() != token.tag:
                pass
        elif token.tag and not token.is_end and token.tag not in VOID and len(self._hidden) < HIDDEN_DEPTH:
            self._hidden.append(token.tag)

    def _start(self, tag: str) -> None:
        if tag == "br":
            self._end_line()
        elif tag in BLOCKS:
            self._block(tag)
            self._quotes += tag == "blockquote"
            if tag == "li":
                self._line.append("- ")
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")
        self._is_pre = self._is_pre or tag == "pre"

    def _end(self, tag: str) -> None:
        if tag in BLOCKS:
            self._block(tag)
            if tag == "blockquote":
                self._quotes = max(0, self._quotes - 1)
            self._is_pre = self._is_pre and tag != "pre"

    def _words(self, text: str) -> None:
        if not self._is_pre:
            self._line.append(_BLANKS.sub(" ", text))
            return
        first, *others = text.split("\n")
        self._line.append(first)
        for one in others:
            self._end_line()
            self._line.append(one)

    def _block(self, tag: str) -> None:
        self._end_line(is_block=True)
        if tag in PARAGRAPHS and self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._mark().rstrip())

    def _end_line(self, *, is_block: bool = False) -> None:
        line = "".join(self._line)
        line = line.rstrip() if self._is_pre else " ".join(line.split())
        self._line = []
        if line or not is_block:
            self._lines.append((self._mark() + line).rstrip())

    def _mark(self) -> str:
        return ">" * min(self._quotes, QUOTE_DEPTH) + " " if self._quotes else ""
