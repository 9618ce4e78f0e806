"""Who may do what: every address that the resolver lists has a row in the matrix, or the suite fails."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from tests.wasteapp.conftest import body_of, photograph
from tests.wasteapp.permission_rows import (
    ADMIN,
    ADMIN_ADDS,
    ADMIN_ROUTES,
    BODIES,
    MORE,
    OPERATOR_CHANGES,
    OPERATOR_VIEWS,
    PEOPLE,
    ROUTES,
)


def routes(resolver=None, space="") -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern, inner)
        elif pattern.name:
            yield f"{space}{pattern.name}", pattern


MODEL_ROUTES = {
    f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    for model in admin.site._registry
    for page in ("changelist", "add", "change", "delete", "history")
}


def test_every_route_has_a_row():
    listed = {name for name, _ in routes()}
    rows = set(ROUTES) | set(ADMIN_ROUTES) | MODEL_ROUTES
    assert listed - rows == set(), "these routes have no row in the matrix"
    assert rows - listed == set(), "these rows belong to no route"


def statuses(world, api_of, page_of, name, row):
    """The status for each person, each time with the world as it was."""
    method, *expected = row.split()
    path, found = world.path(name), []
    for person in PEOPLE:
        user = world.users[person]
        client = api_of(user) if name.startswith("api:") else page_of(user)
        body = {"image": photograph()} if name in ("item-create", "api:item-list") else BODIES.get(name, {})
        options = {"format": "multipart"} if name == "api:item-list" else {}
        if name == "metrics":
            options = {"REMOTE_ADDR": "203.0.113.9"}
        with transaction.atomic():
            send = getattr(client, method.lower())
            response = send(path, **options) if method == "GET" else send(path, body, **options)
            body_of(response)
            found.append(str(response.status_code))
            transaction.set_rollback(True)
    return dict(zip(PEOPLE, found, strict=True)), dict(zip(PEOPLE, expected, strict=True))


@pytest.mark.parametrize(
    ("name", "row"),
    [*ROUTES.items(), *MORE, *ADMIN_ROUTES.items()],
    ids=lambda value: value.replace(" ", "-"),
)
def test_the_matrix(world, api_of, page_of, name, row):
    found, expected = statuses(world, api_of, page_of, name, row)
    assert found == expected


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.model_name)
def test_the_admin_s_models(world, api_of, page_of, model):
    """Only staff come in; an operator sees and changes what the role has, nothing of people and their rights."""
    name, label = model._meta.model_name, model._meta.label_lower.replace(".", "_")
    views, changes = name in OPERATOR_VIEWS, name in OPERATOR_CHANGES
    single = name == "sitesettings"
    adds = name in ADMIN_ADDS
    status = 302 if single else 200
    rows = {
        "changelist": (status if views else 403, status),
        "add": (200 if adds and changes else 403, 200 if adds else 403),
    }
    for page, (operator, superuser) in rows.items():
        found, expected = statuses(
            world, api_of, page_of, f"admin:{label}_{page}", ADMIN.format(operator, superuser)
        )
        assert found == expected, page
    assert may_change(world.users["otto"], model) == changes


def may_change(user, model):
    return admin.site._registry[model].has_change_permission(type("Request", (), {"user": user})())
