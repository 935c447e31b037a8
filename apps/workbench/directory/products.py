"""Products and their versions, as staff set them up."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import Permission, may, require
from apps.catalog import services
from apps.catalog.models import Product, ProductVersion
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.feedback.models import Feedback
from apps.feedback.services import products as product_services
from apps.tagging.models import KeywordRule
from apps.workbench import selectors
from apps.workbench.directory.directory_forms import SureForm
from apps.workbench.directory.setup_forms import EditProductForm, ProductForm, VersionForm, add_service_errors
from apps.workbench.room.readers import circles


@require_safe
@require(Permission.MANAGE_CATALOG)
def product_list(request: AuthedRequest) -> HttpResponse:
    """Every product with its owner, and how many versions and forms it has."""
    return render(request, "workbench/product_list.html", {"products": selectors.counted_products()})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CATALOG)
def create_product(request: AuthedRequest) -> HttpResponse:
    """A new product; its page leads on to its form."""
    form = ProductForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            product = services.create_product(**form.cleaned_data)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            told = _("“%(product)s” is there. A form lets customers speak of it.")
            messages.success(request, told % {"product": product})
            return redirect("workbench:product", product.pk)
    return render(request, "workbench/product_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CATALOG)
def product(request: AuthedRequest, product_id: int) -> HttpResponse:
    """One product with its forms and versions; a post adds a version."""
    shown = get_object_or_404(Product.objects.select_related("team"), pk=product_id)
    if request.method == "POST" and not may(request.user, Permission.MANAGE_CATALOG, team=shown.team):
        raise PermissionDenied
    form = VersionForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _has_added(form, shown):
        told = _("Version %(version)s is there.") % {"version": form.cleaned_data["version"]}
        messages.success(request, told)
        return redirect("workbench:product", shown.pk)
    context = _product_context(request, shown, form)
    return render(request, "workbench/product.html", context, status=422 if form.errors else 200)


def _product_context(request: AuthedRequest, shown: Product, form: VersionForm) -> dict[str, object]:
    is_used = Feedback.objects.filter(product=shown).exists() or KeywordRule.objects.filter(product=shown).exists()
    forms = selectors.public_forms().filter(product=shown)
    return {
        "product": shown,
        "versions": shown.versions.all(),
        "forms": forms,
        "public_url": settings.PUBLIC_URL,
        "responses_counted": selectors.RESPONSES_COUNTED,
        "form": form,
        "readers": next(one.readers for one in circles(shown, shown.default_visibility) if one.is_current),
        "can_manage": may(request.user, Permission.MANAGE_CATALOG, team=shown.team),
        "can_make_form": may(request.user, Permission.MANAGE_FORMS, team=shown.team) and not shown.archived_at,
        "can_delete": not is_used and not forms,
        "sure_form": SureForm(),
    }


def _has_added(form: VersionForm, product: Product) -> bool:
    """Add the version; tell at the form where the service refuses it."""
    try:
        services.add_version(
            product=product, name=form.cleaned_data["version"], released_on=form.cleaned_data["released_on"]
        )
    except ValidationError as error:
        add_service_errors(form, error)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CATALOG)
def edit_product(request: AuthedRequest, product_id: int) -> HttpResponse:
    """What a product is called, whose it is, and who reads what is said of it."""
    shown = _managed_or_403(request, product_id)
    form = EditProductForm(request.POST or None, user=request.user, product=shown)
    if request.method == "POST" and form.is_valid():
        try:
            changed = product_services.save_product(product=shown, **form.cleaned_data)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            told = ngettext(
                "Saved. %(count)s piece of feedback changes its readers.",
                "Saved. %(count)s pieces of feedback change their readers.",
                changed,
            )
            messages.success(request, told % {"count": changed} if changed else _("Saved."))
            return redirect("workbench:product", shown.pk)
    context = {"product": Product.objects.get(pk=shown.pk), "form": form}
    return render(request, "workbench/product_edit.html", context, status=422 if form.errors else 200)


@require_POST
@require(Permission.MANAGE_CATALOG)
def archive_product(request: AuthedRequest, product_id: int) -> HttpResponse:
    """Put a product away and close its forms, or take it back; what was said of it stays and counts."""
    shown = _managed_or_403(request, product_id)
    action = request.POST.get("action")
    if action not in ("archive", "restore"):
        raise BadRequest("An action is archive or restore.")
    if action == "restore":
        services.set_archived(product=shown, is_archived=False)
        told = _("Back. Its forms stay closed until you open them.")
    else:
        closed = product_services.archive_product(product=shown)
        told = ngettext(
            "Archived, and %(count)s form closed. What was said of it stays and counts.",
            "Archived, and %(count)s forms closed. What was said of it stays and counts.",
            closed,
        ) % {"count": closed}
    messages.success(request, told)
    return redirect("workbench:product", shown.pk)


@require_POST
@require(Permission.MANAGE_CATALOG)
def remove_product(request: AuthedRequest, product_id: int) -> HttpResponse:
    """Delete a product of which nothing was ever said and for which nothing is set up."""
    shown = _managed_or_403(request, product_id)
    name = shown.name
    try:
        if not SureForm(request.POST).is_valid():
            raise ValidationError(_("Tick the box to confirm: this cannot be undone."))
        services.delete_product(product=shown)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("“%(product)s” is deleted.") % {"product": name})
        return redirect("workbench:product-list")
    return redirect("workbench:product", product_id)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CATALOG)
def edit_version(request: AuthedRequest, product_id: int, version_id: int) -> HttpResponse:
    """What a version is called, and when it came out."""
    shown = _managed_or_403(request, product_id)
    version = get_object_or_404(ProductVersion.objects.select_related("product"), pk=version_id, product=shown)
    initial = {"version": version.name, "released_on": version.released_on}
    form = VersionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            services.update_version(version=version, name=asked["version"], released_on=asked["released_on"])
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("workbench:product", shown.pk)
    context = {"product": shown, "version": version, "form": form}
    return render(request, "workbench/version_edit.html", context, status=422 if form.errors else 200)


def _managed_or_403(request: AuthedRequest, product_id: int) -> Product:
    shown = get_object_or_404(Product.objects.select_related("team"), pk=product_id)
    if not may(request.user, Permission.MANAGE_CATALOG, team=shown.team):
        raise PermissionDenied
    return shown
