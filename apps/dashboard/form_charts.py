"""What a form's questions were answered, as charts: one per question, with its measure and its n. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from math import ceil, floor

from django.utils.formats import date_format, number_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.dashboard.charts import Chart, Column, Row, Series, show, sign
from apps.dashboard.day_bars import day_bars, middle_day
from apps.feedback.attachment_models import AttachmentKind
from apps.feedback.questionnaire.schema import Kind, Question, say
from apps.feedback.results.figures import Tally, choice_label
from apps.feedback.results.funnel import Stop
from apps.feedback.results.statistics import Measure

BINS = 10
LABEL_CHARACTERS = 36  # of a question beside its bar
DASH = "\u2013"
MOST_SERIES = 6  # colours of a chart: a matrix with more columns is its table alone

Leads = Callable[[str, str], str]  # a question's key and a value: the address of who answered so


def question_chart(tally: Tally, language: str, leads: Leads) -> Chart | None:
    """Return the chart of one question's answers; None for kinds that are words, and where too few answered.

    None too where answers were counted and nothing is known of what they were: a bar of 0 would be untrue.
    """
    if tally.is_hidden or not tally.people or not tally.cells:
        return None
    kind = tally.question.kind
    if tally.question.scale:
        return _scale_chart(tally, language, leads)
    if kind in (Kind.SINGLE_CHOICE, Kind.MULTIPLE_CHOICE, Kind.CONSENT):
        return _choice_chart(tally, language, leads)
    makers: Mapping[Kind, Callable[[Tally, str], Chart | None]] = {
        Kind.MATRIX: _matrix_chart,
        Kind.RANKING: _ranking_chart,
        Kind.NUMBER: _number_chart,
        Kind.DATE: _date_chart,
        Kind.FILE: _file_chart,
    }
    return makers[kind](tally, language) if kind in makers else None


def _scale_chart(tally: Tally, language: str, leads: Leads) -> Chart:
    question, counts = tally.question, tally.by_number
    rows = [
        Row(
            str(number),
            leads(question.key, str(number)),
            [count, count / tally.people],
            is_marked=question.kind == Kind.NPS and number <= 6,
            is_good=question.kind == Kind.NPS and number >= 9,
        )
        for number, count in counts.items()
    ]
    return _chart(tally, language, rows, list(counts.values()), is_sideways=False)


def _choice_chart(tally: Tally, language: str, leads: Leads) -> Chart:
    question = tally.question
    labels = {choice.key: say(choice.label, language) for choice in question.choices}
    rows = [
        Row(
            choice_label(question, key, labels, _("Other")) if question.kind != Kind.CONSENT else _("Given"),
            leads(question.key, key),
            [count, count / tally.people],
        )
        for key, count in tally.by_choice.items()
    ]
    return _chart(tally, language, rows, list(tally.by_choice.values()), is_sideways=True)


def _chart(tally: Tally, language: str, rows: Sequence[Row], counts: Sequence[int], *, is_sideways: bool) -> Chart:
    return Chart(
        key=chart_key(tally.question),
        title=say(tally.question.label, language),
        definition=definition(tally, language),
        n=tally.people,
        summary=summary(tally, rows, counts),
        head=_("Answer"),
        columns=[Column(_("People")), Column(_("Share"), "share")],
        rows=rows,
        series=[Series(_("People"), counts, "chart-1")],
        is_sideways=is_sideways,
    )


def _matrix_chart(tally: Tally, language: str) -> Chart:
    question = tally.question
    labels = {choice.key: say(choice.label, language) for choice in question.choices}
    columns = list(question.choice_keys)
    rows = [
        Row(say(row.label, language), "", [tally.by_row[row.key].get(key, 0) for key in columns])
        for row in question.rows
    ]
    series = [
        Series(labels.get(key, key), [row.values[place] for row in rows], f"chart-{place + 1}")  # type: ignore[misc]
        for place, key in enumerate(columns)
    ]
    return Chart(
        key=chart_key(question),
        title=say(question.label, language),
        definition=_("How many chose what, row by row."),
        n=tally.people,
        summary=people_words(tally.people),
        head=_("Row"),
        columns=[Column(labels.get(key, key)) for key in columns],
        rows=rows,
        series=series[:MOST_SERIES],
        is_stacked=True,
        is_sideways=True,
        is_wide=True,
    )


def _ranking_chart(tally: Tally, language: str) -> Chart:
    labels = {choice.key: say(choice.label, language) for choice in tally.question.choices}
    rows = [Row(labels.get(key, key), "", [place]) for key, place in tally.mean_places]
    first = rows[0].label if rows else ""
    return Chart(
        key=chart_key(tally.question),
        title=say(tally.question.label, language),
        definition=_("The mean of the places given: 1 is first, so shorter is better."),
        n=tally.people,
        summary=_("First on average: %(name)s.") % {"name": first},
        head=_("Answer"),
        columns=[Column(_("Mean place"), "rating")],
        rows=rows,
        series=[Series(_("Mean place"), [row.values[0] for row in rows], "chart-1")],  # type: ignore[misc]
        unit="rating",
        is_sideways=True,
    )


def _number_chart(tally: Tally, language: str) -> Chart | None:
    values = [(float(cell.number), cell.times) for cell in tally.cells if cell.number is not None]
    if not values:
        return None
    rows = [Row(label, "", [count]) for label, count in bins(values)]
    unit = f" {tally.question.unit}" if tally.question.unit else ""
    return Chart(
        key=chart_key(tally.question),
        title=say(tally.question.label, language),
        definition=definition(tally, language),
        n=tally.people,
        summary=measure_words(tally.question, tally.measure) or people_words(tally.people),
        head=_("From, to below") + unit,
        columns=[Column(_("People"))],
        rows=rows,
        series=[Series(_("People"), [row.values[0] for row in rows], "chart-1")],  # type: ignore[misc]
    )


def bins(values: Sequence[tuple[float, int]]) -> list[tuple[str, int]]:
    """Return numbers with how often each was given as at most ``BINS`` bars of one width, a round one."""
    low, high = min(value for value, _n in values), max(value for value, _n in values)
    width = _round_width((high - low) / BINS)
    start = floor(low / width) * width
    count = max(1, ceil((high - start) / width + 1e-9))
    heights = [0] * (count if start + count * width > high else count + 1)
    for value, times in values:
        heights[min(len(heights) - 1, int((value - start) / width + 1e-9))] += times
    digits = 0 if width >= 1 else 2
    return [
        (
            f"{number_format(start + place * width, digits)}{DASH}{number_format(start + (place + 1) * width, digits)}",
            height,
        )
        for place, height in enumerate(heights)
    ]


def _round_width(width: float) -> float:
    """Return the next of 1, 2, 5 times a power of ten that is not below ``width``."""
    if width <= 0:
        return 1.0
    power = 1e-6
    while power * 10 <= width:
        power *= 10
    return next(power * step for step in (1, 2, 5, 10, 20) if power * step >= width * (1 - 1e-9))


def _date_chart(tally: Tally, language: str) -> Chart | None:
    if not tally.by_day:
        return None
    made = day_bars(tally.by_day)
    rows = [Row(label, "", [count]) for label, count in made.bars]
    return Chart(
        key=chart_key(tally.question),
        title=say(tally.question.label, language),
        definition=made.definition,
        n=tally.people,
        summary=_days_words(tally.by_day),
        head=made.head,
        columns=[Column(_("People"))],
        rows=rows,
        series=[Series(_("People"), [count for _label, count in made.bars], "chart-1")],
    )


def _days_words(counts: Mapping[date, int]) -> str:
    first, last = (date_format(one, "SHORT_DATE_FORMAT") for one in (min(counts), max(counts)))
    if first == last:
        return _("All of them: %(day)s.") % {"day": first}
    middle = date_format(middle_day(counts), "SHORT_DATE_FORMAT")
    return _("%(first)s to %(last)s, the middle one %(middle)s.") % {"first": first, "last": last, "middle": middle}


def _file_chart(tally: Tally, language: str) -> Chart:
    counts = dict.fromkeys(AttachmentKind, 0) | {AttachmentKind(one.choice): one.times for one in tally.cells}
    total = sum(counts.values())
    rows = [Row(str(kind.label), "", [count, count / total]) for kind, count in counts.items()]
    return Chart(
        key=chart_key(tally.question),
        title=say(tally.question.label, language),
        definition=_("How many files of each kind: a person may send several."),
        n=tally.people,
        summary=_files_words(tally.people, total),
        head=_("Kind"),
        columns=[Column(_("Files")), Column(_("Share"), "share")],
        rows=rows,
        series=[Series(_("Files"), list(counts.values()), "chart-1")],
        is_sideways=True,
    )


def _files_words(people: int, files: int) -> str:
    return ngettext("%(people)s person sent %(files)s in all.", "%(people)s people sent %(files)s in all.", people) % {
        "people": show(people, "count"),
        "files": ngettext("%(count)s file", "%(count)s files", files) % {"count": show(files, "count")},
    }


def drop_off_chart(stops: Sequence[Stop], language: str) -> Chart:
    """Return how many came as far as each question, how many left at it, and how long they took."""
    names = [Truncator(say(one.question.label, language)).chars(LABEL_CHARACTERS) for one in stops]
    rows = [Row(name, "", [one.reached, one.left, one.median_seconds]) for name, one in zip(names, stops, strict=True)]
    started = stops[0].reached if stops else 0
    worst = max(stops, key=lambda one: one.left, default=None)
    if not started:
        words = _("Nobody has begun yet.")
    elif worst is None or not worst.left:
        words = _("Nobody who began left without sending.")
    else:
        words = _("Most left at “%(question)s”: %(count)s of %(started)s.") % {
            "question": say(worst.question.label, language),
            "count": show(worst.left, "count"),
            "started": show(started, "count"),
        }
    return Chart(
        key="drop-off",
        title=_("Where people leave"),
        definition=_(
            "Of those who answered something: how many came as far as each question, how many left there without"
            " sending, and the median seconds spent on it, as far as their browsers told."
        ),
        n=started,
        summary=words,
        head=_("Question"),
        columns=[Column(_("Came so far")), Column(_("Left here")), Column(_("Median seconds"))],
        rows=rows,
        series=[
            Series(_("Left here"), [one.left for one in stops], "chart-bad"),
            Series(_("Went on"), [one.reached - one.left for one in stops], "chart-soft"),
        ],
        is_stacked=True,
        is_sideways=True,
        is_wide=True,
    )


def chart_key(question: Question) -> str:
    return f"q-{question.key}"


def people_words(count: int) -> str:
    return ngettext("%(count)s person answered.", "%(count)s people answered.", count) % {"count": show(count, "count")}


def summary(tally: Tally, rows: Sequence[Row], counts: Sequence[int]) -> str:
    """Return the measure in words, else what was answered most."""
    measured = measure_words(tally.question, tally.measure)
    if measured:
        return measured
    most = max(counts, default=0)
    top = [row.label for row, count in zip(rows, counts, strict=True) if count == most]
    if not most or len(top) > 1:
        return people_words(tally.people)
    return _("Most often: %(answer)s, %(share)s of %(count)s.") % {
        "answer": top[0],
        "share": show(most / tally.people, "share"),
        "count": show(tally.people, "count"),
    }


def definition(tally: Tally, language: str) -> str:
    """Return what the ends of a scale and the measure of the question are, "" for none."""
    question = tally.question
    ends = [
        f"{number}: {say(label, language)}."
        for number, label in zip(_ends(question), (question.low_label, question.high_label), strict=False)
        if label
    ]
    return " ".join([*ends, _measure_definition(question)]).strip()


def _ends(question: Question) -> tuple[int, ...]:
    return (question.scale[0], question.scale[-1]) if question.scale else ()


def _measure_definition(question: Question) -> str:
    kinds: Mapping[Kind, str] = {
        Kind.NPS: _("Promoters (9 and 10) less detractors (0 to 6), in points. In brackets: the 95 percent interval."),
        Kind.CSAT: _("The share that chose 4 or 5. In brackets: the 95 percent interval."),
        Kind.CES: _("The share that chose 5, 6 or 7. In brackets: the 95 percent interval."),
        Kind.STARS: _("The mean of the answers. In brackets: the 95 percent interval."),
        Kind.SMILEYS: _("The mean of the answers. In brackets: the 95 percent interval."),
        Kind.NUMBER: _("The mean of the answers. In brackets: the 95 percent interval."),
        Kind.MULTIPLE_CHOICE: _("A person may choose several: shares are of people and add up to more than all."),
    }
    return kinds.get(question.kind, "")


def measure_words(question: Question, measure: Measure | None) -> str:
    """Return a measure with its interval and its n, "" for none: "NPS +12 (+3 to +27), n = 48"."""
    if measure is None:
        return ""
    said = _("%(name)s %(value)s") % {"name": _measure_name(question), "value": _spell(question, measure.value)}
    if measure.low is not None and measure.high is not None:
        ends = {"low": _spell(question, measure.low), "high": _spell(question, measure.high)}
        said = f"{said} ({_('%(low)s to %(high)s') % ends})"
    return _("%(measure)s, n = %(count)s") % {"measure": said, "count": show(measure.n, "count")}


def _measure_name(question: Question) -> str:
    names = {Kind.NPS: _("NPS"), Kind.CSAT: _("CSAT"), Kind.CES: _("CES"), Kind.MATRIX: _("SUS")}
    return names.get(question.kind, _("Mean"))


def _spell(question: Question, value: float) -> str:
    if question.kind == Kind.NPS:
        return f"{sign(round(value))}{number_format(abs(round(value)), 0)}"
    if question.kind in (Kind.CSAT, Kind.CES):
        return show(value, "share")
    unit = f" {question.unit}" if question.unit else ""
    return f"{number_format(round(value, 1), 1)}{unit}"
