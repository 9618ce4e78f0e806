"""Shares as people read them."""

from django import template
from django.template.defaultfilters import floatformat

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """A share from 0 to 1 as a percentage, in the reader's way of writing numbers."""
    return f"{floatformat(100 * share, 1)}\u00a0%"
