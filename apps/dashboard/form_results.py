"""A form's results: how far people came, what each question was answered, and the words behind it."""

from dataclasses import dataclass, replace
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may, require
from apps.core.http import AuthedRequest
from apps.dashboard import form_charts
from apps.dashboard.charts import Chart, as_csv, show
from apps.feedback.builder.rooms import tabs_of
from apps.feedback.models import Answer, Feedback, Form
from apps.feedback.questionnaire.schema import TEXT_KINDS, Question, Role, say
from apps.feedback.results import exports, figures
from apps.feedback.results.figures import Tally
from apps.feedback.results.funnel import Funnel, way_through
from apps.feedback.results.selection import Selection, counted, read_selection
from apps.feedback.selectors import readable_by
from apps.workbench.downloads import stream_file

VERBATIMS_SHOWN = 5
EXCERPT_CHARACTERS = 400


@dataclass(frozen=True)
class Said:
    """Words that answered a question, and the feedback they belong to."""

    feedback_id: int
    words: str


@dataclass(frozen=True)
class Part:
    """One question on the page: a chart, or words, or the plain number of who answered."""

    tally: Tally
    label: str
    chart: Chart | None
    csv_url: str
    said: list[Said]


@dataclass(frozen=True)
class Results:
    form: Form
    wanted: Selection
    response_count: int
    funnel: Funnel
    drop_off: Chart
    parts: list[Part]
    versions: list[int]


def results_of(form: Form, user: User, wanted: Selection) -> Results:
    """Return all that the results page shows. Queries: ten, and one for each question of words."""
    language = get_language() or ""
    chosen = counted(form, wanted)
    base = reverse("dashboard:form-results", args=[form.pk])
    found = figures.figures_of(form, wanted)
    way = way_through(form, wanted)
    readable = readable_by(user).filter(pk__in=chosen.values("pk"))
    leads = partial(_narrowed, base, wanted)
    parts = []
    for tally in found.tallies:
        if tally.question.role in (Role.NAME, Role.EMAIL):
            continue  # who they are is no result
        chart = form_charts.question_chart(tally, language, leads)
        sus = found.scores.get(tally.question.key)
        if chart and sus:
            chart = replace(chart, summary=form_charts.measure_words(tally.question, sus))
        parts.append(
            Part(
                tally=tally,
                label=say(tally.question.label, language),
                chart=chart,
                csv_url=_csv_url(form, wanted, chart.key) if chart else "",
                said=_said(tally.question, readable) if chart is None else [],
            )
        )
    return Results(
        form=form,
        wanted=wanted,
        response_count=found.responses,
        funnel=way.funnel,
        drop_off=form_charts.drop_off_chart(way.stops, language),
        parts=parts,
        versions=list(form.versions.values_list("number", flat=True)),
    )


def _narrowed(base: str, wanted: Selection, key: str, value: str) -> str:
    query = Selection(wanted.version, wanted.since, wanted.until, (key, value)).query
    return f"{base}?{query}"


def _csv_url(form: Form, wanted: Selection, key: str) -> str:
    query = f"?{wanted.query}" if wanted.query else ""
    return reverse("dashboard:form-results-csv", args=[form.pk, key]) + query


def _said(question: Question, readable: QuerySet[Feedback]) -> list[Said]:
    """Return the newest words that answered a question, of feedback the reader may open. One query."""
    if question.kind not in TEXT_KINDS or question.role in (Role.VERSION, Role.CONTEXT):
        return []
    if question.role == Role.WORDS:
        own = readable.exclude(text="").order_by("-listed_at", "-id").values_list("pk", "text")
        return [Said(pk, words[:EXCERPT_CHARACTERS]) for pk, words in own[:VERBATIMS_SHOWN]]
    answers = Answer.objects.filter(question=question.key, feedback__in=readable).exclude(text="")
    rows = answers.order_by("-feedback_id").values_list("feedback_id", "text")[:VERBATIMS_SHOWN]
    return [Said(pk, words[:EXCERPT_CHARACTERS]) for pk, words in rows]


@require_safe
@require(Permission.READ_FEEDBACK)
def form_results(request: AuthedRequest, form_id: int) -> HttpResponse:
    """What a form was answered: staff who read feedback may see it, the words as far as they may open them."""
    form = get_object_or_404(Form.objects.select_related("product__team", "current"), pk=form_id)
    wanted, wrong = read_selection(request.GET)
    results = results_of(form, request.user, wanted)
    funnel = results.funnel
    is_manager = may(request.user, Permission.MANAGE_FORMS, team=form.product.team)
    context = {
        "results": results,
        "form": form,
        "wrong": wrong,
        "answered": _answer_words(results),
        "completion_share": show(funnel.completions / funnel.starts, "share") if funnel.starts else "",
        "can_export": may(request.user, Permission.EXPORT_FEEDBACK),
        "tabs": tabs_of(form, "results") if is_manager else [],
        "drop_off_csv_url": _csv_url(form, wanted, results.drop_off.key),
    }
    return render(request, "dashboard/form_results.html", context)


def _answer_words(results: Results) -> str:
    """Return in words whom the page is narrowed to, "" for everybody."""
    if results.wanted.answer is None:
        return ""
    key, value = results.wanted.answer
    for part in results.parts:
        if part.tally.question.key == key:
            labels = {choice.key: say(choice.label, get_language() or "") for choice in part.tally.question.choices}
            return f"{part.label} {labels.get(value, value)}"
    return value


@require_safe
@require(Permission.READ_FEEDBACK)
def form_results_csv(request: AuthedRequest, form_id: int, key: str) -> HttpResponse:
    """The table of one chart as a file."""
    form = get_object_or_404(Form.objects.select_related("current"), pk=form_id)
    if not may(request.user, Permission.EXPORT_FEEDBACK):
        raise PermissionDenied
    results = results_of(form, request.user, read_selection(request.GET)[0])
    charts = {part.chart.key: part.chart for part in results.parts if part.chart}
    chart = {**charts, results.drop_off.key: results.drop_off}.get(key)
    if chart is None:
        raise Http404
    response = HttpResponse(as_csv(chart), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{form.slug}-{key}.csv"'
    return response


@require_safe
@require(Permission.EXPORT_FEEDBACK)
def form_responses(request: AuthedRequest, form_id: int, ending: str) -> HttpResponseBase:
    """Every response that the reader may open, as CSV or JSON, streamed."""
    form = get_object_or_404(Form.objects.select_related("current"), pk=form_id)
    wanted, wrong = read_selection(request.GET)
    if wrong:
        messages.error(request, _("Nothing was exported: a filter is not understood. Mend it and export again."))
        return redirect("dashboard:form-results", form_id)
    file_name = f"{form.slug}-{timezone.localdate():%Y-%m-%d}.{ending}"
    if ending == "csv":
        lines = exports.responses_csv(form, request.user, wanted, get_language() or "")
        return stream_file(request, lines, content_type="text/csv; charset=utf-8", file_name=file_name)
    lines = exports.responses_json(form, request.user, wanted)
    return stream_file(request, lines, content_type="application/json; charset=utf-8", file_name=file_name)
