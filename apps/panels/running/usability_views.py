"""A usability test as it runs: tasks with their timer, problems met, SUS. JSON for the script, pages for others."""

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.panels.models import ResearchSession, SusAnswer
from apps.panels.running import statistics, usability
from apps.panels.running.access import joined_or_404, wants_json
from apps.panels.running.errors import RunChangedError
from apps.panels.running.panel import run_values
from apps.panels.running.usability_forms import RunForm, SeenProblemForm, SightingForm, SusForm
from apps.panels.running.views import live_page

FIELD_OF = {"errors": "errors_made"}  # where a figure is called otherwise in its form


def studied_or_404(request: AuthedRequest, session_id: int) -> ResearchSession:
    """Return a session that is of a study: only such a one has tasks and problems."""
    session = joined_or_404(request.user, session_id)
    if session.study is None:
        raise Http404
    return session


@require_POST
@require(Permission.JOIN_RESEARCH)
def record_run(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Keep what was measured of a participant at a task; where somebody else wrote meanwhile, theirs stands."""
    session = studied_or_404(request, session_id)
    form = RunForm(request.POST, session=session)
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            run = usability.record_run(
                task=cleaned["task"],
                participant=cleaned["participant"],
                client_key=cleaned["client_key"],
                revision=cleaned["revision"],
                figures=form.figures,
            )
        except RunChangedError as error:
            if wants_json(request):
                return JsonResponse({"error": str(error), "run": run_values(error.run)}, status=409)
            form.add_error(None, str(error))
        except (ValidationError, DomainError) as error:
            blame(form, error)
        else:
            return _done(request, session, {"run": run_values(run)}, _("Written down."))
    return _refused(request, session, form)


@require_POST
@require(Permission.JOIN_RESEARCH)
def add_problem(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Write down a problem that somebody met, or that one more met."""
    session = studied_or_404(request, session_id)
    form = SeenProblemForm(request.POST, session=session)
    if form.is_valid() and session.study is not None:
        try:
            problem = usability.add_problem(study=session.study, **form.cleaned_data)
        except DomainError as error:
            blame(form, error)
        else:
            return _done(request, session, {"problem": problem.pk}, _("Problem written down."))
    return _refused(request, session, form)


@require_POST
@require(Permission.JOIN_RESEARCH)
def set_sighting(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Say whether a participant met a problem."""
    session = studied_or_404(request, session_id)
    form = SightingForm(request.POST, session=session)
    if form.is_valid():
        try:
            usability.set_sighting(**form.cleaned_data)
        except DomainError as error:
            blame(form, error)
        else:
            return _done(request, session, {"problem": form.cleaned_data["problem"].pk}, _("Saved."))
    return _refused(request, session, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.JOIN_RESEARCH)
def sus(request: AuthedRequest, session_id: int, participant_id: int) -> HttpResponse:
    """The ten statements of SUS for one participant, filled in with them or by them on this device."""
    session = joined_or_404(request.user, session_id)
    participant = get_object_or_404(session.participants.select_related("customer", "session"), pk=participant_id)
    kept = SusAnswer.objects.filter(participant=participant).first()
    initial = {f"item{number}": answer for number, answer in enumerate(kept.answers if kept else [], start=1)}
    form = SusForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = usability.save_sus(participant=participant, answers=form.answers)
        except DomainError as error:
            blame(form, error)
        else:
            say_done(request, _("SUS: %(score)s of 100.") % {"score": f"{statistics.sus_score(saved.answers):g}"})
            return redirect("running:live", session.pk)
    context = {"session": session, "participant": participant, "form": form, "kept": kept}
    return render(request, "panels/running/sus.html", context, status=422 if form.errors else 200)


def blame(form: Form, error: ValidationError | DomainError) -> None:
    """Put what a service refused beside the field it is about."""
    if isinstance(error, ValidationError):
        for name, words in error.message_dict.items():
            field = FIELD_OF.get(name, name)
            form.add_error(field if field in form.fields else None, words)
    else:
        form.add_error(None, str(error))


def _done(request: AuthedRequest, session: ResearchSession, data: dict[str, object], said: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(data)
    say_done(request, said)
    return redirect("running:live", session.pk)


def _refused(request: AuthedRequest, session: ResearchSession, form: Form) -> HttpResponse:
    sentences = [f"{form.fields[name].label or name}: {words}" if name in form.fields else str(words)
                 for name, several in form.errors.items() for words in several]  # fmt: skip
    if wants_json(request):
        return JsonResponse({"error": " ".join(sentences)}, status=422)
    return live_page(request, session, refusals=sentences)
