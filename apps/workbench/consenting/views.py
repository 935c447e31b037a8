"""The ledger of one customer, the words that are asked for, and requests to be erased."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.customers import consent_texts, consents, services
from apps.customers.models import ConsentText, Customer, Purpose
from apps.workbench.consenting.forms import BehalfForm, TextForm
from apps.workbench.directory.setup_forms import add_service_errors

REQUESTS_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def customer_consents(request: AuthedRequest, customer_id: int) -> HttpResponse:
    """Everything that one customer agreed to or took back; a post writes down what they told staff."""
    customer = get_object_or_404(Customer.objects.select_related("organisation"), pk=customer_id)
    form = BehalfForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            is_new = consents.record_on_behalf(
                customer_id=customer.pk,
                purpose=asked["purpose"],
                is_given=asked["say"] == "yes",
                how=asked["how"],
                recorded_by=request.user,
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Written down. It holds at once.") if is_new else _("That was known already."))
            return redirect("workbench:customer-consents", customer.pk)
    texts = [(text, consent_texts.words_of(text)) for text in consent_texts.current_texts().values()]
    context = {"customer": customer, "form": form, "texts": texts}
    return render(request, "workbench/consents.html", context, status=422 if form.errors else 200)


@require_safe
@require(Permission.MANAGE_CUSTOMERS)
def consent_text_list(request: AuthedRequest) -> HttpResponse:
    """The words of every purpose as they are asked for today."""
    rows = [(text, consent_texts.words_of(text)) for text in consent_texts.current_texts().values()]
    return render(request, "workbench/consent_text_list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_CUSTOMERS)
def consent_text(request: AuthedRequest, purpose: str) -> HttpResponse:
    """The versions of one purpose's words; a post publishes the next one."""
    if purpose not in Purpose.values:
        raise Http404
    current = consent_texts.current_text(purpose)
    form = TextForm(request.POST if request.method == "POST" else None, text=current)
    if request.method == "POST" and form.is_valid():
        try:
            made = consent_texts.publish_text(
                purpose=purpose,
                words=form.words,
                valid_months=form.cleaned_data["valid_months"],
                published_by=request.user,
                after_number=form.cleaned_data["after_number"],
            )
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            is_new = made.number != current.number
            messages.success(request, _("Published. It is asked from now on.") if is_new else _("Nothing was changed."))
            return redirect("workbench:consent-text", purpose)
    context = {"purpose": Purpose(purpose), "form": form, "current": current, "versions": _versions(current)}
    return render(request, "workbench/consent_text.html", context, status=422 if form.errors else 200)


def _versions(current: ConsentText) -> list[tuple[ConsentText, dict[str, str]]]:
    """Return every version with its words by language, the newest first."""
    rows = list(ConsentText.objects.filter(purpose=current.purpose).select_related("published_by")) or [current]
    return [(row, consent_texts.all_words(row)) for row in rows]


@require_safe
@require(Permission.ERASE_CUSTOMER)
def erasure_requests(request: AuthedRequest) -> HttpResponse:
    """Who asks to be erased, the longest waiting first; erasing itself is a post to the customer's own address."""
    rows = Customer.objects.filter(erasure_asked_at__isnull=False, erased_at=None).select_related("organisation")
    context = {"customers": rows.order_by("erasure_asked_at", "pk")[:REQUESTS_SHOWN]}
    return render(request, "workbench/erasure_requests.html", context)


@require_POST
@require(Permission.ERASE_CUSTOMER)
def refuse_erasure(request: AuthedRequest, customer_id: int) -> HttpResponse:
    """Take a request off the list without erasing: asked by mistake, or what the law wants kept."""
    customer = get_object_or_404(Customer, pk=customer_id)
    if services.drop_erasure_request(customer_id=customer.pk):
        messages.success(request, _("Taken off the list. Nothing was erased; tell them why."))
    return redirect("workbench:erasure-requests")
