from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class WasteappConfig(AppConfig):
    name = "wasteapp"
    verbose_name = "Sortwise"
    default = True

    def ready(self) -> None:
        """Register what listens: these need the models, which are loaded by now."""
        import_module("wasteapp.checks")
        import_module("wasteapp.postgresql")
        import_module("wasteapp.web.revoking")
        import_module("wasteapp.services.watching")


class SortwiseAdminConfig(admin.AdminConfig):
    """Django's admin, on Sortwise's own site."""

    default_site = "wasteapp.admin_site.SortwiseAdminSite"
    default = False
