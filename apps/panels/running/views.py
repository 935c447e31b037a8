"""The live page of a session, for note takers."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.panels.models import ResearchSession
from apps.panels.running import selectors, services
from apps.panels.running.access import joined_or_404
from apps.panels.running.forms import NoteForm
from apps.panels.running.panel import task_panel
from apps.panels.running.usability_forms import SeenProblemForm


@never_cache
@require_safe
@require(Permission.JOIN_RESEARCH)
def live(request: AuthedRequest, session_id: int) -> HttpResponse:
    """The page on which several people take notes at once."""
    return live_page(request, joined_or_404(request.user, session_id))


def live_page(
    request: HttpRequest, session: ResearchSession, *, form: NoteForm | None = None, refusals: Sequence[str] = ()
) -> HttpResponse:
    """Return the whole page; with a refused ``form``, its words still in it, or with what else was refused."""
    speakers = selectors.speakers_of(session)
    only = str(speakers[0].participant.pk) if len(speakers) == 1 else ""
    changes = selectors.changes_since(session, user=request.user, number=0)  # type: ignore[arg-type]  # signed in
    context = {
        "session": session,
        "speakers": speakers,
        "changes": changes,
        "notes": changes.shown[::-1],  # the newest first: below where one writes
        "form": form or NoteForm(session=session, speakers=speakers, initial={"speaker": only}),
        "is_open": session.state in services.OPEN_STATES,
        "tag_words": sorted(selectors.tag_words().values()),
        "now_ms": int(timezone.now().timestamp() * 1000),
        "words": script_words(),
        "panel": task_panel(session, speakers, request.GET.get("participant", "")),
        "problem_form": SeenProblemForm(session=session, speakers=speakers, auto_id="met-%s"),
        "refusals": refusals,
    }
    return render(request, "panels/running/live.html", context, status=422 if form or refusals else 200)


def script_words() -> dict[str, str]:
    """Return the sentences that the page's script says; {count} and {name} are filled in there."""
    return {
        "saved": _("Everything is saved."),
        "sending": _("Being sent: {count}"),
        "offline": _(
            "No connection. Waiting on this device: {count}. It is sent by itself once the connection is back."
        ),
        "fragile": _("This browser keeps nothing: what waits is lost when you close this page. Waiting: {count}"),
        "signed_out": _("You are signed out. Waiting on this device: {count}. Sign in again in another tab."),
        "closed_to_you": _(
            "The server refuses this. Waiting on this device: {count}. Reload the page; what waits is kept."
        ),
        "waiting": _("Not saved yet"),
        "refused": _("Not taken"),
        "edit": _("Edit"),
        "discard": _("Discard"),
        "stands": _("As it stands now:"),
        "write_first": _("Write something first."),
        "speaker_first": _("Say who said it: a quote needs its speaker."),
        "no_consent": _("{name} has not agreed to be quoted: others do not see these words until they do."),
        "editing": _("You are changing a note. Escape leaves it as it was."),
        "nobody": _("Nobody in particular"),
        "run_changed": _("Somebody else wrote this task down meanwhile; theirs stands."),
    }
