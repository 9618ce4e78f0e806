"""The admin: every model, read-only where rows are immutable."""

from wasteapp.admin import accounts, audit, datasets, items, releases, review, site, training

__all__ = ["accounts", "audit", "datasets", "items", "releases", "review", "site", "training"]
