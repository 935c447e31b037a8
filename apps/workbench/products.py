"""Products and their versions, as staff set them up."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.permissions import Permission, may, require
from apps.catalog import services
from apps.catalog.models import Product
from apps.core.http import AuthedRequest
from apps.workbench import selectors
from apps.workbench.setup_forms import ProductForm, VersionForm, add_service_errors


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
            messages.success(request, f"“{product}” is there. A form lets customers speak of it.")
            return redirect("workbench:product", product.pk)
    return render(request, "workbench/product_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CATALOG)
def product(request: AuthedRequest, product_id: int) -> HttpResponse:
    """One product with its forms and versions; a post adds a version."""
    shown = get_object_or_404(Product.objects.select_related("team"), pk=product_id)
    can_manage = may(request.user, Permission.MANAGE_CATALOG, team=shown.team)
    if request.method == "POST" and not can_manage:
        raise PermissionDenied
    form = VersionForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _has_added(form, shown):
        messages.success(request, f"Version {form.cleaned_data['version']} is there.")
        return redirect("workbench:product", shown.pk)
    context = {
        "product": shown,
        "versions": shown.versions.all(),
        "forms": selectors.public_forms().filter(product=shown),
        "public_url": settings.PUBLIC_URL,
        "form": form,
        "can_manage": can_manage,
        "can_make_form": may(request.user, Permission.MANAGE_FORMS, team=shown.team),
    }
    return render(request, "workbench/product.html", context, status=422 if form.errors else 200)


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
