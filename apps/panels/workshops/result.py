"""What came of a workshop, to take along: rows of CSV, JSON, or a page of Markdown."""

import re
from collections.abc import Iterator

from apps.core.spreadsheet import csv_line
from apps.panels.models import Workshop
from apps.panels.workshops.selectors import Board, Column

HEAD = ("group", "idea", "dots_of_group", "dots_of_idea", "decision", "written_at")
# What Markdown, or HTML in it, would read as anything but words. Other signs matter at a line's start alone, and no
# words of people stand there.
MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#|!~&$])")


def _columns(board: Board) -> list[Column]:
    return [*board.columns, board.loose]


def csv_lines(board: Board) -> Iterator[str]:
    """Yield the head, then a line for each idea, and for each group without one; nothing becomes a formula."""
    yield csv_line(HEAD)
    for column in _columns(board):
        title, decision = (column.group.title, column.group.decision) if column.group else ("", "")
        of_group = column.dots if column.group else ""
        for idea in column.ideas:
            of_idea = "" if column.group else idea.dots
            yield csv_line([title, idea.text, of_group, of_idea, decision, idea.created_at.isoformat()])
        if column.group and not column.ideas:
            yield csv_line([title, "", of_group, "", decision, ""])


def as_json(workshop: Workshop, board: Board) -> dict[str, object]:
    return {
        "question": workshop.question,
        "phase": workshop.phase,
        "groups": [
            {
                "title": column.group.title,
                "dots": column.dots,
                "decision": column.group.decision,
                "ideas": [{"id": idea.pk, "text": idea.text} for idea in column.ideas],
            }
            for column in board.columns
            if column.group
        ],
        "ideas_in_no_group": [{"id": idea.pk, "text": idea.text, "dots": idea.dots} for idea in board.loose.ideas],
    }


def markdown_lines(workshop: Workshop, board: Board, *, words: dict[str, str]) -> Iterator[str]:
    """Yield a page's lines. ``words``: "dots", "decision" and "loose" in the reader's language."""
    yield f"# {plain(workshop.question)}\n\n"
    for column in _columns(board):
        if column.group:
            yield f"## {plain(column.group.title)} ({column.dots} {words['dots']})\n\n"
            if column.group.decision:
                yield f"**{words['decision']}:** {plain(column.group.decision)}\n\n"
        elif column.ideas:
            yield f"## {words['loose']}\n\n"
        for idea in column.ideas:
            told = f" ({idea.dots} {words['dots']})" if idea.dots else ""
            yield f"* {plain(idea.text)}{told}\n"
        yield "\n" if column.ideas else ""


def plain(text: str) -> str:
    """Return ``text`` on one line, as Markdown that shows just these words."""
    return MARKDOWN_SIGNS.sub(r"\\\1", " ".join(text.split()))
