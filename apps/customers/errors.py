"""Conflicts of state that managing customers can meet."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps.core.errors import DomainError


class CustomerErasedError(DomainError):
    def __init__(self) -> None:
        super().__init__("This customer was erased; nothing can be added to what is left.")


class SameNameError(DomainError):
    def __init__(self) -> None:
        super().__init__("A customer of that name, without an address, is in that organisation already.")


class SegmentUsedError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("Customers or organisations are in this segment: say which segment they move to."))


class OrganisationUsedError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("Customers belong to this organisation: merge it with another one instead."))


class NamesakesError(DomainError):
    def __init__(self, names: Iterable[str]) -> None:
        told = _("Both have a customer of the same name without an address: %(names)s. Give one of each another name.")
        super().__init__(told % {"names": ", ".join(names)})


class SameRecordError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("That is the same record: choose another one to merge with."))


class MergedAlreadyError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("One of the two was merged into another record meanwhile: open it again, and look."))


class MergedLaterError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("The record that was kept has been merged into a third one since: undo that merge first."))
