"""What is wrong with a file as a whole."""

from apps.core.errors import DomainError


class UnusableFileError(DomainError):
    """The file as a whole cannot be imported; the message says what to do."""
