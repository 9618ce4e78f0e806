"""Searching items by a part of their file name or note."""

import re

from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Concat
from django.db.models.lookups import Contains

# What PostgreSQL's index is made of; a text without them would have it give every row, and each be looked at.
TRIGRAM = re.compile(r"[^\W_]{3}")


def text_within(*, text: str) -> Q:
    """Items whose file name or note has this in it, in small letters or large.

    PostgreSQL reads the index `item_search`, where it has one; otherwise, and for fewer than three letters on end, the
    rows are read along another index until a page is full: bounded by what one person may keep.
    """
    wanted = text.replace("\x00", "").lower()
    if TRIGRAM.search(wanted):
        return Q(search_text__contains=wanted)
    return Q(Contains(Concat(F("search_text"), Value(""), output_field=TextField()), wanted))
