"""How long hypothesis and schemathesis look: the suite's own way, and `--hypothesis-profile=long` for a night.

The suite draws the same examples in every run, so that a failure is one of the change and not of the draw.
"""

from hypothesis import HealthCheck, settings

COMMON = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}

settings.register_profile("suite", derandomize=True, max_examples=100, **COMMON)
settings.register_profile("long", max_examples=5_000, **COMMON)
settings.load_profile("suite")


def scaled(share: float) -> settings:
    """The profile, with this share of its examples."""
    return settings(max_examples=max(1, round(settings.default.max_examples * share)))
