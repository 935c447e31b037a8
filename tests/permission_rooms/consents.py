"""Rules and rows of the permission matrix: consents, and customers' own pages, which open by their link alone."""

from django.utils import timezone

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission as P  # noqa: N817 short, for one line a route
from apps.customers.models import Customer
from tests.permission_rule import FORM, POST, READ, Rule, action, form, page, public

RULES: dict[str, Rule] = {
    "my/": public(*FORM),
    "my/<str:token>/": public(*READ),
    "my/<str:token>/consents/": public(*POST),
    "my/<str:token>/data.json": public(*READ),
    "my/<str:token>/erasure/": public(*POST),
    "customers/<int:customer_id>/consents/": form(
        P.RUN_RESEARCH, data={"purpose": "contact", "say": "yes", "how": "call"}
    ),
    "consents/": page(P.MANAGE_CUSTOMERS),
    "consents/<slug:purpose>/": form(P.MANAGE_CUSTOMERS, fill={"purpose": "contact"}),
    "erasures/": page(P.ERASE_CUSTOMER),
    "erasures/<int:customer_id>/refuse/": action(P.ERASE_CUSTOMER),
}
SECRETS: dict[str, set[str]] = {}  # consents and requests are of customers, and no team's


def make_rows(*, pk: int, team: Team, user: User, is_own: bool) -> None:
    """The customer of this ``pk`` asks to be erased."""
    Customer.objects.filter(pk=pk).update(erasure_asked_at=timezone.now())
