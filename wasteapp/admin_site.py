"""The admin's site: the site's own sign-in, and a content security policy of its own for its theme."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from urllib.parse import unquote

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.admin import ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from wasteapp.admin_front import grouped

# Unfold compiles the expressions in its pages (Alpine) and starts itself inline.
POLICY = {"script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE], "style-src": [SELF, UNSAFE_INLINE]}
# Who may write one of these may become an admin: by a group, a password, an address for a lost password, a token.
RIGHTS = {"wasteapp.User", "auth.Group", "account.EmailAddress", "mfa.Authenticator", "wasteapp.ApiToken"}


# Its rows hold the keys of sessions: who reads one is signed in as somebody else.
HIDDEN = {"usersessions.UserSession"}


class AdminsOnly(ModelAdmin):  # type: ignore[type-arg]
    """For superusers, whatever permissions somebody was given."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_admin(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_admin(request) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_admin(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_admin(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_admin(request) and super().has_delete_permission(request, obj)


def _is_admin(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


def without_nul(view: Callable[..., Any]) -> Callable[..., Any]:
    """NUL in what is looked up is refused: PostgreSQL holds no such text, and the admin asks it all the same."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if "\x00" in request.path + unquote(request.META.get("QUERY_STRING", "")):
            raise BadRequest("NUL in what is looked up.")
        return view(request, *args, **kwargs)

    return checked


class SortwiseAdminSite(UnfoldAdminSite):
    """Unfold's pages for staff."""

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        return csp_update(POLICY)(without_nul(super().admin_view(view, cacheable)))

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: "type[ModelAdmin[Any]] | None" = None,
        **options: Any,
    ) -> None:
        """What decides about rights is kept to admins here, so that no package's own page is forgotten."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        for model in models:
            if model._meta.label in HIDDEN:
                continue
            own = admin_class or ModelAdmin
            if model._meta.label in RIGHTS:
                own = type(own.__name__, (AdminsOnly, own), {})
            super().register(model, own, **options)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """By what it is for; the page of one app stays as Django has it."""
        apps: list[dict[str, Any]] = super().get_app_list(request, app_label)
        return apps if app_label else grouped(apps)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """People sign in at one place, where limits hold and a second factor is asked for."""
        if request.user.is_authenticated:
            return redirect("admin:index" if self.has_permission(request) else "home")
        return redirect_to_login(request.GET.get("next", reverse("admin:index")), reverse("account_login"))
