"""What the things of the history are called, and where their pages are. No queries."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

KINDS = {
    "accounts.User": gettext_lazy("Person"),
    "accounts.Team": gettext_lazy("Team"),
    "accounts.Membership": gettext_lazy("Membership"),
    "accounts.Invitation": gettext_lazy("Invitation"),
    "accounts.ApiKey": gettext_lazy("API key"),
    "mfa.Authenticator": gettext_lazy("Second factor"),
    "catalog.Product": gettext_lazy("Product"),
    "catalog.ProductVersion": gettext_lazy("Version"),
    "customers.Segment": gettext_lazy("Segment"),
    "customers.Organisation": gettext_lazy("Organisation"),
    "customers.Customer": gettext_lazy("Customer"),
    "feedback.Form": pgettext_lazy("for customers to fill in", "Form"),
    "feedback.Feedback": gettext_lazy("Feedback"),
    "feedback.WidgetSecret": gettext_lazy("Secret of the widget"),
    "feedback.ImportMapping": gettext_lazy("Mapping of imports"),
    "integrations.Mailbox": gettext_lazy("Mailbox"),
    "integrations.InboundHook": gettext_lazy("Webhook in"),
    "tagging.Tag": gettext_lazy("Tag"),
    "tagging.KeywordRule": gettext_lazy("Keyword rule"),
    "priorities.Policy": gettext_lazy("Policy"),
    "priorities.Priority": gettext_lazy("Priority"),
}
_FIELDS = {
    "accepted_at": gettext_lazy("Accepted at"),
    "accepted_by": gettext_lazy("Accepted by"),
    "address": gettext_lazy("Address"),
    "against_weight": gettext_lazy("Weight of voices against"),
    "alignment": gettext_lazy("Alignment"),
    "anonymous_daily_cap": gettext_lazy("Anonymous feedback a day"),
    "anonymous_weight": gettext_lazy("Weight of anonymous feedback"),
    "archived_at": gettext_lazy("Archived at"),
    "closes_at": gettext_lazy("Closes"),
    "counted": gettext_lazy("What is counted"),
    "current": gettext_lazy("Live version"),
    "default_visibility": gettext_lazy("Who reads its feedback"),
    "description": gettext_lazy("Description"),
    "effort": gettext_lazy("Effort"),
    "email": gettext_lazy("E-mail address"),
    "ended_at": gettext_lazy("Ended at"),
    "erased_at": gettext_lazy("Erased at"),
    "everywhere_role": gettext_lazy("Role everywhere"),
    "exclusions": gettext_lazy("Exclusions"),
    "expires_at": gettext_lazy("Expires at"),
    "frame_origins": gettext_lazy("Sites that may embed it"),
    "half_life_days": gettext_lazy("Half-life in days"),
    "hook_sender": gettext_lazy("Mail service"),
    "imap_folder": gettext_lazy("Folder"),
    "imap_host": gettext_lazy("Mail server"),
    "imap_port": gettext_lazy("Port"),
    "imap_secret_variable": gettext_lazy("Variable with the password"),
    "imap_security": gettext_lazy("Encryption"),
    "imap_user": gettext_lazy("User name"),
    "importance_weight": gettext_lazy("Weight of importance"),
    "intro": gettext_lazy("Introduction"),
    "invited_by": gettext_lazy("Invited by"),
    "is_active": gettext_lazy("Active"),
    "is_administrator": gettext_lazy("Administrator"),
    "is_anonymous": gettext_lazy("Anonymous"),
    "is_on": gettext_lazy("On"),
    "is_open": gettext_lazy("Open"),
    "is_staff": gettext_lazy("Opens the operators' admin"),
    "is_superuser": gettext_lazy("Administrator of everything"),
    "is_trusted": gettext_lazy("Knows its customers"),
    "mapping": gettext_lazy("Mapping"),
    "min_voices": gettext_lazy("Least voices"),
    "name": gettext_lazy("Name"),
    "needs_link": gettext_lazy("Opens by a link of one's own only"),
    "opens_at": gettext_lazy("Opens"),
    "organisation": gettext_lazy("Organisation"),
    "owner": gettext_lazy("Owner"),
    "parent": gettext_lazy("Tag above"),
    "phrases": gettext_lazy("Phrases"),
    "plan": gettext_lazy("How columns become fields"),
    "prefix": gettext_lazy("Beginning"),
    "preset": gettext_lazy("What posts there"),
    "product": gettext_lazy("Product"),
    "released_on": gettext_lazy("Released on"),
    "repeat_weight": gettext_lazy("Weight of repeats"),
    "response_limit": gettext_lazy("Closes after this many answers"),
    "revoked_at": gettext_lazy("Revoked at"),
    "role": gettext_lazy("Role"),
    "scopes": gettext_lazy("Scopes"),
    "segment": gettext_lazy("Segment"),
    "segment_weights": gettext_lazy("Weights of segments"),
    "signature_algorithm": gettext_lazy("Algorithm"),
    "signature_header": gettext_lazy("Header with the signature"),
    "slug": gettext_lazy("Address part"),
    "source": gettext_lazy("How its mail comes here"),
    "state": gettext_lazy("State"),
    "tag": gettext_lazy("Tag"),
    "team": gettext_lazy("Team"),
    "title": gettext_lazy("Title"),
    "token_prefix": gettext_lazy("Beginning of the address"),
    "trusted_server": gettext_lazy("Server whose checks count"),
    "type": gettext_lazy("Type"),
    "unhappy_weight": gettext_lazy("Weight of unhappy voices"),
    "user": gettext_lazy("Person"),
    "verified_at": gettext_lazy("Verified at"),
    "version": gettext_lazy("Version"),
    "visibility": gettext_lazy("Who reads it"),
    "weight": gettext_lazy("Weight"),
}
_PAGES = {  # by id; the others have no page of their own, or one under another name
    "accounts.User": "people:person",
    "catalog.Product": "workbench:product",
    "customers.Segment": "workbench:segment",
    "feedback.Form": "builder:editor",
    "customers.Organisation": "workbench:organisation",
    "customers.Customer": "workbench:customer",
    "feedback.Feedback": "workbench:feedback-detail",
    "integrations.Mailbox": "integrations:mailbox",
    "integrations.InboundHook": "integrations:hook",
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
    named = next((words[name] for name in ("title", "name", "email", "address", "tag") if words.get(name)), "")
    return named or _("no. %(number)s") % {"number": object_id}


def thing_url(kind: str, object_id: int) -> str:
    """Return the address of the thing's page, "" where it has none by number."""
    return reverse(_PAGES[kind], args=[object_id]) if kind in _PAGES else ""
