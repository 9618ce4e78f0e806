"""Who may do what: every address that the resolver lists has a row in the matrix, or the suite fails."""

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import Permission
from django.db import transaction
from django.urls import get_resolver, path, reverse
from drf_spectacular.generators import SchemaGenerator

from tests.wasteapp.conftest import body_of, fresh_limits, photograph
from tests.wasteapp.permission_rows import (
    ADMIN,
    ADMIN_MODELS,
    ADMIN_ROUTES,
    BODIES,
    FORMS,
    IN_HAND,
    MORE,
    PEOPLE,
    ROUTES,
)
from tests.wasteapp.permission_sources import admin_models, admin_routes, operations, routes
from tests.wasteapp.reviewing import take, unsure
from wasteapp.web.pages import home as index

ROWS = {(name, row.split()[0]) for name, row in [*ROUTES.items(), *MORE]}
NAMES = {name for name, _ in ROWS}


def unlisted(patterns, registry):
    """Routes that have no row."""
    return set(routes(patterns)) - NAMES - set(ADMIN_ROUTES) - admin_routes(registry)


def unlisted_operations(document):
    return set(operations(document)) - ROWS


def document():
    return SchemaGenerator(api_version="1").get_schema(public=True)


def test_every_route_has_a_row():
    patterns, registry = get_resolver().url_patterns, admin.site._registry
    assert unlisted(patterns, registry) == set(), "these routes have no row in the matrix"
    rows = NAMES | set(ADMIN_ROUTES) | admin_routes(registry)
    assert rows - set(routes(patterns)) == set(), "these rows belong to no route"


def test_every_operation_of_the_api_has_a_row():
    assert unlisted_operations(document()) == set(), "these operations have no row in the matrix"


def test_every_model_of_the_admin_has_a_row():
    assert admin_models(admin.site._registry) == set(ADMIN_MODELS)


def test_what_comes_without_a_row_is_found():
    """In each of the three."""
    patterns = [*get_resolver().url_patterns, path("new/", index, name="new"), path("nameless/", index)]
    assert unlisted(patterns, admin.site._registry) == {"new", "nameless/"}
    known = document()
    new = {"/api/v1/new/": {"get": {}}, "/api/v1/models/{id}/": {"get": {}, "delete": {}}}
    assert unlisted_operations({"paths": known["paths"] | new}) == {
        ("/api/v1/new/", "GET"),
        ("api:model-detail", "DELETE"),
    }
    registry = {**admin.site._registry, Permission: ModelAdmin(Permission, admin.site)}
    assert admin_models(registry) - set(ADMIN_MODELS) == {"auth.permission"}
    assert not unlisted(get_resolver().url_patterns, registry)


def test_every_method_has_a_row(world, page_of):
    """Asked what it allows (OPTIONS), no route answers with more than the matrix has, or breaks."""
    page, found = page_of(world.users["ada"]), set()
    for name in ROUTES:
        path = world.path(name)
        with transaction.atomic():
            answer = page.options(path)
            body_of(answer)
            transaction.set_rollback(True)
        assert answer.status_code < 500, name
        allowed = set(answer.headers.get("Allow", "").split(", ")) - {"", "HEAD", "OPTIONS"}
        found |= {(name, method) for method in allowed}
    missing = found - ROWS
    assert {(name, method) for name, method in missing if not name.startswith(FORMS)} == set()


def statuses(world, api_of, page_of, name, row):
    """The status for each person, each time with the world as it was."""
    method, *expected = row.split()
    path, found = world.path(name), []
    fresh_limits()
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


def test_the_matrix(world, api_of, page_of, subtests):
    for name, row in [*ROUTES.items(), *MORE, *ADMIN_ROUTES.items()]:
        with subtests.test(name, row=row):
            found, expected = statuses(world, api_of, page_of, name, row)
            assert found == expected


def test_the_admin_s_models(world, api_of, page_of, subtests):
    """Only staff come in; an operator sees and changes what the role has, nothing of people and their rights."""
    for model in admin.site._registry:
        with subtests.test(model._meta.label):
            check_model(world, api_of, page_of, model)


def check_model(world, api_of, page_of, model):
    label = model._meta.label_lower
    operator, superuser = ADMIN_MODELS[label]
    known = {person: rights(model, world.users[person]) for person in PEOPLE[1:]}
    assert known == {"alice": "", "bob": "", "rita": "", "otto": operator, "ada": superuser}
    single = 302 if label == "wasteapp.sitesettings" else 200
    rows = {
        "changelist": [single if "v" in may else 403 for may in (operator, superuser)],
        "add": [200 if "a" in may else 403 for may in (operator, superuser)],
    }
    for page, may in rows.items():
        name = f"admin:{label.replace('.', '_')}_{page}"
        found, expected = statuses(world, api_of, page_of, name, ADMIN.format(*may))
        assert found == expected, page


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.model_name)
def test_forged_forms_change_nothing_that_the_row_does_not_allow(world, page_of, model):
    """Whether there is such a row or not: who may not, is told so before anything is looked up."""
    base = f"admin:{model._meta.label_lower.replace('.', '_')}_"
    for person, allowed in zip(("otto", "ada"), ADMIN_MODELS[model._meta.label_lower], strict=True):
        page = page_of(world.users[person])
        for letter, name, args in (("a", "add", []), ("c", "change", [0]), ("d", "delete", [0])):
            if letter not in allowed:
                forged = {"is_superuser": "on", "name": "x", "post": "yes", "_save": "Save"}
                assert page.post(reverse(base + name, args=args), forged).status_code == 403, (person, name)
        for outsider in ("alice", "rita"):
            assert page_of(world.users[outsider]).post(reverse(f"{base}add"), {}).status_code == 302


def rights(model, user):
    """The letters of what somebody may do in the admin with a model."""
    asked = type("Request", (), {"user": user})()
    return "".join(
        may[0]
        for may in ("view", "add", "change", "delete")
        if getattr(admin.site._registry[model], f"has_{may}_permission")(asked) and user.is_staff
    )


@pytest.mark.parametrize(("name", "method", "status"), IN_HAND)
def test_what_a_reviewer_has_in_hand(world, api_of, page_of, plain_queue, name, method, status):
    """In the queue and not in hand, it is still a 404."""
    alice, rita = world.users["alice"], world.users["rita"]
    unsure(world.item, alice)
    client = (api_of if name.startswith("api:") else page_of)(rita)
    address = world.path(name)

    def asked():
        body = BODIES.get(name, {"note": "x"})
        return getattr(client, method.lower())(address, body if method != "GET" else None).status_code

    assert asked() in (404, 405)
    take(rita)
    assert asked() == status


def test_nobody_reviews_their_own(world, api_of, page_of, plain_queue, make_item):
    rita = world.users["rita"]
    unsure(make_item(rita, mark=3, consent=True), rita)
    assert take(rita) == []
    own = rita.items.get()
    made = api_of(rita).post(f"/api/v1/items/{own.pk}/annotations/", {"kind": "confirm"})
    assert (made.status_code, made.json()["role"]) == (201, "owner")
