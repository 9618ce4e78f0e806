from django.apps import AppConfig
from django.contrib.admin import apps as admin


class WasteappConfig(AppConfig):
    name = "wasteapp"
    verbose_name = "Sortwise"
    default = True


class SortwiseAdminConfig(admin.AdminConfig):
    """Django's admin, on Sortwise's own site."""

    default_site = "wasteapp.admin_site.SortwiseAdminSite"
    default = False
