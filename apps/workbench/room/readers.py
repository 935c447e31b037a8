"""Who reads one piece of feedback, in words, and who may change that."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.catalog.models import Product, Visibility
from apps.feedback.models import Feedback


@dataclass(frozen=True)
class Circle:
    """One visibility, and who that lets in for a product."""

    visibility: Visibility
    readers: str
    is_current: bool


def circles(product: Product, current: str) -> list[Circle]:
    """Return the three visibilities with who reads, the widest first."""
    if product.team:
        names = {"team": product.team.name}
        team = _("Members of %(team)s, people with a role everywhere, and administrators.") % names
        restricted = _("Administrators of %(team)s and of the platform. It counts in no queue.") % names
    else:
        team = _("No team owns the product yet, so only administrators.")
        restricted = _("Administrators only. It counts in no queue.")
    readers = {
        Visibility.EVERYONE: _("All staff, and programs with an API key."),
        Visibility.TEAM: team,
        Visibility.RESTRICTED: restricted,
    }
    return [Circle(one, readers[one], one == current) for one in Visibility]


def may_set_visibility(user: User, feedback: Feedback) -> bool:
    """Return whether ``user`` may open or close ``feedback``: a role in the team that owns its product."""
    return may(user, Permission.SET_VISIBILITY, team=feedback.product.team)


def visibility_context(user: User, feedback: Feedback) -> dict[str, object]:
    """Return the context of ``_visibility.html``. No query: the product's team comes with the feedback."""
    return {
        "feedback": feedback,
        "circles": circles(feedback.product, feedback.visibility),
        "can_set_visibility": may_set_visibility(user, feedback),
    }
