"""A row in every table, or more: what migrations meet on a site that uses all of it."""

import secrets
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import Model
from django.utils import timezone
from model_bakery import baker

from wasteapp.models import DatasetExport, ExportFormat, Job, JobKind, User

# What the constraints of a table ask for, where its fields' choices do not say it.
WANTED: dict[str, dict[str, Any]] = {
    "Item": {
        "state": "done",
        "image": "items/a.jpg",
        "thumbnail": "items/b.jpg",
        "client_filename": "Thing.jpg",
        "note": "A note",
        "perceptual_hash": 0x0001_0002_0003_0004,
    },
    "Prediction": {"state": "done", "label": "glass", "confidence": 0.5},
    "Annotation": {"kind": "unsure"},
    "SiteSettings": {"pk": 1},
    "Category": {"slug": "batteries"},
    "AuditSample": {"probability": 0.5},
    "ModelVersion": {"state": "retired"},
    "Job": {"state": "done"},
    "HoldoutEntry": {"path": "test/glass/a.jpg"},
}


def fill() -> dict[str, int]:
    """Every table has rows afterwards: how many, by table."""
    baker.generators.add("wasteapp.models.fields.Sha256Field", lambda: secrets.token_hex(32))
    baker.generators.add("wasteapp.models.fields.CreatedField", timezone.now)
    there = connection.introspection.table_names()
    for model in apps.get_models():
        if model._meta.db_table in there and not model._base_manager.exists():
            _row(model)
    User.objects.earliest("pk").user_permissions.add(Permission.objects.earliest("pk"))
    _row(DatasetExport, format=ExportFormat.CSV, revision=8)
    _row(DatasetExport, format=ExportFormat.PARQUET, revision=9)
    for kind in JobKind:
        _row(Job, kind=kind)
    return counts()


def _row(model: type[Model], **fields: Any) -> Model:
    """With the first row of every other table that it cannot be without."""
    wanted = {**WANTED.get(model.__name__, {}), **fields}
    for field in model._meta.concrete_fields:
        if field.is_relation and not field.null and field.name not in wanted:
            wanted[field.name] = field.related_model._base_manager.first() or _row(field.related_model)
    return baker.make(model, **wanted)


def counts() -> dict[str, int]:
    """How many rows each table has that is there now."""
    names = connection.introspection.django_table_names(only_existing=True)
    with connection.cursor() as cursor:
        found = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            found[name] = int(cursor.fetchone()[0])
    return found
