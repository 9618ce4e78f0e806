"""What the admin's pages share."""

from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from wasteapp.models import NOT_WASTE
from wasteapp.queries import categories

COUNTED = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than its last page: a million rows would be counted for every page that is shown."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[:COUNTED].count()


class FoundRows(ChangeList):
    """Where counting found nothing, nothing is looked for again: on SQLite a search reads every row."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.result_count:
            self.result_list = self.queryset.none()


class LabelFilter(admin.SimpleListFilter):
    """The site's categories; asking the rows which labels they have would read all of them."""

    title = parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        known = [(slug, category.shown_name) for slug, category in categories().items()]
        return [*known, (NOT_WASTE, _("Not waste"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(label=self.value()) if self.value() else rows


class ReadOnlyAdmin(ModelAdmin):
    """Rows that services write: shown, never edited here."""

    show_full_result_count = False
    list_per_page = 30  # each is a millisecond of a core
    paginator = BoundedPaginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[FoundRows]:
        return FoundRows

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
