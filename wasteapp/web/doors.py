"""What the views of pages share: the kind of request they get, who may come in, how often."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

from wasteapp.models import User
from wasteapp.queries import is_operator, is_reviewer
from wasteapp.services.errors import OverQuota
from wasteapp.web.limits import refusal

View = Callable[..., HttpResponseBase]


class PageRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


class _Scope:
    def __init__(self, scope: str) -> None:
        self.throttle_scope = scope


def throttled(scope: str) -> Callable[[View], View]:
    """As often as the API allows in that scope, counted together with it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def limited(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not ScopedRateThrottle().allow_request(cast(Request, request), cast(Any, _Scope(scope))):
                return refusal(request, OverQuota(_("That was too much at once. Try again in a while.")))
            return view(request, *args, **kwargs)

        return limited

    return decorate


def operators_only(view: View) -> View:
    """Operators come in, others get 403, visitors are asked to sign in."""
    return _only(is_operator, view)


def reviewers_only(view: View) -> View:
    """Reviewers and operators come in, others get 403, visitors are asked to sign in."""
    return _only(is_reviewer, view)


def _only(may: Callable[[User], bool], view: View) -> View:
    @wraps(view)
    def checked(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(checked)
