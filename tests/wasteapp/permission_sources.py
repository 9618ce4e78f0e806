"""Where the rows of the matrix must come from: the resolver, the OpenAPI document and the admin."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, product, zip_longest
from typing import Any
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.urls import Resolver404, URLPattern, URLResolver, resolve

PAGES = ("changelist", "add", "change", "delete", "history")
SAMPLES = (str(UUID(int=1)), "1", "streams")
METHODS = {"get", "post", "put", "patch", "delete"}


def routes(patterns: Iterable[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """The name of every route; one that has none by its address."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern.url_patterns, inner)
        else:
            yield f"{space}{pattern.name or pattern.pattern}"


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The route and the method of every operation of the OpenAPI document."""
    for address, methods in document["paths"].items():
        for method in methods.keys() & METHODS:
            yield route_of(address), method.upper()


def route_of(address: str) -> str:
    """The name of the route that a templated address leads to, or the address."""
    parts = re.split(r"{\w+}", address)
    for samples in product(SAMPLES, repeat=len(parts) - 1):
        try:
            return resolve("".join(chain.from_iterable(zip_longest(parts, samples, fillvalue="")))).view_name
        except Resolver404:
            continue
    return address


def admin_models(registry: Mapping[type[Model], "ModelAdmin[Any]"]) -> set[str]:
    return {model._meta.label_lower for model in registry}


def admin_routes(registry: Mapping[type[Model], "ModelAdmin[Any]"]) -> set[str]:
    """The pages of every model."""
    return {f"admin:{label.replace('.', '_')}_{page}" for label in admin_models(registry) for page in PAGES}
