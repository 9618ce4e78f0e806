"""The audit trail: looked through, narrowed, taken along; never changed."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from wasteapp.admin.base import ReadOnlyAdmin
from wasteapp.audit_csv import as_text, lines_of
from wasteapp.models import AuditEvent
from wasteapp.queries.audit import actions_known, actor_name, actors_known, events_by, shown

SHORT = 80  # characters of a change in the list


class ExactFilter(admin.SimpleListFilter):
    """Chooses the rows that have one value in one column."""

    column = ""

    def queryset(self, request: HttpRequest, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        return events.filter(**{self.column: self.value()}) if self.value() else events


class EntityFilter(ExactFilter):
    """What the part before the dot says: all that was done to one kind of thing."""

    title, parameter_name, column = _("kind of thing"), "entity", "action__startswith"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        entities = dict.fromkeys(action.partition(".")[0] for action in actions_known())
        return [(f"{entity}.", entity) for entity in entities]


class ActionFilter(ExactFilter):
    title, parameter_name, column = _("action"), "action", "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(action, action) for action in actions_known()]


class ActorFilter(ExactFilter):
    title, parameter_name = _("who"), "actor"

    def queryset(self, request: HttpRequest, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        return events_by(events, actor=str(self.value())) if self.value() else events

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(person.pk), person.username) for person in actors_known()]


class SubjectFilter(ExactFilter):
    """Of one thing: chosen by a row's link, and shown so that it can be taken away."""

    title, parameter_name, column = _("about"), "subject", "subject"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = request.GET.get("subject", "")
        return [(chosen, chosen)] if chosen else []


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Search takes a subject, an action or its beginning, or a user name."""

    list_display = ["at", "who", "role", "action", "about", "change"]
    list_display_links = ["at"]
    list_filter = [EntityFilter, ActionFilter, ActorFilter, SubjectFilter, ("at", admin.DateFieldListFilter)]
    search_fields = ["subject"]
    search_help_text = _("A subject, an action or its beginning, or a user name")
    fields = ["at", "who", "role", "job", "action", "about", "was", "became", "reason"]
    readonly_fields = fields
    ordering = ["-id"]
    actions = None
    list_before_template = "admin/audit_export.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return shown()

    def get_search_results(
        self, request: HttpRequest, events: QuerySet[AuditEvent], term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Each part along an index; a look into every row would take as long as the trail is."""
        if not term:
            return events, False
        found = Q(subject=term) | Q(action=term) | Q(action__startswith=f"{term}.") | Q(actor__username=term)
        return events.filter(found), False

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export)
        return [path("export/", export, name="wasteapp_auditevent_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The list as it is narrowed, as CSV, from the first to the last."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            events = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return redirect("admin:wasteapp_auditevent_changelist")
        headers = {"Content-Disposition": 'attachment; filename="sortwise-audit.csv"'}
        headers["Cache-Control"] = "private, no-store"
        return StreamingHttpResponse(
            lines_of(events), content_type="text/csv; charset=utf-8", headers=headers
        )

    @admin.display(description=_("who"))
    def who(self, event: AuditEvent) -> str:
        return actor_name(event)

    @admin.display(description=_("about"))
    def about(self, event: AuditEvent) -> SafeString:
        return format_html('<a href="../auditevent/?subject={0}">{0}</a>', event.subject)

    @admin.display(description=_("before and after"))
    def change(self, event: AuditEvent) -> str:
        text = " → ".join(filter(None, [self.was(event), self.became(event)]))
        return text if len(text) <= SHORT else f"{text[:SHORT]}…"

    @admin.display(description=_("before"))
    def was(self, event: AuditEvent) -> str:
        return as_text(event.before)

    @admin.display(description=_("after"))
    def became(self, event: AuditEvent) -> str:
        return as_text(event.after)
