"""The database itself refuses to change the audit trail; operators may look at the new tables."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

SEEN = [
    "auditevent", "auditsample", "comparison", "dataimport", "download", "holdout", "releasedecision",
    "reprediction", "reviewassignment", "trainingrun",
]  # fmt: skip

POSTGRESQL = """
CREATE FUNCTION wasteapp_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'The audit trail is never changed.'; END $$;
CREATE TRIGGER wasteapp_audit_append_only BEFORE UPDATE OR DELETE ON wasteapp_auditevent
FOR EACH ROW EXECUTE FUNCTION wasteapp_audit_refuse();
"""
# Deleting is left to the queryset's refusal: Django's own `flush` deletes on SQLite.
SQLITE = """
CREATE TRIGGER wasteapp_audit_append_only BEFORE UPDATE ON wasteapp_auditevent
BEGIN SELECT RAISE(ABORT, 'The audit trail is never changed.'); END;
"""


def guard(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def unguard(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        if schema_editor.connection.vendor == "postgresql":
            cursor.execute("DROP TRIGGER wasteapp_audit_append_only ON wasteapp_auditevent")
            cursor.execute("DROP FUNCTION wasteapp_audit_refuse()")
        else:
            cursor.execute("DROP TRIGGER wasteapp_audit_append_only")


def let_operators_see(apps, schema_editor):
    create_permissions(
        installed.get_app_config("wasteapp"), verbosity=0, using=schema_editor.connection.alias, apps=apps
    )
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    operators, _ = Group.objects.get_or_create(name="operator")
    codenames = [f"view_{model}" for model in SEEN]
    operators.permissions.add(
        *Permission.objects.filter(content_type__app_label="wasteapp", codename__in=codenames)
    )


def forget_later_kinds(apps, schema_editor):
    """Going back: jobs and files of kinds that the tables before do not know. What names them goes in a moment."""
    using = schema_editor.connection.alias
    apps.get_model("wasteapp", "Comparison").objects.update(job=None)
    apps.get_model("wasteapp", "Job").objects.filter(kind="compare")._raw_delete(using)
    exports = apps.get_model("wasteapp", "DatasetExport").objects
    exports.filter(format__in=["parquet", "webdataset"])._raw_delete(using)


class Migration(migrations.Migration):
    dependencies = [("wasteapp", "0008_corrections_to_models")]

    operations = [
        migrations.RunPython(guard, unguard),
        migrations.RunPython(let_operators_see, forget_later_kinds),
    ]
