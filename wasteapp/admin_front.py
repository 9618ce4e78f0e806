"""The order of the admin's front page: what an operator sets, then what they look at, then what runs by itself."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

App = dict[str, Any]
SITE, PEOPLE, PHOTOGRAPHS = _("This site"), _("People"), _("Photographs")
LEARNING, DONE, INTERNALS = _("Models and data sets"), _("What was done"), _("Behind the scenes")
GROUPS: dict[Promise, tuple[str, ...]] = {
    SITE: ("SiteSettings", "Bin", "Category"),
    PEOPLE: ("User", "Invitation", "Group", "EmailAddress", "Authenticator", "ApiToken"),
    PHOTOGRAPHS: ("Item", "Annotation", "ReviewAssignment", "AuditSample"),
    LEARNING: ("ModelVersion", "ReleaseDecision", "Comparison", "Holdout", "Reprediction", "Dataset"),
    DONE: ("AuditEvent", "Job", "Download"),
}


def grouped(apps: list[App]) -> list[App]:
    """The models of Django's list of apps by what they are for; what is in no group comes last."""
    models = {model["object_name"]: (model, app) for app in apps for model in app["models"]}
    named = [
        (title, [models.pop(name) for name in names if name in models]) for title, names in GROUPS.items()
    ]
    return [_group(title, rows) for title, rows in [*named, (INTERNALS, list(models.values()))] if rows]


def _group(title: Promise, rows: list[tuple[dict[str, Any], App]]) -> App:
    return {**rows[0][1], "name": title, "models": [model for model, _app in rows]}
