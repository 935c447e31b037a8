"""What may this person see, and why? Asked by administrators of the installation."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts import access
from apps.accounts.models import User
from apps.accounts.permissions import Permission, may, require
from apps.catalog.models import Product, Visibility
from apps.core.http import AuthedRequest
from apps.core.keyset import read_id
from apps.feedback.models import Feedback, FeedbackState
from apps.workbench.selectors import readable_feedback

OFFERED = 500  # people in the list that the field suggests


class ProductCounts(NamedTuple):
    product: Product
    cells: list[tuple[int, int]]  # may open, there are: in the order of Visibility


@require_safe
@require(Permission.MANAGE_ACCOUNTS)
def access_page(request: AuthedRequest) -> HttpResponse:
    """What a person holds in each team and may open, and one piece of feedback.

    They are picked by address, by id, or by a name that only one person has.
    """
    asked = request.GET.get("person", "").strip()
    person = _find_person(asked)
    number = request.GET.get("feedback", "").strip()
    context: dict[str, object] = {
        "asked": asked,
        "person": person,
        "people": User.objects.order_by("name", "email")[:OFFERED],
        "visibilities": Visibility.choices,
        "number": number,
    }
    if person is not None:
        context |= {"standings": access.standings_of(person), "counts": list(opened_counts(person))}
        if number:
            context["answer"] = _answer(person, _find_feedback(number))
    return render(request, "people/access.html", context)


def _find_person(asked: str) -> User | None:
    if asked.isdigit():
        return User.objects.filter(pk=read_id(asked) or 0).first()
    found = User.objects.filter(email=asked.lower()).first() if asked else None
    if found is not None or not asked:
        return found
    named = list(User.objects.filter(name__iexact=asked)[:2])
    return named[0] if len(named) == 1 else None


def _find_feedback(number: str) -> Feedback | None:
    return Feedback.objects.select_related("product__team").filter(pk=read_id(number) or 0).first()


def opened_counts(person: User) -> Iterable[ProductCounts]:
    """Yield for each product, by name, how much live feedback ``person`` may open, of how much. Three queries."""
    opened = _counted(_opened_to(person).filter(state=FeedbackState.LIVE))
    there = _counted(Feedback.objects.filter(state=FeedbackState.LIVE))
    for product in Product.objects.all():
        keys = [(product.pk, visibility) for visibility in Visibility.values]
        yield ProductCounts(product, [(opened.get(key, 0), there.get(key, 0)) for key in keys])


def _opened_to(person: User) -> QuerySet[Feedback]:
    return readable_feedback(person) if may(person, Permission.READ_FEEDBACK) else Feedback.objects.none()


def _counted(feedback: QuerySet[Feedback]) -> dict[tuple[int, str], int]:
    rows = feedback.order_by().values_list("product_id", "visibility").annotate(total=Count("pk"))
    return {(product_id, visibility): total for product_id, visibility, total in rows}


def _answer(person: User, feedback: Feedback | None) -> tuple[bool, list[str]]:
    """Return whether ``person`` may open ``feedback``, by the query every page asks, and why in sentences."""
    if feedback is None:
        return False, [_("There is no feedback of this number.")]
    is_open = _opened_to(person).filter(pk=feedback.pk).exists()
    return is_open, [*_facts(person, feedback), *access.reasons(person, feedback.product.team)]


def _facts(person: User, feedback: Feedback) -> list[str]:
    team = feedback.product.team
    owner = _("owned by %(team)s") % {"team": team} if team else _("owned by no team")
    facts = [_("It is about %(product)s, %(owner)s.") % {"product": feedback.product, "owner": owner}]
    facts.append(
        {
            Visibility.EVERYONE: _("All staff with a role may read it."),
            Visibility.TEAM: _("Only the owning team may read it, and roles in every team."),
            Visibility.RESTRICTED: _("It is restricted: only the owning team's administrators may read it."),
        }[Visibility(feedback.visibility)]
    )
    if feedback.state != FeedbackState.LIVE:
        facts.append(_("It is not live (%(state)s).") % {"state": feedback.get_state_display()})
        if not may(person, Permission.MODERATE_FEEDBACK):
            facts.append(_("They do not review what is held or spam."))
    if not may(person, Permission.READ_FEEDBACK):
        facts.append(_("They have no role that reads feedback."))
    return facts
