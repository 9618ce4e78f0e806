"""Answers on trial, which show that a worker still gives any.

A process that exists may hang, and one that hangs answers its health check from another thread. So a drawn picture
goes the way of a photograph: through the broker, to whatever worker takes it, through the model. It is nobody's item.
"""

import secrets
import time

from django.conf import settings
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from wasteapp.models import Part, SignOfLife
from wasteapp.services.broker import publish, workers_counted
from wasteapp.services.classifiers import classifier_rehearse
from wasteapp.services.releases import model_active
from wasteapp.services.signs import sign_give

TASK = "wasteapp.tasks.answer_on_trial"
_noted = float("-inf")


def answer_note() -> None:
    """Say that a worker answers for photographs; each process says it now and then, however many it answers."""
    global _noted
    if time.monotonic() - _noted < settings.TRIAL_SECONDS:
        return
    _noted = time.monotonic()
    sign_give(part=Part.ANSWERED)


def trial_ask() -> None:
    """Ask the workers of photographs for an answer, and count all workers."""
    name = secrets.token_hex(8)
    sign_give(part=Part.ASKED, name=name)
    publish(task=TASK, argument=name)
    workers = workers_counted()
    if workers is not None:
        sign_give(part=Part.WORKERS, **workers)


def trial_answer(*, name: str) -> bool:
    """Predict the drawn picture; False where another was asked for meanwhile: a worker that was away skips the rest.

    Raises `ArtefactError`, `NoModel` or `PredictionError`; then nothing is said.
    """
    since = ExpressionWrapper(Now() - F("seen"), DurationField())
    asked = SignOfLife.objects.filter(part=Part.ASKED).annotate(since=since).first()
    if asked is None or asked.facts.get("name") != name:
        return False
    version = model_active()
    result = classifier_rehearse(version=version)
    sign_give(
        part=Part.TRIAL,
        model=version.name,
        label=result.label,
        confidence=round(result.confidence, 4),
        model_ms=round(result.latency_ms, 2),
        wait_seconds=round(asked.since.total_seconds(), 3),
    )
    sign_give(part=Part.ANSWERED)
    return True
