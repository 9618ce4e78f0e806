"""Texts of rows, in the reader's language."""

from django import template

from wasteapp import known_texts

register = template.Library()


@register.filter
def in_their_language(text: str) -> str:
    """What a worker wrote into a row, or a migration gave."""
    return known_texts.in_their_language(text)
