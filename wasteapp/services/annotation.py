"""People's words about items: added and taken back, never edited."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wasteapp.models import Annotation, AssignmentState, Category, Item, Kind, ReviewAssignment, Role, User
from wasteapp.models.annotation import NAMING
from wasteapp.queries import role_of
from wasteapp.services.audit import audit_record
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.items import item_lock, item_refresh
from wasteapp.services.verdicts import label_of

CHUNK = 100


def annotation_create(
    *, item: Item, who: User, kind: Kind, label: str = "", blind: bool = False
) -> Annotation:
    """Add a person's word. *Correct* needs the label of a category; *confirm* takes the model's.

    It answers what the person has to review of this item; `blind` says that the model's guess was hidden from them.
    Raises `Invalid` for an unknown label and `NotNow` for confirming what has no prediction yet.
    """
    with transaction.atomic():
        locked = item_lock(item_id=item.pk)
        if locked is None:
            raise NotNow(_("This item was deleted meanwhile."))
        annotation = Annotation.objects.create(
            item=locked,
            who=who,
            role=Role.OWNER if locked.owner_id == who.pk else role_of(who),
            kind=kind,
            category=_category(locked, kind, label),
            blind=blind,
        )
        before = locked.verified_label
        item_refresh(item=locked)
        _answered(annotation)
        _record("annotation.create", annotation, locked, before, who)
    return annotation


def annotations_create(*, words: Sequence[tuple[Item, Kind, str]], who: User) -> list[Annotation]:
    """Add a person's word about each of some items.

    By the hundred, so that others can write in between: where one is refused, none of its hundred is said.
    """
    ordered = sorted(words, key=lambda word: word[0].pk)  # as whoever else locks several
    made: list[Annotation] = []
    for start in range(0, len(ordered), CHUNK):
        with transaction.atomic():
            made += [
                annotation_create(item=item, who=who, kind=kind, label=label)
                for item, kind, label in ordered[start : start + CHUNK]
            ]
    return made


def annotation_withdraw(*, annotation: Annotation) -> Annotation:
    """Take a word back, as whoever said it; what was said before it counts again."""
    with transaction.atomic():
        item = item_lock(item_id=annotation.item_id)
        fresh = Annotation.objects.filter(pk=annotation.pk, withdrawn_at__isnull=True).update(
            withdrawn_at=Now()
        )
        if item and fresh:
            before = item.verified_label
            item_refresh(item=item)
            _record("annotation.withdraw", annotation, item, before, annotation.who)
    annotation.refresh_from_db()
    return annotation


def _answered(annotation: Annotation) -> None:
    """A word about an item that its author has to review is their review."""
    ReviewAssignment.objects.filter(
        item=annotation.item_id,
        reviewer=annotation.who_id,
        state__in=(AssignmentState.OPEN, AssignmentState.DONE),
    ).update(state=AssignmentState.DONE, annotation=annotation, finished=Now())


def _record(action: str, annotation: Annotation, item: Item, before: str, who: User | None) -> None:
    audit_record(
        action=action,
        subject=annotation.pk,
        actor=who,
        before={"verified_label": before},
        after={
            "verified_label": item.verified_label,
            "item": str(item.pk),
            "kind": annotation.kind,
            "label": label_of(annotation=annotation),
        },
    )


def _category(item: Item, kind: Kind, label: str) -> Category | None:
    if kind not in NAMING:
        if label:
            raise Invalid(_("“%(kind)s” takes no label.") % {"kind": kind.label})
        return None
    if kind == Kind.CONFIRM:
        return _confirmed(item, label)
    if not label:
        raise Invalid(_("A correction needs a label."))
    return _named(label)


def _named(label: str) -> Category:
    category = Category.objects.filter(slug=label).first()
    if category is None:
        raise Invalid(_("There is no category “%(label)s”.") % {"label": label})
    return category


def _confirmed(item: Item, label: str) -> Category:
    if not item.predicted_label:
        raise NotNow(_("There is no result to confirm yet."))
    if label and label != item.predicted_label:
        raise Invalid(
            _("The result is “%(result)s”; to say “%(label)s”, correct it.")
            % {"result": item.predicted_label, "label": label}
        )
    return _named(item.predicted_label)
