"""Erasure: all of a person's items, or the account with them. It runs in the background, in small steps."""

from contextlib import suppress

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wasteapp.models import Item, Job, JobKind, JobState, User
from wasteapp.queries import erasure_of
from wasteapp.services.accounts import tokens_revoke
from wasteapp.services.audit import audit_record
from wasteapp.services.copies import copies_delete
from wasteapp.services.deletion import items_delete
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.jobs import Progress, job_create, job_retry

CHUNK = 100


def erasure_create(*, owner: User) -> Job:
    """Ask to delete every item that a person has now; those that come later stay."""
    with transaction.atomic():
        job = job_create(kind=JobKind.ERASE, subject=str(owner.pk), asked_by=owner)
        audit_record(action="erasure.create", subject=owner.pk, actor=owner)
    return job


def account_close(*, user: User, password: str) -> Job:
    """End an account at once; its items, and then the account itself, are deleted in the background.

    Raises `Invalid` for a wrong password and `NotNow` for the last admin, without whom nobody could run the site.
    """
    if not user.check_password(password):
        raise Invalid(_("This is not your password."))
    with transaction.atomic():
        admins = User.objects.select_for_update().filter(is_superuser=True, is_active=True).order_by("pk")
        if user.is_superuser and not [admin for admin in admins if admin.pk != user.pk]:
            raise NotNow(_("You are the only admin of this site. Make somebody else an admin first."))
        User.objects.filter(pk=user.pk).update(is_active=False, leaving_since=Now())
        audit_record(action="account.close", subject=user.pk, actor=user)
        tokens_revoke(user=user)
        copies_delete(owner=user)
        return erasure_create(owner=user)


def erasure_run(*, job: Job, progress: Progress) -> None:
    """Delete the items of a person, by some at a time, and the account of one who leaves."""
    owner = User.objects.filter(pk=job.subject).first()
    if owner is None:  # an earlier try came this far
        return
    if owner.leaving_since is None:
        _items_erase(Item.objects.filter(owner=owner, created__lte=job.created), progress)
        return
    while User.objects.filter(pk=owner.pk).exists():
        _items_erase(Item.objects.filter(owner=owner), progress)
        with suppress(ProtectedError):  # an upload that was under way has come in: once more
            _account_delete(owner)


def closings_resume() -> int:
    """Begin again the deletion of closed accounts that came to an end before them; how many there were."""
    return sum(_resume(user) for user in User.objects.filter(leaving_since__isnull=False))


def _resume(user: User) -> bool:
    job = erasure_of(user=user)
    if job is None or job.state == JobState.DONE:
        erasure_create(owner=user)
    elif job.active:
        return False
    else:
        with suppress(NotNow):  # another sweeper was faster
            job_retry(job=job)
    return True


def _items_erase(items: QuerySet[Item], progress: Progress) -> None:
    total, done = items.count(), 0
    while ids := list(items.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        done += items_delete(item_ids=ids)
        progress.tell(done, total)


def _account_delete(user: User) -> None:
    """What they said of others' items stays, without their name."""
    with transaction.atomic():
        copies_delete(owner=user)
        User.objects.get(pk=user.pk).delete()
