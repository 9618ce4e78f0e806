"""The site's own settings, bins, categories and model versions."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from wasteapp.admin.base import ReadOnlyAdmin
from wasteapp.models import Bin, Category, ModelVersion, SiteSettings, User
from wasteapp.queries import labels_in_service
from wasteapp.services.errors import Refused
from wasteapp.services.releases import model_activate


@admin.register(SiteSettings)
class SiteSettingsAdmin(ModelAdmin):
    """One row: the list leads straight to it."""

    list_display = ["name", "signup_open", "preset_consent"]
    fieldsets = [
        (None, {"fields": ["name"]}),
        (_("People"), {"fields": ["signup_open", "preset_consent", "live_for_visitors"]}),
        (_("What is kept, and for how long"), {"fields": ["keep_days", "keep_failed_days"]}),
        (_("Review"), {"fields": ["required_reviews", "blind_percent", "audit_percent"]}),
    ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row, _made = SiteSettings.objects.get_or_create(pk=1)
        return redirect("admin:wasteapp_sitesettings_change", row.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Bin)
class BinAdmin(ModelAdmin):
    list_display = ["__str__", "colour", "icon", "position"]


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    list_display = ["__str__", "slug", "stream", "bin", "position"]
    list_filter = ["stream"]
    list_select_related = ["bin"]

    def get_readonly_fields(self, request: HttpRequest, obj: Category | None = None) -> list[str]:
        """Models and data sets know a category by its slug."""
        return ["slug"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Every label of the model in service needs its category."""
        needed = isinstance(obj, Category) and obj.slug in labels_in_service()
        return not needed and super().has_delete_permission(request, obj)


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ["name", "state", "created", "activated_at"]
    actions = ["activate"]

    @admin.action(description=_("Put the selected version in service"), permissions=["activate"])
    def activate(self, request: HttpRequest, versions: QuerySet[ModelVersion]) -> None:
        if versions.count() != 1:
            self.message_user(request, gettext("Choose one version."), messages.ERROR)
            return
        try:
            version = model_activate(version=versions.get(), decided_by=cast(User, request.user))
            self.message_user(
                request, gettext("%(version)s is in service.") % {"version": version}, messages.SUCCESS
            )
        except Refused as error:
            self.message_user(request, str(error), messages.ERROR)

    def has_activate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("wasteapp.change_modelversion")
