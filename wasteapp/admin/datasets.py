"""Data sets, their entries, files and jobs."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wasteapp.admin.base import LabelFilter, ReadOnlyAdmin
from wasteapp.models import DataImport, Dataset, DatasetEntry, DatasetExport, Download, Job
from wasteapp.services.errors import Refused
from wasteapp.services.job_control import job_stop


@admin.register(Dataset)
class DatasetAdmin(ReadOnlyAdmin):
    list_display = ["name", "item_count", "revision", "created_by", "created", "frozen_at", "page"]
    list_select_related = ["created_by"]
    actions = ["download"]

    @admin.display(description=_("page"))
    def page(self, dataset: Dataset) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("dataset-detail", args=[dataset.pk]), gettext("Open")
        )

    @admin.action(description=_("Download the selected data set"))
    def download(self, request: HttpRequest, datasets: QuerySet[Dataset]) -> HttpResponse | None:
        if datasets.count() != 1:
            self.message_user(request, gettext("Choose one data set."), messages.ERROR)
            return None
        return redirect("dataset-download", datasets.get().pk)


@admin.register(DatasetEntry)
class DatasetEntryAdmin(ReadOnlyAdmin):
    list_display = ["dataset", "item_uuid", "label", "split", "suspicion", "duplicate", "tombstoned_at"]
    list_filter = ["split", "duplicate", LabelFilter]
    list_select_related = ["dataset"]
    ordering = ["-id"]


@admin.register(DatasetExport)
class DatasetExportAdmin(ReadOnlyAdmin):
    list_display = ["dataset", "format", "revision", "size", "created", "expires"]
    list_select_related = ["dataset"]


@admin.register(Download)
class DownloadAdmin(ReadOnlyAdmin):
    list_display = ["dataset", "format", "revision", "who", "created"]
    list_filter = ["format"]
    list_select_related = ["dataset", "who"]


@admin.register(DataImport)
class DataImportAdmin(ReadOnlyAdmin):
    list_display = ["name", "taken", "consent", "created_by", "created", "page"]
    list_select_related = ["created_by"]

    @admin.display(description=_("page"))
    def page(self, imported: DataImport) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("import-detail", args=[imported.pk]), gettext("Open")
        )


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["kind", "state", "percent", "attempt", "asked_by", "created", "finished", "error"]
    list_filter = ["kind", "state"]
    list_select_related = ["asked_by"]
    actions = ["cancel"]

    @admin.action(description=_("Cancel the selected jobs"), permissions=["cancel"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        for job in jobs:
            try:
                job_stop(job=job)
            except Refused as error:
                self.message_user(request, f"{job}: {error}", messages.WARNING)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("wasteapp.change_job")
