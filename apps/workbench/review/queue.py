"""What waits for review, what is alike together, and what to bring back when a decision is undone."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.feedback.abuse.ladder import SEPARATOR, in_words
from apps.feedback.abuse.prints import fingerprints, skeleton
from apps.feedback.models import Feedback, FeedbackState
from apps.workbench.selectors import readable_feedback

READ = 300  # of the oldest, at once; what follows comes up as these are done
SHOWN_GROUPS = 25


@dataclass
class Group:
    """Held feedback that begins or ends with the same words; the first came first."""

    first: Feedback
    others: list[Feedback] = field(default_factory=list)

    @property
    def all(self) -> list[Feedback]:
        return [self.first, *self.others]

    @property
    def ids(self) -> list[int]:
        return [one.pk for one in self.all]

    @property
    def reasons(self) -> list[str]:
        """Why, in words, each once."""
        kept = dict.fromkeys(part for one in self.all for part in one.held_reason.split(SEPARATOR))
        return in_words(SEPARATOR.join(kept))


def held_for(reviewer: User) -> QuerySet[Feedback]:
    """Return what is held and ``reviewer`` may let go, oldest first (index ``feedback_held``)."""
    return readable_feedback(reviewer).filter(state=FeedbackState.HELD).order_by("id")


def groups(reviewer: User) -> list[Group]:
    """Return the oldest that is held: what came alike together and first, most of it before less. One query."""
    rows = held_for(reviewer).select_related("product", "form", "customer__organisation")[:READ]
    return sorted(together(rows), key=lambda group: -len(group.ids))[:SHOWN_GROUPS]


def together(rows: Iterable[Feedback]) -> list[Group]:
    """Return the rows in groups, in the order of their first."""
    found: list[Group] = []
    by_mark: dict[str, Group] = {}
    for row in rows:
        marks = _marks(row.text)
        group = next((by_mark[mark] for mark in marks if mark in by_mark), None)
        if group is None:
            group = Group(row)
            found.append(group)
        else:
            group.others.append(row)
        by_mark.update(dict.fromkeys(marks, group))
    return found


def _marks(text: str) -> list[str]:
    """Return what makes texts alike; short ones only when all their words are the same, none of those without any."""
    words = " ".join(skeleton(text))
    return fingerprints(text) or ([f"words {words}"] if words else [])
