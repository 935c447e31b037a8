"""What can go wrong with embedded services, in words for the person at the terminal."""


class EmbeddedError(Exception):
    """``str(error)`` says what is wrong and what to do about it; shown without a stack trace."""
