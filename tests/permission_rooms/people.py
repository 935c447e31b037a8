"""Rules and rows of the permission matrix: customers as people, and candidates."""

from apps.accounts.models import Role, Team, User
from apps.accounts.permissions import Permission as P  # noqa: N817 short, for one line a route
from apps.customers.models import Customer, Merge
from apps.panels.models import Criteria
from tests.permission_rule import Rule, action, form, page

RULES: dict[str, Rule] = {
    "customers/import/": form(P.MANAGE_CUSTOMERS),
    "customers/<int:customer_id>/uses/": action(P.MANAGE_CUSTOMERS),
    "customers/<int:customer_id>/merge/": form(P.MANAGE_CUSTOMERS),
    "customers/<int:customer_id>/merges/<int:merge_id>/undo/": action(P.MANAGE_CUSTOMERS),
    "candidates/": page(P.RUN_RESEARCH),
    "candidates/save/": action(P.RUN_RESEARCH),
    "candidates/<int:criteria_id>/": page(P.RUN_RESEARCH, own=True, owners=("analyst",)),
    "candidates/<int:criteria_id>/edit/": form(P.RUN_RESEARCH, own=True, owners=("analyst",)),
    "candidates/<int:criteria_id>/delete/": action(P.RUN_RESEARCH, own=True, owners=("analyst",)),
}
# a word of the other team's row -> the actors that may meet it
SECRETS: dict[str, set[str]] = {"zebracriteria": {"other analyst"}}


def make_rows(*, pk: int, team: Team, user: User, is_own: bool) -> None:
    """Make this room's row for one of the two teams; its product, customer and feedback have the same ``pk``."""
    analyst = User.objects.get(memberships__team=team, memberships__role=Role.ANALYST)
    Criteria.objects.create(pk=pk, owner=analyst, name="ours" if is_own else "zebracriteria")
    merged = Customer.objects.create(name=f"Second record {pk}", merged_into_id=pk)
    Merge.objects.create(pk=pk, kept_id=pk, merged=merged)
