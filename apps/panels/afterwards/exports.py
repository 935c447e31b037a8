"""A session's summary as a file: Markdown to pass on, CSV of its notes. Nothing hidden is in either."""

import re
from collections.abc import Iterable, Iterator

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.core.spreadsheet import csv_line
from apps.panels.afterwards.selectors import Said, Summary

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")
COLUMNS = ("at", "speaker", "words", "quote", "need", "tags", "task", "problem", "noted_by", "feedback")


def as_markdown(summary: Summary) -> Iterator[str]:
    """Yield the summary in lines of Markdown; what people wrote cannot become markup."""
    session = summary.session
    yield f"# {_plain(session.title)}\n\n"
    when = date_format(localtime(session.starts_at), "DATETIME_FORMAT") if session.starts_at else ""
    yield f"{_plain(str(session.get_kind_display()))} · {_plain(session.team.name)}{f' · {when}' if when else ''}\n"
    if session.summary:
        yield "\n" + "\n".join(_plain(line) for line in session.summary.splitlines()) + "\n"
    yield from _part(_("Themes"), (f"{_plain(one.tag.name)} ({one.note_count})" for one in summary.themes))
    yield from _part(_("Quotes"), (_quoted(one) for one in summary.quotes))
    yield from _part(_("Needs"), (_plain(one.text) for one in summary.needs))
    about = (f"{_plain(one.about)}: {_plain(one.text)}" if one.about else _plain(one.text) for one in summary.decisions)
    yield from _part(_("Decisions"), about)
    yield from _part(_("Actions"), (_action(one) for one in summary.actions))
    yield from _part(_("Attended"), (_plain(str(one.customer)) for one in summary.attended))


def as_csv(said: Iterable[Said]) -> Iterator[str]:
    """Yield the notes as lines of CSV, the columns' names first."""
    yield "\ufeff" + csv_line(COLUMNS)
    for one in said:
        note = one.note
        tags = ", ".join(tag.slug for tag in note.tags.all())
        marks = ("yes" if note.is_quote else "", "yes" if note.is_need else "")
        about = (note.task.title if note.task else "", note.problem.title if note.problem else "")
        yield csv_line(
            (note.at.isoformat(), one.who, one.text, *marks, tags, *about, str(note.author), note.feedback_id)
        )


def _part(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"\n## {title}\n\n"
        yield from (f"- {line}\n" for line in found)


def _quoted(said: Said) -> str:
    words = _("“%(words)s”") % {"words": _plain(said.text)}
    return f"{words} — {_plain(said.who)}" if said.who else words


def _action(action: object) -> str:
    owner, due = getattr(action, "owner", None), getattr(action, "due_on", None)
    more = [str(owner) if owner else "", date_format(due, "DATE_FORMAT") if due else ""]
    told = ", ".join(_plain(one) for one in more if one)
    title = _plain(str(action))
    return f"{title} ({told})" if told else title


def _plain(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
