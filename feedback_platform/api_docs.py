"""The OpenAPI schema and its page. The page's own policy: Swagger UI styles itself from its script."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.accounts import schema as api_key_scheme  # registers itself with drf-spectacular

__all__ = ["api_key_scheme", "docs", "schema"]

schema = require_safe(SpectacularAPIView.as_view())  # DRF's OPTIONS would render without a template
docs = csp_replace(
    {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
    }
)(require_safe(SpectacularSwaggerSplitView.as_view(url_name="api-schema")))
