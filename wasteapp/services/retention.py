"""What the site keeps no longer than its operators said."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from wasteapp.models import Item, SiteSettings, State
from wasteapp.models.fields import first_uuid7
from wasteapp.services.deletion import items_delete
from wasteapp.services.files import files_delete

BATCH = 200  # of items that are deleted in one transaction
LONGEST = 36_500  # days: the calendar has a beginning


def photographs_expire() -> int:
    """Delete the oldest items that are past the site's days, some at a time; how many."""
    days = SiteSettings.load().keep_days
    if days is None:
        return 0
    age = timedelta(days=min(days, LONGEST))
    old = Item.objects.filter(pk__lt=first_uuid7(timezone.now() - age)).order_by("pk")
    return items_delete(item_ids=list(old.values_list("pk", flat=True)[:BATCH]))


def failed_clear() -> int:
    """Delete what came in for items that failed long ago; their rows stay."""
    limit = timezone.now() - timedelta(days=SiteSettings.load().keep_failed_days)
    old = Item.objects.filter(state=State.FAILED, created__lt=limit).exclude(incoming="")
    rows = list(old.values_list("pk", "incoming")[: settings.SWEEP_LIMIT])
    Item.objects.filter(pk__in=[pk for pk, _ in rows]).update(incoming="")
    files_delete(names=[name for _, name in rows])
    return len(rows)
