"""Pages of webhooks in: what they are, what was posted, and how that becomes feedback."""

import json
from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.core.keyset import read_id
from apps.feedback.services import Capture
from apps.integrations import selectors
from apps.integrations.addresses import hook_address
from apps.integrations.form_page import form_page
from apps.integrations.forms import ConditionForm, HookForm
from apps.integrations.hooks import deliveries, paths, services
from apps.integrations.hooks import mapping as mappings
from apps.integrations.hooks.mapping import FIELDS, Mapping
from apps.integrations.hooks.presets import GENERIC, PRESETS
from apps.integrations.hooks.services import HookWishes
from apps.integrations.models import HookDelivery, InboundHook, Outcome


class Row(NamedTuple):
    """A place of the sample, and what it becomes."""

    number: int
    path: str
    value: str
    field: str

    @property
    def context_name(self) -> str:
        """What it is called where it becomes context, else blank."""
        return self.field.removeprefix(mappings.CONTEXT) if self.field.startswith(mappings.CONTEXT) else ""


def _refuse_namesake(wishes: HookWishes) -> None:
    """The page with the address is the answer to a post: loaded again, it would make another webhook."""
    if InboundHook.objects.filter(product=wishes.product, name=wishes.name.strip()).exists():
        raise ValidationError({"name": [_("This product has a webhook of this name already.")]})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_INTEGRATIONS)
def set_up_hook(request: AuthedRequest, hook_id: int | None = None) -> HttpResponse:
    """What a webhook is called, is about and is signed with; of a new one the answer shows its address, this once."""
    shown = None if hook_id is None else _hook(request, hook_id)
    form = HookForm(request.POST or None, user=request.user, hook=shown)

    def save() -> HttpResponse:
        wishes = HookWishes(**form.cleaned_data)
        if shown is None:
            _refuse_namesake(wishes)
            return _address_once(request, *services.create_hook(wishes))
        services.update_hook(hook=shown, wishes=wishes)
        messages.success(request, _("Saved."))
        return redirect("integrations:hook", shown.pk)

    return form_page(request, form, save, "integrations/hook_form.html", hook=shown)


@require_safe
@require(Permission.MANAGE_INTEGRATIONS)
def hook(request: AuthedRequest, hook_id: int) -> HttpResponse:
    """The last posts to a webhook, with what became of each."""
    shown = _hook(request, hook_id)
    rows = selectors.deliveries_of(shown)
    readable = selectors.readable_ids(request.user, (one.feedback_id for one in rows))
    preset = PRESETS.get(shown.preset, PRESETS[GENERIC])
    context = {
        "hook": shown,
        "preset": preset,
        "sample": json.dumps(preset.sample, indent=2),
        "deliveries": [(one, one.feedback_id in readable) for one in rows],
        "mapped": _mapped(shown),
    }
    return render(request, "integrations/hook.html", context)


@never_cache
@require_POST
@require(Permission.MANAGE_INTEGRATIONS)
def hook_action(request: AuthedRequest, hook_id: int) -> HttpResponse:
    """Switch a webhook on or off, renew its address, or delete it."""
    shown = _hook(request, hook_id)
    action = request.POST.get("action", "")
    if action == "token":
        return _address_once(request, shown, services.renew_token(hook=shown))
    if action == "delete":
        services.delete_hook(hook=shown)
        messages.success(request, _("“%(hook)s” is deleted. What it brought stays.") % {"hook": shown})
        return redirect("integrations:overview")
    if action not in ("on", "off"):
        raise BadRequest("An action is on, off, token or delete.")
    services.set_hook_on(hook=shown, is_on=action == "on")
    on, off = _("“%(hook)s” takes posts."), _("“%(hook)s” takes no more posts; what came in stays.")
    messages.success(request, (on if action == "on" else off) % {"hook": shown})
    return redirect("integrations:hook", shown.pk)


@require_POST
@require(Permission.MANAGE_INTEGRATIONS)
def retry_delivery(request: AuthedRequest, hook_id: int, delivery_id: int) -> HttpResponse:
    """Try a post again that was refused or left out."""
    shown = _hook(request, hook_id)
    made = deliveries.deliver_again(delivery=get_object_or_404(shown.deliveries, pk=delivery_id))
    if made is None:
        messages.error(request, _("It cannot be tried again: it is feedback already, or its body is forgotten."))
    elif made.outcome in (Outcome.CAPTURED, Outcome.REPEATED):
        messages.success(request, _("It is feedback now."))
    else:
        messages.error(request, made.reason)
    return redirect("integrations:hook", shown.pk)


