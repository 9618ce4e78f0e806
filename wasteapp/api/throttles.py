"""How often the API may be asked, counted together with the pages."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from wasteapp.web.rates import SCOPES, rate_check


class RouteThrottle(BaseThrottle):
    """What is posted to an address that has a scope."""

    def allow_request(self, request: Request, view: Any) -> bool:
        match = request.resolver_match
        if request.method == "POST" and match:
            rate_check(request, SCOPES.get(match.view_name, ""))
        return True
