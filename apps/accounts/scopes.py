"""What an API key may do, and which permission lets a signed-in person do the same with the session."""

from enum import StrEnum

from django.utils.translation import gettext_noop

from apps.accounts.permissions import Permission


class Scope(StrEnum):
    FEEDBACK_WRITE = "feedback:write"
    FEEDBACK_READ = "feedback:read"
    QUEUES_READ = "queues:read"


SCOPES: dict[Scope, str] = {
    Scope.FEEDBACK_WRITE: gettext_noop("Submit feedback"),
    Scope.FEEDBACK_READ: gettext_noop("Read feedback that all staff may read"),
    Scope.QUEUES_READ: gettext_noop("Read teams and their priority queues"),
}

# A scope that is not here is for keys alone: people write through the pages.
SESSION_PERMISSIONS: dict[Scope, Permission] = {
    Scope.FEEDBACK_READ: Permission.READ_FEEDBACK,
    Scope.QUEUES_READ: Permission.READ_FEEDBACK,
}
