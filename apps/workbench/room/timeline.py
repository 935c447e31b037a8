"""What happened to one piece of feedback, in words and in order."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.catalog.models import Visibility
from apps.core.models import Change
from apps.dialogue.confirmations import PURPOSE  # the one kind of mail whose ``about_id`` is a feedback's
from apps.dialogue.models import Mail, MailState
from apps.feedback.models import Feedback, FeedbackState
from apps.insight.models import Reading
from apps.tagging.models import Source, Tagging, TaggingState

SAME_MOMENT = timedelta(seconds=2)  # said and received: one event


@dataclass(frozen=True)
class Event:
    at: datetime
    icon_name: str
    sentence: str


def timeline(feedback: Feedback) -> list[Event]:
    """Return what happened to ``feedback`` (with its form and import), oldest first. Three to four queries.

    Nobody's address is in it: who may read a piece of feedback may read this.
    """
    events = [
        *_arrival(feedback),
        *_readings(feedback),
        *_taggings(feedback.pk),
        *_mails(feedback.pk),
        *_changes(feedback.pk),
    ]
    if feedback.redacted_at:
        events.append(Event(feedback.redacted_at, "eye-off", _("The words were erased.")))
    return sorted(events, key=lambda event: event.at)


def _arrival(feedback: Feedback) -> list[Event]:
    by = {"channel": feedback.get_channel_display()}
    if feedback.source_import:
        by["source"] = feedback.source_import.file_name
        received = _("Imported from %(source)s.") % by
    elif feedback.form:
        by["source"] = feedback.form.title
        received = _("Received through the form “%(source)s”.") % by
    else:
        received = _("Received. Channel: %(channel)s.") % by
    events = [Event(feedback.received_at, "inbox", received)]
    if abs(feedback.received_at - feedback.captured_at) > SAME_MOMENT:
        events.append(Event(feedback.captured_at, "message-square-text", _("The customer said it.")))
    return events


def _readings(feedback: Feedback) -> list[Event]:
    reading: Reading | None = getattr(feedback, "reading", None)
    if reading is None:
        return []
    mood = reading.get_sentiment_display().lower()
    return [Event(reading.read_at, "circle-dot", _("Read by machine: sounds %(mood)s.") % {"mood": mood})]


def _taggings(feedback_id: int) -> list[Event]:
    rows = Tagging.objects.filter(feedback_id=feedback_id).select_related("tag", "user")
    return [Event(row.updated_at, "x" if row.state == TaggingState.REJECTED else "tag", _tagging(row)) for row in rows]


def _tagging(row: Tagging) -> str:
    words = {"tag": row.tag.name, "who": str(row.user) if row.user_id else ""}
    if row.user_id:
        if row.state == TaggingState.REJECTED:
            some, whole = (
                _("%(who)s said that “%(tag)s” does not fit some words."),
                _("%(who)s said that “%(tag)s” does not fit."),
            )
            return (some if row.has_span else whole) % words
        if row.is_against:
            return _("%(who)s tagged it “%(tag)s”, as speaking against.") % words
        return (
            _("%(who)s tagged some words “%(tag)s”.") if row.has_span else _("%(who)s tagged it “%(tag)s”.")
        ) % words
    if row.state == TaggingState.REJECTED:
        return _("“%(tag)s”, put on by a machine, was taken off.") % words
    if row.state == TaggingState.SUGGESTED:
        return _("“%(tag)s” was suggested by a machine.") % words
    if row.source == Source.IMPORT:
        return _("The file it was imported from tagged it “%(tag)s”.") % words
    if row.source == Source.RULE:
        return _("A keyword rule tagged it “%(tag)s”.") % words
    return _("The learned model tagged it “%(tag)s”.") % words


def _mails(feedback_id: int) -> list[Event]:
    rows = Mail.objects.filter(purpose=PURPOSE, about_id=feedback_id).only("created_at", "state")
    return [Event(row.created_at, "mail", _mail(row)) for row in rows]


def _mail(row: Mail) -> str:
    if row.state == MailState.SENT:
        return _("The customer was asked by mail whether it is theirs.")
    if row.state == MailState.FAILED:
        return _("A mail that asks the customer whether it is theirs could not be delivered.")
    return _("A mail that asks the customer whether it is theirs was written.")


def _changes(feedback_id: int) -> list[Event]:
    """Return the changes of state and visibility, from the history that triggers keep."""
    rows = list(Change.objects.filter(kind="feedback.Feedback", object_id=feedback_id).order_by("at", "id"))
    people = User.objects.in_bulk({row.person_id for row in rows if row.person_id}) if rows else {}
    events = []
    for row in rows:
        person = people.get(row.person_id) if row.person_id else None
        after = row.after or {}
        if after.get("state") in FeedbackState.values:
            label = FeedbackState(after["state"]).label
            events.append(Event(row.at, "circle-dot", _moved(str(label), person)))
        if after.get("visibility") in Visibility.values:
            label = Visibility(after["visibility"]).label
            events.append(Event(row.at, "eye", _opened(str(label), person)))
    return events


def _moved(state: str, person: User | None) -> str:
    words = {"who": str(person), "state": state}
    return (_("%(who)s set the state: %(state)s.") if person else _("The state was set: %(state)s.")) % words


def _opened(circle: str, person: User | None) -> str:
    words = {"who": str(person), "circle": circle}
    return (_("%(who)s opened it to: %(circle)s.") if person else _("It was opened to: %(circle)s.")) % words
