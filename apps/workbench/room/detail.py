"""One piece of feedback as its page and the room's pane show it: who may open it, and all that stands around it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.core.http import AuthedRequest
from apps.feedback.attachment_models import Attachment
from apps.feedback.models import Channel, Feedback, Identity
from apps.feedback.selectors import answers_of
from apps.insight.models import Reading, Sentiment
from apps.panels.models import Idea, ResearchSession, SessionNote
from apps.tagging.spans import sentences
from apps.tagging.tree import taxonomy
from apps.workbench import selectors
from apps.workbench.browse.facets import language_name
from apps.workbench.browse.filters import BrowseFilter
from apps.workbench.browse.reading import around
from apps.workbench.room.citation import cite
from apps.workbench.room.forms import TagForm
from apps.workbench.room.passages import passages_of, shown_words
from apps.workbench.room.readers import visibility_context
from apps.workbench.room.timeline import timeline

AROUND_SHOWN = 4
UNHAPPY_RATING, HAPPY_RATING = 2, 4  # up to, and from


@dataclass(frozen=True)
class Fact:
    """One line of what is known: where it leads, and the list of all feedback that shares it."""

    label: str
    value: str
    url: str = ""
    query: str = ""


def detailed_feedback(user: User) -> QuerySet[Feedback]:
    """Return what ``user`` may open, with all that the page of one shows."""
    return (
        selectors.readable_feedback(user)
        .select_related(
            "product__team",
            "version",
            "customer__organisation",
            "customer__segment",
            "customer__organisation__segment",
            "reading",
            "form",
            "source_import",
            "recording__recorded_by",
        )
        .annotate(has_files=Exists(Attachment.objects.filter(feedback=OuterRef("pk"))))
    )


def readable_or_404(user: User, feedback_id: int) -> Feedback:
    """Return feedback that ``user`` may open, with all that its page shows."""
    return get_object_or_404(detailed_feedback(user), pk=feedback_id)


def may_moderate(user: User, feedback: Feedback) -> bool:
    """Return whether ``user`` may hold or withdraw ``feedback``: a role in the team that owns its product."""
    return may(user, Permission.MODERATE_FEEDBACK, team=feedback.product.team)


def detail_context(request: AuthedRequest, feedback: Feedback, *, q: str = "") -> dict[str, object]:
    """Return the context of ``_feedback_detail.html``; words that ``q`` finds are marked. Six queries,
    two more for what answers a form."""
    reading: Reading | None = getattr(feedback, "reading", None)
    return {
        **tags_context(request, feedback, q=q),
        **visibility_context(request.user, feedback),
        "reading": reading,
        "spoken": language_name(reading.language) if reading and reading.language else "",
        "is_torn": is_torn(feedback.rating, reading),
        "facts": facts(feedback, request.user),
        "circumstances": circumstances(feedback),
        "answers": answers_of(feedback, get_language() or ""),
        "events": timeline(feedback),
        "files": list(feedback.attachments.order_by("id")) if has_files(feedback) else [],
        "citation": cite(feedback, request.user),
        "others": selectors.others_of_customer(feedback, request.user),
        "around": around(request.user, feedback, AROUND_SHOWN),
        "others_query": _query("customer", feedback.customer_id),
        "can_moderate": may_moderate(request.user, feedback),
        "can_erase": _has_person(feedback) and may(request.user, Permission.ERASE_CUSTOMER),
    }


def has_files(feedback: Feedback) -> bool:
    """Return whether files came with it: told by ``detailed_feedback``, so most pages ask no more."""
    return bool(getattr(feedback, "has_files", True)) and feedback.redacted_at is None


def tags_context(
    request: HttpRequest, feedback: Feedback, form: TagForm | None = None, *, q: str = ""
) -> dict[str, object]:
    """Return the context of ``_tags.html`` and ``_words.html``, alone or within the page."""
    stated = selectors.stated_tags(feedback.pk)
    passages = passages_of(feedback, stated)
    rejected = {one.tagging.tag_id for one in stated if one.is_rejected}
    return {
        "feedback": feedback,
        "words": shown_words(feedback.text, q, passages),
        "sentences": sentences(feedback.text) if feedback.redacted_at is None else [],
        "tags": [one for one in stated if one.is_shown],
        "passages": [one for one in passages if one.is_confirmed],
        "rejected_tags": [one for one in stated if one.is_rejected],
        "rejected_passages": [one for one in passages if not one.is_confirmed and one.tag.pk not in rejected],
        "nodes": taxonomy(),
        "tag_form": form or TagForm(),
        "can_tag": may(request.user, Permission.TAG_FEEDBACK),
    }


def is_torn(rating: int | None, reading: Reading | None) -> bool:
    """Return whether the rating says one thing and the words another."""
    if rating is None or reading is None:
        return False
    if reading.sentiment == Sentiment.NEGATIVE:
        return rating >= HAPPY_RATING
    return reading.sentiment == Sentiment.POSITIVE and rating <= UNHAPPY_RATING


def facts(feedback: Feedback, reader: User) -> list[Fact]:
    """Return what is known of ``feedback`` beside its words, each with the way to all that shares it."""
    known = [
        *_customer_facts(feedback, reader),
        Fact(_("Product"), feedback.product.name, query=_query("product", feedback.product.slug)),
        Fact(_("Version"), str(feedback.version or ""), query=_query("version", feedback.version_id)),
        Fact(_("Team"), str(feedback.product.team or ""), query=_team_query(feedback)),
        Fact(_("Channel"), feedback.get_channel_display(), query=_query("channel", feedback.channel)),
        *_recording_facts(feedback),
        *_session_facts(feedback, reader),
        Fact(_("Form"), str(feedback.form or ""), query=_query("form", feedback.form and feedback.form.slug)),
        Fact(_("Import"), _import(feedback), query=_query("import", feedback.source_import_id)),
        Fact(_("Outside number"), feedback.external_id),
        Fact(_("Received"), date_format(localtime(feedback.received_at), feedback.time_format)),
    ]
    return [fact for fact in known if fact.value]


def circumstances(feedback: Feedback) -> list[Fact]:
    """Return the context fields as they were sent."""
    return [
        Fact(name, str(value), query=_query("context", f"{name}:{value}")) for name, value in feedback.context.items()
    ]


def _recording_facts(feedback: Feedback) -> list[Fact]:
    """Return where it was said and who wrote it down, of what staff recorded on a customer's behalf."""
    recording = getattr(feedback, "recording", None)
    if recording is None:
        return []
    return [
        Fact(_("Said in"), recording.get_source_kind_display(), url=recording.link),
        Fact(_("Recorded by"), str(recording.recorded_by or "")),
    ]


