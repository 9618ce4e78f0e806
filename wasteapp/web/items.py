"""The pages of items: upload, result, correction, deletion."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wasteapp import queries
from wasteapp.models import Annotation, Item, Source, User
from wasteapp.services.annotation import annotation_create, annotation_withdraw
from wasteapp.services.deletion import item_delete
from wasteapp.services.errors import Invalid, KeyReused, Refused
from wasteapp.services.intake import Taken, item_create
from wasteapp.services.waiting import item_wait
from wasteapp.web.activation import activation_response
from wasteapp.web.answers import answer_for
from wasteapp.web.doors import PageRequest
from wasteapp.web.forms import AnnotationForm, UploadForm
from wasteapp.web.limits import refusal
from wasteapp.web.stored import image_response

WAIT = 5.0  # seconds that a page waits for its result before it polls


@login_required
@require_POST
def create(request: PageRequest) -> HttpResponse:
    """Take a photograph, and show its result at once where it comes soon."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        missing = "image" in form.errors
        return refusal(
            request, Invalid(_("Choose a photograph first.") if missing else _("This form cannot be read."))
        )
    try:
        taken = _take(request.user, form.cleaned_data)
    except Refused as error:
        return refusal(request, error)
    if taken.is_on_its_way:
        item_wait(item_id=taken.item.pk, seconds=WAIT)
    return _result(request, taken.item.pk)


@login_required
@require_safe
def result(request: PageRequest, item_id: UUID) -> HttpResponse:
    """The result as it stands, for a page that polls."""
    return render(
        request, "items/_result.html", {"answer": answer_for(_item(request, item_id), request.user)}
    )


@login_required
@require_safe
def detail(request: PageRequest, item_id: UUID) -> HttpResponse:
    item = _item(request, item_id)
    answer = answer_for(item, request.user)
    context = {"answer": answer, "annotations": list(item.annotations.all())[::-1], "refresh": answer.pending}
    return render(request, "items/detail.html", context)


@login_required
@require_safe
def image(request: PageRequest, item_id: UUID) -> HttpResponseBase:
    return image_response(request, _photograph(request, item_id).image)


@login_required
@require_safe
def thumbnail(request: PageRequest, item_id: UUID) -> HttpResponseBase:
    return image_response(request, _photograph(request, item_id).thumbnail)


@login_required
@require_safe
def activation(request: PageRequest, item_id: UUID) -> HttpResponseBase:
    """Where the model looked, to lay over the photograph."""
    return activation_response(request, _found(queries.items_in_sight(user=request.user), item_id))


@login_required
@require_POST
def annotate(request: PageRequest, item_id: UUID) -> HttpResponse:
    """Confirm, correct, or say that it is not waste or not sure."""
    item, form = _item(request, item_id), AnnotationForm(request.POST)
    if not form.is_valid():
        return refusal(request, Invalid(_("Say what it is.")))
    try:
        kind, label = form.word(predicted=item.predicted_label)
        annotation_create(item=item, who=request.user, kind=kind, label=label)
    except Refused as error:
        return refusal(request, error)
    return _result(request, item_id)


@login_required
@require_POST
def withdraw(request: PageRequest, annotation_id: int) -> HttpResponse:
    """Take one's own word back."""
    try:
        annotation = queries.annotation_of(user=request.user, annotation_id=annotation_id)
    except Annotation.DoesNotExist as error:
        raise Http404 from error
    annotation_withdraw(annotation=annotation)
    return _result(request, annotation.item_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: PageRequest, item_id: UUID) -> HttpResponse:
    """Ask, then delete an item of one's own."""
    item = _own(request, item_id)
    if request.method != "POST":
        return render(request, "items/delete.html", {"answer": answer_for(item, request.user)})
    item_delete(item=item)
    messages.success(request, _("Deleted, with its files."))
    return redirect("item-list")


def _take(owner: User, sent: dict[str, Any]) -> Taken:
    """Once under each key. A page that the browser brought back still has its key: another photograph goes without."""
    file, source = sent["image"], Source(sent["source"] or Source.UPLOAD)
    try:
        return item_create(owner=owner, file=file, source=source, key=sent["key"])
    except KeyReused:
        return item_create(owner=owner, file=file, source=source)


def _item(request: PageRequest, item_id: UUID) -> Item:
    return _found(queries.items_for(user=request.user), item_id)


def _photograph(request: PageRequest, item_id: UUID) -> Item:
    return _found(queries.photographs_for(user=request.user), item_id)


def _own(request: PageRequest, item_id: UUID) -> Item:
    return _found(queries.items_of(user=request.user), item_id)


def _found(items: QuerySet[Item], item_id: UUID) -> Item:
    try:
        return items.get(pk=item_id)
    except Item.DoesNotExist as error:
        raise Http404 from error


def _result(request: PageRequest, item_id: UUID) -> HttpResponse:
    if not request.htmx:
        return redirect("item-detail", item_id)
    return render(
        request, "items/_result.html", {"answer": answer_for(_item(request, item_id), request.user)}
    )
