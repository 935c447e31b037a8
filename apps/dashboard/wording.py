"""How dashboards put sums and days into words. Pure."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.dashboard.chance import Mean, tone_of, z_of
from apps.dashboard.charts import show
from apps.priorities.disclosure import LEAST_VOICES
from apps.priorities.first_look import Waits
from apps.priorities.spans import Span
from apps.priorities.volume import Sums


def share_of(sums: Sums) -> float | None:
    """Return the unhappy share; None where fewer than three spoke."""
    return sums.unhappy_share if sums.feedback_count >= LEAST_VOICES else None


def short_day(day: date) -> str:
    return date_format(day, _("j M"))


def step_label(step: Span) -> str:
    """Return the name of one step of a chart: a day, or the first and last day of more."""
    if step.since == step.until:
        return short_day(step.since)
    return _("%(since)s to %(until)s") % {"since": short_day(step.since), "until": short_day(step.until)}


def step_head(length: int) -> str:
    """Return what the rows of a chart over time are; ``length`` is one of ``STEP_DAYS``."""
    return {1: _("Days"), 7: _("Weeks"), 28: _("Four weeks")}[length]


def step_definition(length: int) -> str:
    """Return the sentence that says what one step of a chart over time is."""
    return {
        1: _("Each step is a day."),
        7: _("Each step is a week, counted back from the last day."),
        28: _("Each step is four weeks, counted back from the last day."),
    }[length]


def unhappy_definition() -> str:
    return _("Unhappy: rated 1 or 2, or without a rating and read as negative.")


def mean_sentiment(sums: Sums) -> float | None:
    """Return the mean of what was read; None where fewer than three spoke."""
    milli = sums.sentiment_milli if sums.feedback_count >= LEAST_VOICES else None
    return None if milli is None else milli / 1000


def mean_rating(sums: Sums) -> float | None:
    """Return the mean of the ratings; None where fewer than three were given."""
    return sums.rating_mean if sums.rated_count >= LEAST_VOICES else None


def wait_label(bucket: int) -> str:
    """Return the name of one bucket of ``first_look.LIMIT_HOURS``."""
    return [
        _("within an hour"),
        _("1 to 4 hours"),
        _("4 to 24 hours"),
        _("1 to 3 days"),
        _("3 to 7 days"),
        _("over a week"),
    ][bucket]


def looked_at(waits: Waits) -> str:
    """Return how many of those received somebody has looked at; "" before anything was counted."""
    if not waits.received_count:
        return ""
    return _("%(seen)s of %(count)s looked at") % {
        "seen": show(waits.received_count - waits.not_yet_count, "count"),
        "count": show(waits.received_count, "count"),
    }


def unhappy_tone(now: Sums, before: Sums | None) -> str:
    """Return "good" or "bad" where the unhappy share moved by more than chance, else ""."""
    now_share, old_share = share_of(now), share_of(before) if before else None
    if before is None or now_share is None or old_share is None:
        return ""
    z = z_of(Mean(now_share, now.feedback_count), Mean(old_share, before.feedback_count), low=0.0, high=1.0)
    return tone_of(z, is_more_good=False)


def age_label(bucket: int) -> str:
    """Return the name of one bucket of ``volume.AGE_LIMITS``."""
    return [
        _("today"),
        _("1 to 2 days"),
        _("3 to 6 days"),
        _("1 to 4 weeks"),
        _("4 to 13 weeks"),
        _("older"),
    ][bucket]


def wait_definition() -> str:
    return _(
        "From being received to the first thing a person left on it: a statement about its tags, or a note. "
        "The middle one of all that was received, those nobody has looked at included. Counted once a day, up to "
        "yesterday; rules and models do not count."
    )
