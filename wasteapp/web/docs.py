"""The API's docs page: offline, its script a file, and a style policy of its own."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from drf_spectacular.views import SpectacularSwaggerSplitView


class DocsView(SpectacularSwaggerSplitView):
    """It has no page for a question about itself (OPTIONS)."""

    http_method_names = ["get", "head"]


# Swagger UI styles its elements inline; nothing else on this site may.
api_docs = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(DocsView.as_view(url_name="api:schema"))
