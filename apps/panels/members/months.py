"""Terms in months. Pure."""

from calendar import monthrange
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later; the last one of a month that is too short."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return day.replace(year=year, month=month, day=min(day.day, monthrange(year, month)[1]))


def last_day_of_term(starts_on: date, months: int) -> date:
    """Return the last day of a term that starts then: the day before the same day ``months`` later."""
    return add_months(starts_on, months) - timedelta(days=1)
