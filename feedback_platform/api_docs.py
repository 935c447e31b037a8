"""The OpenAPI schema, its page and that of problems. The first page has its own policy: Swagger UI styles itself."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.accounts import schema as api_key_scheme  # registers itself with drf-spectacular
from apps.core.problems import PROBLEMS

__all__ = ["api_key_scheme", "docs", "problems", "schema"]

schema = require_safe(SpectacularAPIView.as_view())  # DRF's OPTIONS would render without a template
docs = csp_replace(
    {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
    }
)(require_safe(SpectacularSwaggerSplitView.as_view(url_name="api-schema")))


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """What each code of a problem means and what to do: where the ``type`` of a problem leads."""
    return HttpResponse(render_to_string("api/problems.html", {"problems": PROBLEMS.items()}))
