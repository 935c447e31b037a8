"""What the things of the history are called, and where their pages are. No queries."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy

KINDS = {
    "accounts.User": lazy("Person"),
    "accounts.Team": lazy("Team"),
    "accounts.Membership": lazy("Membership"),
    "accounts.Invitation": lazy("Invitation"),
    "accounts.ApiKey": lazy("API key"),
    "mfa.Authenticator": lazy("Second factor"),
    "catalog.Product": lazy("Product"),
    "catalog.ProductVersion": lazy("Version"),
    "customers.Segment": lazy("Segment"),
    "customers.Organisation": lazy("Organisation"),
    "customers.Customer": lazy("Customer"),
    "feedback.Form": pgettext_lazy("for customers to fill in", "Form"),
    "feedback.Feedback": lazy("Feedback"),
    "tagging.Tag": lazy("Tag"),
    "tagging.KeywordRule": lazy("Keyword rule"),
    "priorities.Policy": lazy("Policy"),
    "priorities.Priority": lazy("Priority"),
}
_FIELDS = {
    "accepted_at": lazy("Accepted at"),
    "accepted_by": lazy("Accepted by"),
    "against_weight": lazy("Weight of voices against"),
    "alignment": lazy("Alignment"),
    "anonymous_daily_cap": lazy("Anonymous feedback a day"),
    "anonymous_weight": lazy("Weight of anonymous feedback"),
    "archived_at": lazy("Archived at"),
    "counted": lazy("What is counted"),
    "default_visibility": lazy("Who reads its feedback"),
    "description": lazy("Description"),
    "effort": lazy("Effort"),
    "email": lazy("E-mail address"),
    "erased_at": lazy("Erased at"),
    "everywhere_role": lazy("Role everywhere"),
    "exclusions": lazy("Exclusions"),
    "expires_at": lazy("Expires at"),
    "half_life_days": lazy("Half-life in days"),
    "importance_weight": lazy("Weight of importance"),
    "intro": lazy("Introduction"),
    "invited_by": lazy("Invited by"),
    "is_active": lazy("Active"),
    "is_administrator": lazy("Administrator"),
    "is_open": lazy("Open"),
    "is_staff": lazy("Opens the operators' admin"),
    "is_superuser": lazy("Administrator of everything"),
    "min_voices": lazy("Least voices"),
    "name": lazy("Name"),
    "organisation": lazy("Organisation"),
    "owner": lazy("Owner"),
    "parent": lazy("Tag above"),
    "phrases": lazy("Phrases"),
    "prefix": lazy("Beginning"),
    "product": lazy("Product"),
    "released_on": lazy("Released on"),
    "repeat_weight": lazy("Weight of repeats"),
    "revoked_at": lazy("Revoked at"),
    "role": lazy("Role"),
    "scopes": lazy("Scopes"),
    "segment": lazy("Segment"),
    "segment_weights": lazy("Weights of segments"),
    "slug": lazy("Address part"),
    "state": lazy("State"),
    "tag": lazy("Tag"),
    "team": lazy("Team"),
    "title": lazy("Title"),
    "type": lazy("Type"),
    "unhappy_weight": lazy("Weight of unhappy voices"),
    "user": lazy("Person"),
    "verified_at": lazy("Verified at"),
    "version": lazy("Version"),
    "visibility": lazy("Who reads it"),
    "weight": lazy("Weight"),
}
_PAGES = {  # by id; the others have no page of their own, or one under another name
    "accounts.User": "people:person",
    "catalog.Product": "workbench:product",
    "customers.Segment": "workbench:segment",
    "customers.Organisation": "workbench:organisation",
    "customers.Customer": "workbench:customer",
    "feedback.Feedback": "workbench:feedback-detail",
}


def field_label(name: str) -> str:
    """Return what a kept field is called."""
    return str(_FIELDS.get(name, name))


def thing_name(kind: str, object_id: int, words: Mapping[str, str]) -> str:
    """Return what a change is about, by the values kept with it (in words already); its number if they do not say."""
    told = {
        "accounts.Membership": _("%(user)s in %(team)s"),
        "catalog.ProductVersion": "%(product)s %(name)s",
        "mfa.Authenticator": _("%(type)s of %(user)s"),
        "tagging.KeywordRule": _("Rule for %(tag)s"),
        "priorities.Policy": _("Policy of %(team)s"),
    }.get(kind)
    try:
        if told:
            return told % words
    except KeyError:  # a kind that kept less in earlier days
        pass
    named = next((words[name] for name in ("title", "name", "email", "tag") if words.get(name)), "")
    return named or _("no. %(number)s") % {"number": object_id}


def thing_url(kind: str, object_id: int) -> str:
    """Return the address of the thing's page, "" where it has none by number."""
    return reverse(_PAGES[kind], args=[object_id]) if kind in _PAGES else ""
