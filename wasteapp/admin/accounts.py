"""People, invitations and tokens: for admins."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from wasteapp.models import ApiToken, Invitation, User
from wasteapp.queries import OPERATORS
from wasteapp.services.accounts import invitation_create, reset_path, tokens_revoke

if admin.site.is_registered(AuthToken):
    admin.site.unregister(AuthToken)
admin.site.unregister(Group)


class PasswordForm(AdminPasswordChangeForm):
    """A password that an admin sets ends the API tokens of the person, as one's own change does."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit)
        tokens_revoke(user=user)
        return user


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Roles are groups; whoever is an operator may open the admin."""

    form, add_form, change_password_form = UserChangeForm, UserCreationForm, PasswordForm
    list_display = ["username", "email", "is_active", "is_staff", "consent", "date_joined"]
    actions = ["make_reset_link"]
    actions_detail = ["make_their_reset_link"]
    fieldsets = [
        *(DjangoUserAdmin.fieldsets or []),
        ("Sortwise", {"fields": ["language", "theme", "consent"]}),
    ]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.instance.groups.filter(name=OPERATORS).exists():
            form.instance.is_staff = True
            form.instance.save(update_fields=["is_staff"])

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """An account with photographs is set inactive, not torn out."""
        return super().has_delete_permission(request, obj) and not (
            isinstance(obj, User) and obj.items.exists()
        )

    @admin.action(description=_("Make a password reset link"), permissions=["change"])
    def make_reset_link(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users[:10]:
            self._show_link(request, user)

    @action(
        description=_("Make a password reset link"),
        url_path="reset-link",
        icon="key",
        permissions=["change"],
    )
    def make_their_reset_link(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if user := self.get_object(request, object_id):
            self._show_link(request, user)
        return redirect("admin:wasteapp_user_change", object_id)

    def _show_link(self, request: HttpRequest, user: User) -> None:
        text = gettext(
            "For %(name)s. Copy it now, it is shown this once, and hand it over in person: %(link)s"
        )
        link = request.build_absolute_uri(reset_path(user=user))
        self.message_user(request, text % {"name": user, "link": link}, messages.SUCCESS)


@admin.register(Group)
class GroupAdmin(ModelAdmin):
    search_fields = ["name"]
    filter_horizontal = ["permissions"]


@admin.register(Invitation)
class InvitationAdmin(ModelAdmin):
    """Saving a new one shows its link, once."""

    list_display = ["note", "created", "expires", "used_by", "used"]
    list_select_related = ["used_by"]
    fields = ["note"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        invitation, token = invitation_create(created_by=request.user, note=obj.note)  # type: ignore[arg-type]
        obj.__dict__.update({k: v for k, v in invitation.__dict__.items() if k != "_state"})
        obj._state.adding = False
        link = request.build_absolute_uri(reverse("join", args=[token]))
        self.message_user(
            request,
            gettext("Invitation. Copy it now, it is shown this once: %(link)s") % {"link": link},
            messages.SUCCESS,
        )


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    """Listed so that an admin can revoke one; made on a person's own page."""

    list_display = ["user", "name", "created", "expiry"]
    list_select_related = ["user"]
    fields = ["user", "name", "expiry"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
