"""A customer's own page, opened by a signed link that was mailed to them.

No cookie is set or read. Posts are exempt from Django's CSRF check because the link is the check: a stranger's page
does not know it.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import limits
from apps.core.errors import DomainError
from apps.core.http import client_address, error_page, keep_private
from apps.core.languages import PARAMETER
from apps.customers import consents
from apps.customers import services as customers
from apps.customers.models import Customer
from apps.customers.tokens import LINK_DAYS, read_mine_token
from apps.panels.mine import selectors, services
from apps.panels.mine.forms import AskLinkForm, ChoiceForm

ASKING_LIMIT = "20/h"  # links asked for by one client
PAGES_LIMIT = "300/m"  # pages of one client
DONE = ("given", "taken", "asked", "dropped")  # what the page can say it did


def of_customer(view: Callable[[HttpRequest, Customer], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    """Have ``view`` called with the customer whose link it is; a link too old is told how to get a new one."""

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        verdict = limits.take(purpose="my page", client=client_address(request), limit=PAGES_LIMIT)
        if not verdict.is_allowed:
            return keep_private(_too_many(request, verdict.retry_after_seconds))
        customer = read_mine_token(token)
        if customer is None:
            return keep_private(render(request, "panels/mine/expired.html", {"days": LINK_DAYS}, status=404))
        return keep_private(view(request, customer))

    return opened


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def ask_link(request: HttpRequest) -> HttpResponse:
    """Mail the link to one's own page to the address that is given: the answer is the same, whoever that is."""
    form = AskLinkForm(request.POST if request.method == "POST" else None)
    is_sent = False
    if request.method == "POST":
        verdict = limits.take(purpose="my link", client=client_address(request), limit=ASKING_LIMIT)
        if not verdict.is_allowed:
            return keep_private(_too_many(request, verdict.retry_after_seconds))
        if form.is_valid():
            services.mail_link(address=form.cleaned_data["email"])
            is_sent = True
    context = {"form": form, "is_sent": is_sent, "days": LINK_DAYS}
    return keep_private(render(request, "panels/mine/ask_link.html", context, status=422 if form.errors else 200))


@csrf_exempt  # nothing is taken here: a POST is told so
@require_safe
@of_customer
def mine(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What we know of the customer, what they agreed to, where they take part."""
    return _page(request, customer)


@csrf_exempt
@require_POST
@of_customer
def choose(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Give one consent, or take it back. Again changes nothing."""
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        return _page(request, customer, problem=_("We could not read that. Nothing was changed: choose again."))
    asked, language = form.cleaned_data, get_language() or ""
    try:
        if asked["say"] == "yes":
            consents.give(customer_id=customer.pk, purpose=asked["purpose"], language=language, number=asked["number"])
        else:
            consents.take_back(customer_id=customer.pk, purpose=asked["purpose"], language=language)
    except DomainError as error:
        return _page(request, customer, problem=str(error))
    return _back(request, done="given" if asked["say"] == "yes" else "taken", at=asked["purpose"])


@require_safe
@of_customer
def my_data(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Everything we hold of the customer, to keep."""
    data = selectors.held_data(customer, as_of=timezone.localdate())
    response = JsonResponse(data, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@csrf_exempt
@require_POST
@of_customer
def ask_erasure(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Ask to be erased, or do not ask any more. Again changes nothing."""
    if request.POST.get("say") == "no":
        customers.drop_erasure_request(customer_id=customer.pk)
        return _back(request, done="dropped", at="erasure")
    if request.POST.get("is_sure") != "1":
        return _page(request, customer, problem=_("Tick the box first: what is erased does not come back."))
    customers.ask_for_erasure(customer_id=customer.pk)
    return _back(request, done="asked", at="erasure")


def _page(request: HttpRequest, customer: Customer, *, problem: str = "") -> HttpResponse:
    ids = selectors.records(customer)
    today = timezone.localdate()
    said, said_count = selectors.said(ids)
    context = {
        "customer": customer,
        "token": _token(request),
        "choices": selectors.choices(customer, as_of=today),
        "history": consents.ledger(customer.pk, as_of=today),
        "seats": selectors.sits(ids),
        "coming": selectors.comes(ids),
        "said": said,
        "said_count": said_count,
        "problem": problem,
        "done": request.GET.get("done") if request.GET.get("done") in DONE else "",
    }
    return render(request, "panels/mine/mine.html", context, status=422 if problem else 200)


def _token(request: HttpRequest) -> str:
    match = request.resolver_match
    return str(match.kwargs["token"]) if match else ""


def _back(request: HttpRequest, *, done: str, at: str) -> HttpResponse:
    """Lead back to the page, in the language that it was read in."""
    told = {"done": done, PARAMETER: get_language() or ""}
    path = reverse("customers:mine", args=[_token(request)])
    return HttpResponse(status=303, headers={"Location": f"{path}?{urlencode(told)}#{at}"})


def _too_many(request: HttpRequest, retry_after_seconds: int) -> HttpResponse:
    response = error_page(
        request,
        status=429,
        code="throttled",
        title=_("That was a lot at once"),
        message=_("Please wait a little, then try again. Nothing was changed."),
    )
    response.headers["Retry-After"] = str(retry_after_seconds)
    return response
