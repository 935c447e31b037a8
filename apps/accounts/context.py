"""What every page's frame needs to know of the person."""

from django.http import HttpRequest


def navigation(request: HttpRequest) -> dict[str, object]:
    """Return the teams of the signed-in person, for the navigation."""
    return {}
