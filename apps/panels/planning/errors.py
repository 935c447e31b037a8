"""What stands in the way of planning: each is told to the person in its own words."""

from apps.core.errors import DomainError


class PlanningError(DomainError):
    """The session, or what is asked of it, is not in the state for it."""


class TooSoonError(PlanningError):
    """Somebody was asked lately, and no reason was given to ask again."""

    def __init__(self, message: str, customer_ids: set[int]) -> None:
        super().__init__(message)
        self.customer_ids = customer_ids
