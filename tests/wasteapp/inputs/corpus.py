"""All of it, by what it is about."""

from tests.wasteapp.inputs.accepted import ACCEPTED
from tests.wasteapp.inputs.names import NAMES
from tests.wasteapp.inputs.refused import DAMAGED, REFUSED

CORPUS = {
    "Pictures": ACCEPTED,
    "Names and types": NAMES,
    "No photograph": REFUSED,
    "Damaged": DAMAGED,
}
ENTRIES = [entry for entries in CORPUS.values() for entry in entries]
