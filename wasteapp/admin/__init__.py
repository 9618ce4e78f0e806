"""The admin: every model, read-only where rows are immutable."""

from wasteapp.admin import accounts, datasets, items, releases, site, training

__all__ = ["accounts", "datasets", "items", "releases", "site", "training"]
