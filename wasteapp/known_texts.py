"""Texts that lie in the database or come from `classifier` in English, and that every reader sees in their language.

What a migration gave categories and bins is translated while it stands as it was given; what an operator wrote is
shown as they wrote it, in every language.
"""

import re

from django.utils.translation import gettext, gettext_noop

#: The names, guidance and contents of migration 0002.
SEEDS = frozenset(
    [
        gettext_noop("Paper bin"),
        gettext_noop("Clean paper and cardboard, folded flat."),
        gettext_noop("Greasy or coated paper, tissues."),
        gettext_noop("Packaging bin"),
        gettext_noop("Plastic, metal and cans, emptied."),
        gettext_noop("Toys, cables, anything full."),
        gettext_noop("Glass bank"),
        gettext_noop("Bottles and jars, without lids."),
        gettext_noop("Drinking glasses, mirrors, ceramics."),
        gettext_noop("Organic bin"),
        gettext_noop("Fruit, vegetables, garden waste."),
        gettext_noop("Plastic bags, also degradable ones."),
        gettext_noop("Residual bin"),
        gettext_noop("What fits nowhere else."),
        gettext_noop("Batteries, electrical devices, chemicals."),
        gettext_noop("Textile container"),
        gettext_noop("Clean clothes and shoes, in a bag."),
        gettext_noop("Wet or torn textiles."),
        gettext_noop("Recycling centre"),
        gettext_noop("Wood and furniture parts."),
        gettext_noop("Painted or treated outdoor wood."),
        gettext_noop("Cardboard"),
        gettext_noop("Fold it flat; take tape and plastic off."),
        gettext_noop("Glass"),
        gettext_noop("Empty it; lid off. No need to rinse."),
        gettext_noop("Metal"),
        gettext_noop("Empty it; do not crush it around other things."),
        gettext_noop("Organic"),
        gettext_noop("Without packaging, stickers off."),
        gettext_noop("Paper"),
        gettext_noop("Clean and dry. Receipts go to residual waste."),
        gettext_noop("Plastic"),
        gettext_noop("Empty it; separate lid and pot."),
        gettext_noop("Textiles"),
        gettext_noop("Clean and dry, in a closed bag; shoes in pairs."),
        gettext_noop("Residual waste"),
        gettext_noop("Nothing of it can be used again."),
        gettext_noop("Wood"),
        gettext_noop("Nails may stay; glass and upholstery off."),
    ]
)

#: What workers write into rows, and `classifier.preprocessing.MESSAGES`.
FAULTS = frozenset(
    [
        gettext_noop("The file is empty."),
        gettext_noop("This is not a JPEG, PNG, WebP, HEIC or GIF picture."),
        gettext_noop("The picture has too many pixels."),
        gettext_noop("The animation has too many frames."),
        gettext_noop("The picture was cut off on its way. Send it again."),
        gettext_noop("The picture is damaged and cannot be read."),
        gettext_noop("The file of this photograph is gone, so that it cannot be worked on."),
        gettext_noop("The work on this photograph broke off three times. It was set aside."),
        gettext_noop("The model gave no answer for this photograph."),
        gettext_noop("The work broke off three times."),
        gettext_noop("Something went wrong on the server; its log says what."),
        gettext_noop("This data set was deleted."),
        gettext_noop("This training was deleted."),
        gettext_noop("The system ended the training, most likely for want of memory."),
        gettext_noop("The training broke off; its log says where."),
        gettext_noop("It took longer than a job may take."),
        gettext_noop(
            "The training worker's machine has no base data: SORTWISE_BASE_DATA names their folder."
        ),
        gettext_noop("This copy is not wanted any more."),
        gettext_noop("A photograph was deleted while the copy was being made. Ask for it again."),
        gettext_noop(
            "A photograph was deleted or withdrawn while the file was being written. Make the file again."
        ),
    ]
)

#: The same, of sentences that name an item.
NAMING = (
    gettext_noop("The file of item %(id)s is missing from storage."),
    gettext_noop("Item %(id)s was deleted while the file was being written. Try again."),
    gettext_noop("The photograph %(id)s is not the one that was frozen: its checksum differs."),
)
_NAMING = [
    (text, re.compile(re.escape(text).replace(re.escape("%(id)s"), "([0-9a-f-]+)"))) for text in NAMING
]


def in_their_language(text: str) -> str:
    """A known text in the reader's language; any other as it is."""
    if text in SEEDS or text in FAULTS:
        return gettext(text)
    named = ((known, found) for known, shape in _NAMING if (found := shape.fullmatch(text)))
    return next((gettext(known) % {"id": found[1]} for known, found in named), text)
