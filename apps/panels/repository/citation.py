"""A finding as a text that may be quoted elsewhere: what it says, whose it is, day, lasting address; no customer."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.panels.models import Finding

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")  # BibTeX's own names
_BIBTEX = str.maketrans({sign: f"\\{sign}" for sign in "&%$#_"} | {"{": "(", "}": ")", "\\": "/", "~": "-", "^": ""})


@dataclass(frozen=True, kw_only=True)
class Citation:
    plain: str
    bibtex: str
    url: str


def cite(finding: Finding, *, evidence_count: int) -> Citation:
    """Return ``finding``, which comes with team and author, as citations. No query."""
    day, url = localtime(finding.created_at), permalink(finding)
    who = str(finding.author or finding.team)
    words = {
        "who": who,
        "title": finding.title,
        "team": finding.team.name,
        "day": date_format(day, "DATE_FORMAT"),
        "number": f"F-{finding.pk}",
        "count": evidence_count,
        "url": url,
    }
    plain = _("%(who)s: %(title)s. %(team)s, %(day)s. Finding %(number)s, on %(count)d pieces of evidence, %(url)s")
    note = _("Research finding %(number)s, %(team)s") % words
    fields = {
        "title": f"{{{finding.title.translate(_BIBTEX)}}}",
        "author": f"{{{who.translate(_BIBTEX)}}}",
        "year": str(day.year),
        "month": MONTHS[day.month - 1],
        "note": f"{{{note.translate(_BIBTEX)}}}",
        "url": f"{{{url}}}",
    }
    lines = "".join(f"  {name} = {value},\n" for name, value in fields.items())
    return Citation(plain=plain % words, bibtex=f"@misc{{finding{finding.pk},\n{lines}}}", url=url)


def permalink(finding: Finding) -> str:
    return f"{settings.PUBLIC_URL}{reverse('repository:finding', args=[finding.pk])}"
