"""What the views of pages share: the kind of request they get, and who may come in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from wasteapp.models import User
from wasteapp.queries import is_operator, is_reviewer

View = Callable[..., HttpResponseBase]


class PageRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


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
