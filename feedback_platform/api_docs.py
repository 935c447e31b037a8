"""The OpenAPI schema and its page. The page's own policy: Swagger UI styles itself from its script."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.accounts import schema as api_key_scheme  # registers itself with drf-spectacular

__all__ = ["api_key_scheme", "docs", "schema"]

schema = SpectacularAPIView.as_view()
docs = csp_replace(
    {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
    }
)(SpectacularSwaggerSplitView.as_view(url_name="api-schema"))
