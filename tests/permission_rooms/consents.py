"""Rules and rows of the permission matrix: consents, and customers' own pages, which open by their link alone."""

from apps.accounts.models import Team, User
from tests.permission_rule import FORM, POST, READ, Rule, public

RULES: dict[str, Rule] = {
    "my/": public(*FORM),
    "my/<str:token>/": public(*READ),
    "my/<str:token>/consents/": public(*POST),
    "my/<str:token>/data.json": public(*READ),
    "my/<str:token>/erasure/": public(*POST),
}
SECRETS: dict[str, set[str]] = {}  # a word of the other team's row -> the actors that may meet it


def make_rows(*, pk: int, team: Team, user: User, is_own: bool) -> None:
    """Make this room's row for one of the two teams; its product, customer and feedback have the same ``pk``."""
