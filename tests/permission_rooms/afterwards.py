"""Rules and rows of the permission matrix: afterwards."""

from apps.accounts.models import Team, User
from apps.tagging.models import Source, Tag, Tagging, TaggingState
from tests.permission_rule import Rule

RULES: dict[str, Rule] = {}
SECRETS: dict[str, set[str]] = {}  # a word of the other team's row -> the actors that may meet it


def make_rows(*, pk: int, team: Team, user: User, is_own: bool) -> None:
    """Make this room's row for one of the two teams; its product, customer and feedback have the same ``pk``."""
    Tagging.objects.create(
        pk=pk,
        feedback_id=pk,
        tag=Tag.objects.filter(team=team).order_by("pk")[0],
        source=Source.PERSON,
        state=TaggingState.CONFIRMED,
        user=user,
        span_start=0,
        span_end=3,
    )
