"""Trainings."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wasteapp.admin.base import ReadOnlyAdmin
from wasteapp.models import TrainingRun


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = [
        "name",
        "dataset",
        "revision",
        "architecture",
        "job",
        "result",
        "created_by",
        "created",
        "page",
    ]
    list_select_related = ["dataset", "job", "result", "created_by"]

    @admin.display(description=_("page"))
    def page(self, run: TrainingRun) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("training-detail", args=[run.pk]), gettext("Open"))
