"""Conflicts of state that managing products can meet."""

from django.utils.translation import gettext as _

from apps.core.errors import DomainError


class ProductUsedError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("Something was said of this product, or is set up for it: archive it instead."))


class ProductArchivedError(DomainError):
    def __init__(self) -> None:
        super().__init__(_("The product is archived. Take it back first; then its forms can be opened."))
