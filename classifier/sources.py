"""What is known of the collections of photographs that this project trains on; docs/models.md tells where they are."""

LICENCES = {
    "trashnet": "MIT",
    "grocery": "MIT",
    "web": "not stated: used for training and validation only, never redistributed",
}
UNKNOWN = "not told"

#: How far what was measured on them says something of photographs at home.
NOTES = {
    "trashnet": "TrashNet's show one thing on a white board, which is easier than a bin at home.",
    "web": "What was gathered from the web is nearer to a bin at home.",
}


def licence_of(source: str) -> str:
    """The licence of a source's photographs, for its row in a card."""
    return LICENCES.get(source, UNKNOWN)
