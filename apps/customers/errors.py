"""Conflicts of state that managing customers can meet."""

from apps.core.errors import DomainError


class CustomerErasedError(DomainError):
    def __init__(self) -> None:
        super().__init__("This customer was erased; nothing can be added to what is left.")


class SameNameError(DomainError):
    def __init__(self) -> None:
        super().__init__("A customer of that name, without an address, is in that organisation already.")
