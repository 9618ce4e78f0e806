"""The random sample that accuracy in service is measured on, and the reviews in which the guess is hidden."""

import random

from wasteapp.models import AuditSample, ModelState, Prediction, SiteSettings, Source

_random = random.SystemRandom()  # children of a pool share the state of a seeded one


def audit_sample_draw(*, prediction: Prediction) -> AuditSample | None:
    """Draw whether a first answer is to be verified, whatever it says and people say of it.

    What counts is the traffic of the version in service that may be looked at: not what a folder brought, nor what
    only a candidate says, nor a photograph whose owner did not consent.
    """
    item, version = prediction.item, prediction.model_version
    if prediction.shadow or version.state != ModelState.ACTIVE:
        return None
    if item.source == Source.IMPORT or not item.consent:
        return None
    probability = SiteSettings.load().audit_percent / 100
    if _random.random() >= probability:
        return None
    return AuditSample.objects.create(prediction=prediction, probability=probability)


def blind_draw(*, percent: float) -> bool:
    """Whether a review hides the guess, as so many in a hundred do."""
    return _random.random() < percent / 100


def lane_draw(*, shares: dict[str, float]) -> str:
    """One of some names by their shares, else nothing."""
    drawn = _random.random()
    for name, share in shares.items():
        if drawn < share:
            return name
        drawn -= share
    return ""
