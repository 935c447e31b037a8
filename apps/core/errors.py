"""Errors that a person's action can meet: shown with what to do, never as a stack trace."""


class DomainError(Exception):
    """A conflict of state. ``str(error)`` is the sentence shown to the person."""
