"""Public forms, as staff make, share, close and reopen them."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import Permission, may, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.feedback.models import Form
from apps.feedback.questionnaire import purposes
from apps.feedback.selectors import products_managed_by
from apps.feedback.services.public_forms import create_form, set_form_open
from apps.workbench import selectors
from apps.workbench.directory.setup_forms import PublicFormForm, add_service_errors


@require_safe
@require(Permission.READ_FEEDBACK)
def form_list(request: AuthedRequest) -> HttpResponse:
    """Every public form with its address and its results; the person's own to change, close and open."""
    own = products_managed_by(request.user, Permission.MANAGE_FORMS)
    products = own if may(request.user, Permission.MANAGE_FORMS) else own.none()  # nobody's products are everybody's
    context = {
        "forms": selectors.public_forms(),
        "public_url": settings.PUBLIC_URL,
        "responses_counted": selectors.RESPONSES_COUNTED,
        "managed": set(products.values_list("pk", flat=True)),
        "can_make_product": may(request.user, Permission.MANAGE_CATALOG),
    }
    return render(request, "workbench/form_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_FORMS)
def create_public_form(request: AuthedRequest) -> HttpResponse:
    """A new form made of a template, closed until somebody opens it; for the product of ``?product=`` at first."""
    choices = products_managed_by(request.user, Permission.MANAGE_FORMS)
    chosen = choices.filter(slug=request.GET.get("product", "")).first() or (
        choices.first() if choices.count() == 1 else None
    )
    form = PublicFormForm(request.POST or None, user=request.user, initial={"product": chosen})
    if request.method == "POST" and form.is_valid():
        try:
            made = create_form(**form.cleaned_data, is_open=False, user=request.user)
        except ValidationError as error:
            add_service_errors(form, error)
        except DomainError as error:  # archived while the page was open
            form.add_error("product", str(error))
        else:
            messages.success(request, _("“%(form)s” is made. Change what it asks, then open it.") % {"form": made})
            return redirect("builder:editor", made.pk)
    context = {"form": form, "has_products": choices.exists(), "templates": purposes.TEMPLATES.items()}
    return render(request, "workbench/form_new.html", context, status=422 if form.errors else 200)


@require_POST
@require(Permission.MANAGE_FORMS)
def open_or_close_form(request: AuthedRequest, form_id: int) -> HttpResponse:
    """Close a form, or open it again; what came in stays."""
    form = get_object_or_404(Form.objects.select_related("product__team"), pk=form_id)
    if not may(request.user, Permission.MANAGE_FORMS, team=form.product.team):
        raise PermissionDenied
    action = request.POST.get("action")
    if action not in ("open", "close"):
        raise BadRequest("An action is open or close.")
    is_open = action == "open"
    back = reverse("builder:editor", args=[form.pk]) if request.POST.get("next") else reverse("workbench:form-list")
    try:
        set_form_open(form=form, is_open=is_open)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(back)
    opened, closed = _("“%(form)s” takes feedback again."), _("“%(form)s” takes no more feedback; what came in stays.")
    messages.success(request, (opened if is_open else closed) % {"form": form})
    return redirect(back)
