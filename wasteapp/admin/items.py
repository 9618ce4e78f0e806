"""Items, predictions and annotations: to look at; the item's own page changes them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wasteapp.admin.base import LabelFilter, ReadOnlyAdmin
from wasteapp.models import Annotation, Item, Prediction, UploadKey, User
from wasteapp.queries import is_operator, items_learnable
from wasteapp.queries.search import text_within
from wasteapp.services.dataset_filters import condition
from wasteapp.services.errors import Refused
from wasteapp.services.snapshots import dataset_create

OWNERS = 100  # whose name fits a search


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    """To look at. *Freeze* takes the labels of the ticked rows, and all of the site's items that have them."""

    list_display = [
        "picture",
        "label",
        "verified_label",
        "state",
        "sure",
        "consent",
        "owner",
        "created",
    ]
    list_display_links = ["picture", "label"]
    list_filter = ["state", LabelFilter, "corrected", "consent", "source", "split"]
    list_select_related = ["owner"]
    ordering = ["-id"]
    search_fields = ["client_filename", "note", "owner__username"]  # see get_search_results
    actions = ["freeze"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Item], search_term: str
    ) -> tuple[QuerySet[Item], bool]:
        """Each word in file name, note or owner's name. Owners are looked up first: a condition over two tables would
        have the database read both."""
        for word in search_term.split():
            owners = User.objects.filter(username__icontains=word).values_list("pk", flat=True)[:OWNERS]
            queryset = queryset.filter(text_within(text=word) | Q(owner__in=list(owners)))
        return queryset, False

    @admin.display(description="")
    def picture(self, item: Item) -> SafeString | str:
        if not item.thumbnail:
            return "–"
        picture = '<img src="/items/{}/thumbnail/" alt="{}" class="h-12 w-16 object-cover" loading="lazy">'
        return format_html(picture, item.pk, gettext("Photograph"))

    @admin.display(description=_("How sure"), ordering="confidence")
    def sure(self, item: Item) -> str:
        return "–" if item.confidence is None else f"{item.confidence:.1%}"

    @admin.action(
        description=_("Freeze all of the site's items that have the verified labels of these"),
        permissions=["freeze"],
    )
    def freeze(self, request: HttpRequest, items: QuerySet[Item]) -> HttpResponse | None:
        labels = sorted(set(items.exclude(verified_label="").values_list("verified_label", flat=True)))
        if not labels:
            self.message_user(request, gettext("None of these items has a verified label."), messages.WARNING)
            return None
        named, filters = ", ".join(labels), {"label": labels}
        try:
            dataset = dataset_create(name=f"Admin: {named}"[:80], asked_by=_user(request), filters=filters)
        except Refused as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        number = items_learnable(filters=condition(filters=filters)).count()
        self.message_user(
            request,
            gettext(
                "All %(number)s verified, consented items of the site with these labels are being frozen: %(labels)s."
            )
            % {"number": number, "labels": named},
        )
        return redirect("dataset-detail", dataset.pk)

    def has_freeze_permission(self, request: HttpRequest) -> bool:
        return is_operator(_user(request))


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    list_display = [
        "item",
        "label",
        "confidence",
        "state",
        "attempt",
        "model_version",
        "created",
        "error_code",
    ]
    list_filter = ["state", LabelFilter, "model_version", "error_code"]
    list_select_related = ["item", "model_version"]
    ordering = ["-id"]


@admin.register(Annotation)
class AnnotationAdmin(ReadOnlyAdmin):
    list_display = ["item", "kind", "category", "who", "role", "created", "withdrawn_at"]
    list_filter = ["kind", "role", "category"]
    list_select_related = ["item", "category", "who"]
    ordering = ["-id"]


@admin.register(UploadKey)
class UploadKeyAdmin(ReadOnlyAdmin):
    list_display = ["key", "owner", "item", "created"]
    list_select_related = ["owner", "item"]
    ordering = ["-id"]


def _user(request: HttpRequest) -> Any:
    return request.user