# --- the mapping ---------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_INTEGRATIONS)
def hook_mapping(request: AuthedRequest, hook_id: int) -> HttpResponse:
    """Choose what of a sample becomes what; look at what it would be; save."""
    shown = _hook(request, hook_id)
    body, delivery = _sample(request, shown)
    mapping, faults, made = mappings.load(shown.mapping), [], None
    form = ConditionForm(request.POST or None, initial=_initial(mapping))
    if request.method == "POST" and form.is_valid():
        mapping = _wished(request.POST, form.cleaned_data, {leaf.path for leaf in paths.leaves(body)})
        try:
            if request.POST.get("do") == "save":
                services.set_mapping(hook=shown, mapping=mapping)
                messages.success(request, _("Saved. Posts are read by it from now on."))
                return redirect("integrations:hook", shown.pk)
            made = deliveries.rehearse(hook=shown, mapping=mapping, body=body)
        except ValidationError as error:
            faults = _told(error)
    context = {
        "hook": shown,
        "delivery": delivery,
        "rows": _rows(body, mapping),
        "choices": FIELDS.items(),
        "form": form,
        "faults": faults,
        "is_tried": request.method == "POST",
        "preview": _preview(made) if made else [],
    }
    return render(request, "integrations/hook_mapping.html", context, status=422 if faults or form.errors else 200)


def _sample(request: AuthedRequest, shown: InboundHook) -> tuple[object, HookDelivery | None]:
    """Return the body to map: the delivery that is asked for, else the newest that is kept, else the preset's."""
    kept = shown.deliveries.filter(body__isnull=False)
    asked = read_id(request.GET.get("delivery", ""))
    rows = kept.filter(pk=asked) if asked else kept.order_by("-pk")
    for row in rows[: deliveries.KEPT]:
        if row.feedback_id is None or selectors.readable_ids(request.user, [row.feedback_id]):
            return row.body, row
    return PRESETS.get(shown.preset, PRESETS[GENERIC]).sample, None


def _rows(body: object, mapping: Mapping) -> list[Row]:
    """Return the places of the sample, and those that are mapped but not in it."""
    there = paths.leaves(body)
    known = {leaf.path for leaf in there}
    missing = [paths.Leaf(path, paths.value_at(body, path)) for path in mapping.paths if path not in known]
    return [
        Row(number, leaf.path, leaf.value, mapping.paths.get(leaf.path, ""))
        for number, leaf in enumerate([*there, *missing])
    ]


def _wished(posted: QueryDict, said: dict[str, str | bool], present: set[str]) -> Mapping:
    """Return the mapping that was posted: a path and a field in rows of the same number.

    What the sample has goes before what it has not (``present``): the guess that a new webhook begins with gives way.
    """
    chosen: dict[str, str] = {}
    for number in range(paths.LEAVES + mappings.PATHS + 1):
        path, name = posted.get(f"path-{number}", "").strip(), posted.get(f"field-{number}", "").strip()
        if name == "context":
            name = mappings.CONTEXT + posted.get(f"name-{number}", "").strip()
        if path and name:
            chosen[path] = name
    taken = {name for path, name in chosen.items() if path in present and name != "text"}
    return Mapping(
        paths={path: name for path, name in chosen.items() if path in present or name not in taken},
        fixed={"version": str(said["version"])} if said["version"] else {},
        scale=str(said["scale"]),
        external_prefix=str(said["external_prefix"]),
        is_html=bool(said["is_html"]),
        operator=str(said["operator"]),
        condition_path=str(said["condition_path"]),
        condition_value=str(said["condition_value"]),
    )


def _initial(mapping: Mapping) -> dict[str, object]:
    names = ("scale", "external_prefix", "is_html", "operator", "condition_path", "condition_value")
    return {**{name: getattr(mapping, name) for name in names}, "version": mapping.fixed.get("version", "")}


def _preview(made: Capture) -> list[tuple[str, str]]:
    """Return what would be captured, in words."""
    person = made.person
    shown = [
        (_("Words"), made.text),
        (_("Rating"), str(made.rating or "")),
        (_("Customer"), " · ".join(filter(None, person)) if person else ""),
        (_("When it was said"), made.captured_at.isoformat(" ", "minutes") if made.captured_at else ""),
        (_("Its number there"), made.external_id),
        (_("Version of the product"), made.version),
        *made.context.items(),
    ]
    return [(label, value) for label, value in shown if value]


def _mapped(shown: InboundHook) -> list[tuple[str, str]]:
    mapping = mappings.load(shown.mapping)
    return [(path, str(FIELDS.get(name, name))) for path, name in mapping.paths.items()]


def _told(error: ValidationError) -> list[str]:
    return [
        f"{FIELDS[name]}: {told}" if name in FIELDS else told
        for name, all_ in error.message_dict.items()
        for told in all_
    ]


def _hook(request: AuthedRequest, hook_id: int) -> InboundHook:
    mine = InboundHook.objects.filter(product__in=selectors.products_of(request.user)).select_related("product__team")
    return get_object_or_404(mine, pk=hook_id)


def _address_once(request: AuthedRequest, shown: InboundHook, token: str) -> HttpResponse:
    context = {"hook": shown, "url": hook_address(token), "back": reverse("integrations:hook", args=[shown.pk])}
    return render(request, "integrations/address_once.html", context)
