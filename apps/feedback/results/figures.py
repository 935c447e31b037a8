"""What a form's questions were answered: counts of every answer, by question identity over all its versions."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from apps.feedback.models import Form
from apps.feedback.questionnaire.schema import OTHER, Kind, Question
from apps.feedback.results import statistics
from apps.feedback.results.asked import asked_in
from apps.feedback.results.counting import Counts, add_counts, count_months, marks_of
from apps.feedback.results.kept import total_of
from apps.feedback.results.selection import Selection, counted
from apps.feedback.results.statistics import Measure

LEAST = 3  # of fewer answers nothing but their number is shown


class Cell(NamedTuple):
    """How often one value was given: a choice (of files: a kind), a number, a day; of a row, or at a place."""

    row: str = ""
    choice: str = ""
    number: Decimal | None = None
    day: date | None = None
    position: int = 0
    times: int = 0


@dataclass(frozen=True)
class Tally:
    """All answers to one question. ``people``: how many answered it; ``is_old``: no longer asked."""

    question: Question
    people: int
    cells: list[Cell] = field(default_factory=list)
    versions: tuple[int, ...] = ()  # that ask it
    is_old: bool = False

    @property
    def is_hidden(self) -> bool:
        """Tell whether too few answered for anything to be shown but their number."""
        return 0 < self.people < LEAST

    @property
    def by_number(self) -> dict[int, int]:
        """Answers of a scale by number, every number of it there."""
        scale = self.question.scale or range(0)
        counts = dict.fromkeys(scale, 0)
        for cell in self.cells:
            if cell.number is not None and int(cell.number) in counts:
                counts[int(cell.number)] += cell.times
        return counts

    @property
    def by_choice(self) -> dict[str, int]:
        """Answers by choice, every choice of the question there, those taken out since at the end."""
        counts = dict.fromkeys(self.question.choice_keys, 0)
        for cell in self.cells:
            if cell.choice:
                counts[cell.choice] = counts.get(cell.choice, 0) + cell.times
        return counts

    @property
    def by_row(self) -> dict[str, dict[str, int]]:
        """Answers of a matrix by row and choice."""
        counts = {row.key: dict.fromkeys(self.question.choice_keys, 0) for row in self.question.rows}
        for cell in self.cells:
            if cell.row in counts:
                counts[cell.row][cell.choice] = counts[cell.row].get(cell.choice, 0) + cell.times
        return counts

    @property
    def by_day(self) -> dict[date, int]:
        """Answers of a date, only the days that were given."""
        counts: dict[date, int] = defaultdict(int)
        for cell in self.cells:
            if cell.day is not None:
                counts[cell.day] += cell.times
        return dict(counts)

    @property
    def mean_places(self) -> list[tuple[str, float]]:
        """The choices of a ranking with their mean place, the best first."""
        sums: dict[str, list[int]] = {key: [0, 0] for key in self.question.choice_keys}
        for cell in self.cells:
            if cell.choice in sums and cell.position:
                sums[cell.choice][0] += cell.position * cell.times
                sums[cell.choice][1] += cell.times
        return sorted(((key, total / n) for key, (total, n) in sums.items() if n), key=lambda one: one[1])

    @property
    def measure(self) -> Measure | None:
        """The question's own measure: NPS in points, CSAT and CES as the share that agrees, else a mean; or None."""
        kind = self.question.kind
        if kind == Kind.NPS:
            return statistics.nps(self.by_number)
        if kind == Kind.CSAT:
            return statistics.top_share(self.by_number, at_least=4)
        if kind == Kind.CES:
            return statistics.top_share(self.by_number, at_least=5)
        if kind in (Kind.STARS, Kind.SMILEYS):
            return statistics.mean(self.by_number)  # type: ignore[arg-type]
        if kind == Kind.NUMBER:
            return statistics.mean(self._numbers())
        return None

    def _numbers(self) -> dict[float, int]:
        counts: dict[float, int] = defaultdict(int)
        for cell in self.cells:
            if cell.number is not None:
                counts[float(cell.number)] += cell.times
        return counts


@dataclass(frozen=True)
class Figures:
    """All answers that are chosen. ``scores``: the System Usability Scale, by the question that is one."""

    responses: int
    tallies: list[Tally]
    scores: dict[str, Measure]


def figures_of(form: Form, wanted: Selection) -> Figures:
    """Return the tally of every question of ``form`` over what is ``wanted``, and how many responded.

    Four queries where nothing changed since somebody last asked for the same; else the months that changed are counted.
    """
    asked = asked_in(form)
    questions = [one.question for one in asked]
    versions = max((one.versions[-1] for one in asked), default=0)  # a new one may ask otherwise
    chosen = counted(form, wanted)
    total = total_of(
        f"answers of {form.pk}, {versions}: {wanted.query}",
        read_marks=partial(marks_of, counted(form, replace(wanted, answer=None))),  # who answered what never changes
        count=lambda months: count_months(form.pk, chosen, questions, months),
        add=add_counts,
    )
    tallies = [
        Tally(one.question, total.people[one.question.key], _cells(total, one.question), one.versions, one.is_old)
        for one in asked
    ]
    scores = {key: statistics.mean(counts) for key, counts in total.scores.items()}
    return Figures(total.responses, tallies, {key: one for key, one in scores.items() if one})


def _cells(total: Counts, question: Question) -> list[Cell]:
    return [Cell(*value, times) for value, times in total.values.get(question.key, {}).items()]


def choice_label(question: Question, key: str, labels: Mapping[str, str], other: str) -> str:
    """Return the words of a choice; of one taken out since, its key."""
    return other if key == OTHER and question.has_other else labels.get(key, key)
