"""The audit trail: looked through, narrowed, taken along; never changed."""

from dataclasses import astuple
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from wasteapp.admin.base import ReadOnlyAdmin
from wasteapp.audit_csv import lines_of
from wasteapp.audit_words import NOTHING, Change, changes_of
from wasteapp.models import AuditEvent
from wasteapp.queries import categories
from wasteapp.queries.audit import actions_known, actor_name, actors_known, events_by, shown
from wasteapp.queries.audit_names import subject_names

SHORT = 120  # characters of a change in the list


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


class Trail(ChangeList):
    """A page of events with the names of what they are about, asked for all at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        _prepare(list(self.result_list))


def _prepare(events: list[Any]) -> None:
    """Give events their names and changes in words."""
    names, known = subject_names(events=events), categories()
    for event in events:
        event.name = names[event.pk]
        event.changes = changes_of(event=event, known=known)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Search takes a subject, an action or its beginning, or a user name."""

    list_display = ["at", "who", "role", "action", "about", "change"]
    list_display_links = ["at"]
    list_filter = [EntityFilter, ActionFilter, ActorFilter, SubjectFilter, ("at", admin.DateFieldListFilter)]
    search_fields = ["subject"]
    search_help_text = _("A subject, an action or its beginning, or a user name")
    fields = ["at", "who", "role", "job", "action", "about", "changes", "reason"]
    readonly_fields = fields
    ordering = ["-id"]
    actions = None
    list_before_template = "admin/audit_export.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return shown()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Trail]:
        return Trail

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        event = super().get_object(request, object_id, from_field)
        _prepare([event] if event else [])
        return event

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
    def about(self, event: Any) -> SafeString:
        address = f"{reverse('admin:wasteapp_auditevent_changelist')}?{urlencode({'subject': event.subject})}"
        return format_html('<a href="{}" title="{}">{}</a>', address, event.subject, event.name)

    @admin.display(description=_("before and after"))
    def change(self, event: Any) -> str:
        text = "; ".join(map(str, event.changes))
        return text if len(text) <= SHORT else f"{text[:SHORT]}…"

    @admin.display(description=_("before and after"))
    def changes(self, event: Any) -> SafeString | str:
        rows: list[Change] = event.changes
        if not rows:
            return NOTHING
        lines = format_html_join(
            "", "<tr><th scope='row'>{}</th><td>{}</td><td>{}</td></tr>", map(astuple, rows)
        )
        heads = format_html(
            "<tr><th scope='col'>{}</th><th scope='col'>{}</th><th scope='col'>{}</th></tr>",
            _("field"), _("before"), _("after"),
        )  # fmt: skip
        return format_html("<table><thead>{}</thead><tbody>{}</tbody></table>", heads, lines)
