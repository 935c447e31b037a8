"""What every page's frame needs to know of the person."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.accounts.permissions import Permission, may
from apps.accounts.selectors import teams_of


def navigation(request: HttpRequest) -> dict[str, object]:
    """Return the person's teams (an administrator without one: all) and which of the staff pages are theirs.

    Nothing is read before a template asks: public pages and fragments cost no query here.
    """
    return {
        "navigation_teams": SimpleLazyObject(lambda: teams_of(request.user)),
        "theme": SimpleLazyObject(lambda: getattr(request.user, "theme", "") or "system"),
        "may_read_feedback": SimpleLazyObject(lambda: may(request.user, Permission.READ_FEEDBACK)),
        "may_moderate": SimpleLazyObject(lambda: may(request.user, Permission.MODERATE_FEEDBACK)),
        "may_manage_customers": SimpleLazyObject(lambda: may(request.user, Permission.MANAGE_CUSTOMERS)),
        "may_manage_people": SimpleLazyObject(lambda: may(request.user, Permission.MANAGE_PEOPLE)),
        "may_manage_accounts": SimpleLazyObject(lambda: may(request.user, Permission.MANAGE_ACCOUNTS)),
        "may_manage_keys": SimpleLazyObject(lambda: may(request.user, Permission.MANAGE_API_KEYS)),
        "may_view_audit": SimpleLazyObject(lambda: may(request.user, Permission.VIEW_AUDIT)),
        "may_manage_forms": SimpleLazyObject(lambda: may(request.user, Permission.MANAGE_FORMS)),
        "may_import_feedback": SimpleLazyObject(lambda: may(request.user, Permission.IMPORT_FEEDBACK)),
        "may_record_feedback": SimpleLazyObject(
            lambda: may(request.user, Permission.READ_FEEDBACK) and may(request.user, Permission.WRITE_NOTE)
        ),
        "may_run_research": SimpleLazyObject(lambda: may(request.user, Permission.RUN_RESEARCH)),
        "may_join_research": SimpleLazyObject(lambda: may(request.user, Permission.JOIN_RESEARCH)),
        "may_manage_integrations": SimpleLazyObject(lambda: may(request.user, Permission.MANAGE_INTEGRATIONS)),
        "may_manage_products": SimpleLazyObject(lambda: may(request.user, Permission.MANAGE_CATALOG)),
        "may_read_mail": SimpleLazyObject(lambda: may(request.user, Permission.VIEW_MAIL)),
    }
