"""Reviews and the random sample: to look at."""

from django.contrib import admin

from wasteapp.admin.base import ReadOnlyAdmin
from wasteapp.models import AuditSample, ReviewAssignment


@admin.register(ReviewAssignment)
class ReviewAssignmentAdmin(ReadOnlyAdmin):
    list_display = ["item", "reviewer", "reason", "state", "blind", "created", "finished"]
    list_filter = ["state", "reason", "blind"]
    list_select_related = ["item", "reviewer"]
    ordering = ["-id"]


@admin.register(AuditSample)
class AuditSampleAdmin(ReadOnlyAdmin):
    list_display = ["prediction", "probability", "created"]
    list_select_related = ["prediction"]
    ordering = ["-id"]
