"""Whether trainings are carried out here, and what starts them."""

from django.conf import settings
from django.core.cache import cache

from wasteapp.services.broker import worker_answers

QUEUE, KEY = "train", "trainer-answers"
KEPT = 5  # seconds for which an answer holds


def trainer_answers() -> bool | None:
    """Whether a training worker answers; None where the broker does not say. Asked every few seconds at most."""
    known: bool | None = cache.get(KEY)
    if known is None:
        known = worker_answers(queue=QUEUE)
        cache.set(KEY, known, KEPT)
    return known


def trainer_command() -> str:
    """What starts a training worker at this site."""
    return "./run.py --trainer" if settings.EMBEDDED else "python manage.py worker train"
