"""Consent to learn from photographs: what is taken back holds for earlier ones and for data sets that exist."""

from django.db import transaction
from django.utils.translation import gettext as _

from wasteapp.models import Item, User
from wasteapp.services.audit import audit_record
from wasteapp.services.errors import NotNow
from wasteapp.services.files import files_delete
from wasteapp.services.items import item_lock, item_refresh
from wasteapp.services.tombstones import items_tombstone

WITHDRAWN = "consent withdrawn"


def consent_choose(*, user: User, consent: bool) -> None:
    """Keep a person's choice, with all that follows from it, or nothing of it."""
    with transaction.atomic():
        user.consent = consent
        user.save(update_fields=["consent"])
        consent_keep(user=user)


def consent_held(*, user: User) -> bool:
    """A person's choice as it is now; it stays so until the transaction ends, in which this is called."""
    people = User.objects.select_for_update(no_key=True).filter(pk=user.pk)
    return bool(people.values_list("consent", flat=True).first())


def consent_keep(*, user: User) -> None:
    """Have a consent that was taken back hold for the photographs of before, too: no data set holds them any more, and
    nobody reviews them.

    One that is given holds from now on, since the earlier photographs were taken without it. Call it in the
    transaction that keeps the choice.
    """
    if user.consent:
        return
    given = Item.objects.filter(owner=user, consent=True)
    with transaction.atomic():
        # By ascending id, as data sets lock them: nobody waits in a circle.
        list(given.select_for_update().order_by("pk").values_list("pk", flat=True))
        given.update(consent=False, review_priority=None, review_reason="")
        withdrawn = Item.objects.filter(owner=user, consent=False)
        names = items_tombstone(items=withdrawn, reason=WITHDRAWN, who=user)
        transaction.on_commit(lambda: files_delete(names=names))


def item_consent(*, item: Item, consent: bool) -> Item:
    """Give or take back the consent for one photograph, by its owner. Raises `NotNow` if it is gone."""
    with transaction.atomic():
        locked = item_lock(item_id=item.pk)
        if locked is None:
            raise NotNow(_("This item was deleted meanwhile."))
        if locked.consent == consent:
            return locked
        locked.consent = consent
        item_refresh(item=locked, also=["consent"])
        audit_record(
            action="item.consent",
            subject=locked.pk,
            actor=locked.owner,
            before={"consent": not consent},
            after={"consent": consent},
        )
        if not consent:
            one = Item.objects.filter(pk=locked.pk)
            names = items_tombstone(items=one, reason=WITHDRAWN, who=locked.owner)
            transaction.on_commit(lambda: files_delete(names=names))
    return locked
