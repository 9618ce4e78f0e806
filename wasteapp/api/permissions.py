"""Who may use what of the API."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from wasteapp.queries import is_operator, is_reviewer


class IsOperator(BasePermission):
    """Operators and admins."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return is_operator(request.user)  # type: ignore[arg-type]


class IsReviewer(BasePermission):
    """Reviewers, operators and admins."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return is_reviewer(request.user)  # type: ignore[arg-type]
