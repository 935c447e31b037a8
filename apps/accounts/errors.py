"""Conflicts of state that managing staff can meet."""

from apps.core.errors import DomainError


class LastAdministratorError(DomainError):
    def __init__(self) -> None:
        super().__init__("This is the last administrator. Make another one first.")


class SetupDoneError(DomainError):
    def __init__(self) -> None:
        super().__init__("An administrator exists already. Sign in, or ask them for an account.")
