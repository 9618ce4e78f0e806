"""Signs of life: what was last seen at work."""

from typing import Any

from django.db.models.functions import Now

from wasteapp.models import Part, SignOfLife


def sign_give(*, part: Part, **facts: Any) -> None:
    """Say that a part of the site was at work just now."""
    SignOfLife.objects.bulk_create(
        [SignOfLife(part=part, seen=Now(), facts=facts)],
        update_conflicts=True,
        unique_fields=["part"],
        update_fields=["seen", "facts"],
    )