def _session_facts(feedback: Feedback, reader: User) -> list[Fact]:
    """Return the session that it was said in, to who may open that. One query for feedback of sessions, else none."""
    if feedback.channel != Channel.SESSION:
        return []
    notes = SessionNote.objects.filter(feedback=feedback).values("session")
    ideas = Idea.objects.filter(feedback=feedback).values("workshop")
    session = ResearchSession.objects.visible_to(reader).filter(Q(pk__in=notes) | Q(pk__in=ideas)).first()
    if session is None:
        return []
    is_joined = may(reader, Permission.JOIN_RESEARCH)
    return [Fact(_("Said in"), session.title, reverse("afterwards:summary", args=[session.pk]) if is_joined else "")]


def _customer_facts(feedback: Feedback, reader: User) -> list[Fact]:
    """Return the customer, and organisation and segment of a verified one alone, as in the counts.

    The organisation's page is for those who manage customers, so only they are led to it.
    """
    customer = feedback.customer
    if customer is None:
        return []
    person = Fact(
        _("Customer"),
        str(customer),
        url=reverse("workbench:customer", args=[customer.pk]),
        query=_query("customer", customer.pk),
    )
    if feedback.identity != Identity.VERIFIED:
        return [person]
    organisation, segment = customer.counted_as.organisation, customer.effective_segment
    is_manager = may(reader, Permission.MANAGE_CUSTOMERS)
    return [
        person,
        Fact(
            _("Organisation"),
            str(organisation or ""),
            url=reverse("workbench:organisation", args=[organisation.pk]) if organisation and is_manager else "",
            query=_query("organisation", organisation and organisation.pk),
        ),
        Fact(_("Segment"), str(segment or ""), query=_query("segment", segment and segment.slug)),
    ]


def _import(feedback: Feedback) -> str:
    if feedback.source_import is None:
        return ""
    words = {"file": feedback.source_import.file_name, "line": feedback.import_line}
    return (_("%(file)s, line %(line)s") if feedback.import_line else "%(file)s") % words


def _team_query(feedback: Feedback) -> str:
    return _query("team", feedback.product.team and feedback.product.team.slug)


def _query(name: str, value: object) -> str:
    """Return the query of all feedback that shares ``value``, "" for none and for what no filter takes."""
    return BrowseFilter().with_value(name, str(value)).to_query() if value else ""


def _has_person(feedback: Feedback) -> bool:
    return feedback.customer is not None and feedback.customer.erased_at is None
