"""Making and changing tags and their rules. The tree itself is the workbench's: it shows counts."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission, require, teams_where
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.tagging import preview, rules, services
from apps.tagging.forms import RuleForm, TagForm, may_manage, rule_initial
from apps.tagging.models import KeywordRule, RuleRun, Tag
from apps.tagging.tree import TagNode, taxonomy

RUNS = {
    "apply": (RuleRun.Kind.APPLY, gettext_lazy("Applying it to all feedback there is, in the background.")),
    "withdraw": (RuleRun.Kind.WITHDRAW, gettext_lazy("Taking back what it tagged, in the background.")),
}


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_TAXONOMY)
def create_tag(request: AuthedRequest) -> HttpResponse:
    """A new tag, below the one named by ``?parent=`` at first."""
    nodes = taxonomy()
    parent = next((node.tag.pk for node in nodes if node.tag.slug == request.GET.get("parent")), None)
    form = TagForm(
        request.POST or None,
        nodes=nodes,
        user=request.user,
        initial={"parent": parent, "team": None if parent else only_team(request.user)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            tag = services.create_tag(
                name=form.cleaned_data["name"],
                parent=form.parent_tag,
                team=form.cleaned_data["team"],
                description=form.cleaned_data["description"],
            )
        except DomainError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("“%(name)s” is there. A rule can fill it by itself.") % {"name": tag.name})
            return redirect("tagging:tag", tag.slug)
    return render(request, "tagging/tag_new.html", {"form": form}, status=_status(form))


@require_safe
@require(Permission.READ_FEEDBACK)
def tag(request: AuthedRequest, slug: str) -> HttpResponse:
    """One tag: its place, its owner and its rules; changed here by those who may."""
    nodes = taxonomy()
    return render(request, "tagging/tag.html", _tag_context(request, _node_or_404(slug, nodes), nodes))


@require_POST
@require(Permission.MANAGE_TAXONOMY)
def update_tag(request: AuthedRequest, slug: str) -> HttpResponse:
    """Rename, move and give a tag, all or nothing; a team's tag by those who manage the taxonomy in that team."""
    nodes = taxonomy()
    node = _node_or_404(slug, nodes)
    _check_owner(request, node.tag, Permission.MANAGE_TAXONOMY)
    form = TagForm(request.POST, nodes=nodes, user=request.user, tag=node.tag)
    if form.is_valid():
        try:
            asked = form.cleaned_data
            services.change_tag(
                node.tag,
                name=asked["name"],
                description=asked["description"],
                parent=form.parent_tag,
                team=asked["team"],
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("tagging:tag", node.tag.slug)
    context = {**_tag_context(request, node, nodes), "form": form}
    return render(request, "tagging/tag.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_RULES)
def create_rule(request: AuthedRequest, slug: str) -> HttpResponse:
    """A new rule for a tag; "preview" shows what it would match before anything is saved."""
    tag = get_object_or_404(Tag.objects.select_related("effective_team", "parent"), slug=slug)
    _check_owner(request, tag, Permission.MANAGE_RULES)
    form = RuleForm(request.POST or None)
    if _is_saving(request) and form.is_valid():
        services.create_rule(tag=tag, **form.cleaned_data)
        messages.success(request, _("The rule tags new feedback from now on."))
        return redirect("tagging:tag", tag.slug)
    return _rule_page(request, tag, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_RULES)
def update_rule(request: AuthedRequest, rule_id: int) -> HttpResponse:
    """Change a rule; what it tagged before stays until it is applied again or taken back."""
    rule = _rule_or_404(request, rule_id)
    form = RuleForm(request.POST or None, initial=rule_initial(rule))
    if _is_saving(request) and form.is_valid():
        services.update_rule(rule, **form.cleaned_data)
        messages.success(request, _("Saved. It holds for new feedback."))
        return redirect("tagging:tag", rule.tag.slug)
    return _rule_page(request, rule.tag, form, rule)


@require_POST
@require(Permission.MANAGE_RULES)
def run_rule(request: AuthedRequest, rule_id: int) -> HttpResponse:
    """Switch a rule on or off, apply it to history, or take back what it tagged."""
    rule = _rule_or_404(request, rule_id)
    action = request.POST.get("action", "")
    if action in ("on", "off"):
        services.set_rule_active(rule, is_active=action == "on")
        messages.success(request, _("Switched on.") if action == "on" else _("Switched off. What it tagged stays."))
    elif action in RUNS:
        kind, sentence = RUNS[action]
        rules.start_run(rule, kind=kind)
        messages.success(request, str(sentence))
    return redirect("tagging:tag", rule.tag.slug)


def _rule_page(request: AuthedRequest, tag: Tag, form: RuleForm, rule: KeywordRule | None) -> HttpResponse:
    found = None
    if form.is_bound and form.is_valid():
        found = preview.preview_rule(request.user, **form.cleaned_data)
    context = {"tag": tag, "form": form, "rule": rule, "preview": found}
    return render(request, "tagging/rule.html", context, status=_status(form))


def _tag_context(request: AuthedRequest, node: TagNode, nodes: list[TagNode]) -> dict[str, object]:
    tag = node.tag
    initial = {"name": tag.name, "parent": tag.parent_id, "team": tag.team_id, "description": tag.description}
    inside = {tag.pk, *node.below}  # a tag cannot go below itself
    return {
        "tag": tag,
        "node": node,
        "form": TagForm(
            nodes=[one for one in nodes if one.tag.pk not in inside], user=request.user, tag=tag, initial=initial
        ),
        "rules": tag.rules.select_related("product").prefetch_related("runs").order_by("id"),
        "can_manage": may_manage(request.user, tag),
        "can_rule": may_manage(request.user, tag, Permission.MANAGE_RULES),
    }


def _check_owner(request: AuthedRequest, tag: Tag, permission: Permission) -> None:
    if not may_manage(request.user, tag, permission):
        raise PermissionDenied


def _rule_or_404(request: AuthedRequest, rule_id: int) -> KeywordRule:
    rule = get_object_or_404(KeywordRule.objects.select_related("tag__effective_team", "tag__parent"), pk=rule_id)
    _check_owner(request, rule.tag, Permission.MANAGE_RULES)
    return rule


def _node_or_404(slug: str, nodes: list[TagNode]) -> TagNode:
    wanted = get_object_or_404(Tag, slug=slug)
    return next(node for node in nodes if node.tag.pk == wanted.pk)


def _is_saving(request: HttpRequest) -> bool:
    return request.method == "POST" and "preview" not in request.POST


def _status(form: TagForm | RuleForm) -> int:
    return 422 if form.is_bound and form.errors else 200


def only_team(user: User) -> Team | None:
    """Return the team that a first tag is for, where ``user`` makes tags for just one."""
    teams = list(teams_where(user, Permission.MANAGE_TAXONOMY)[:2])
    return teams[0] if len(teams) == 1 else None
