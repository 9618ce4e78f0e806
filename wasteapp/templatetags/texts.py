"""Texts of rows, in the reader's language."""

from collections.abc import Mapping

from django import template

from wasteapp import browsers, known_texts

register = template.Library()


@register.filter
def in_their_language(text: str) -> str:
    """What a worker wrote into a row, or a migration gave."""
    return known_texts.in_their_language(text)


@register.filter
def browser_in_words(user_agent: str) -> str:
    """From what a device somebody is signed in."""
    return browsers.in_words(user_agent)


@register.filter
def called(label: str, names: Mapping[str, str]) -> str:
    """What a label is called here; one that the site has no more is called as it was."""
    return names.get(label, label)
