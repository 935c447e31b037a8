"""What every view of the API has in common: answers say what is left of a limit, and no cache keeps them."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.limits import Verdict, parse_limit


class ApiView(APIView):
    """The base of every view under /api/v1/; it names its ``required_scope`` (accounts.authentication.HasScope)."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        """Add the headers, to answers and to problems alike. Any: the base class's signature."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Cache-Control"] = "no-store"
        verdict: Verdict | None = getattr(getattr(request, "_request", request), "api_limit", None)
        if verdict is not None:
            answer.headers["RateLimit-Limit"] = str(parse_limit(settings.API_LIMIT).uses)
            answer.headers["RateLimit-Remaining"] = str(verdict.remaining)
            answer.headers["RateLimit-Reset"] = str(verdict.reset_seconds)
        return answer
