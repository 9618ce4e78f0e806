"""What candidates were judged on, how they did, what was decided, and what was answered again."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wasteapp.admin.base import ReadOnlyAdmin
from wasteapp.models import Comparison, Holdout, ReleaseDecision, Reprediction


@admin.register(Comparison)
class ComparisonAdmin(ReadOnlyAdmin):
    list_display = ["candidate", "baseline", "verdict", "created_by", "created", "page"]
    list_filter = ["verdict"]
    list_select_related = ["candidate", "baseline", "created_by"]

    @admin.display(description=_("page"))
    def page(self, comparison: Comparison) -> SafeString:
        return _link("comparison-detail", comparison.pk)


@admin.register(Holdout)
class HoldoutAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "size", "created"]


@admin.register(ReleaseDecision)
class ReleaseDecisionAdmin(ReadOnlyAdmin):
    list_display = ["action", "version", "previous", "overridden", "reason", "decided_by", "created"]
    list_filter = ["action", "overridden"]
    list_select_related = ["version", "previous", "decided_by"]


@admin.register(Reprediction)
class RepredictionAdmin(ReadOnlyAdmin):
    list_display = ["version", "items", "changed", "created_by", "created", "page"]
    list_select_related = ["version", "created_by"]

    @admin.display(description=_("page"))
    def page(self, asked: Reprediction) -> SafeString:
        return _link("reprediction-detail", asked.pk)


def _link(route: str, pk: object) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(route, args=[pk]), gettext("Open"))
