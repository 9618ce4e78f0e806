"""Who may do what: every address that the resolver lists has a row here, or the suite fails.

A row is the method, then the status for a visitor, the owner (Alice), another user (Bob), a reviewer, an operator
and an admin. A stranger gets 404 for what is not theirs, never 403 with a hint.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from tests.wasteapp.conftest import body_of, photograph
from wasteapp.models import Annotation, ApiToken, Category, Dataset, Item, Kind, User
from wasteapp.services.accounts import token_create
from wasteapp.services.annotation import annotation_create
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.work import job_run

# All of it is public. Whoever is signed in may be sent on.
PUBLIC = "GET 200 200 200 200 200 200"
MEMBERS = "GET 302 200 200 200 200 200"
ITEM = "GET 302 200 404 404 200 200"
ITEM_API = "GET 401 200 404 404 200 200"
OPERATORS = "GET 302 403 403 403 200 200"
OPERATORS_API = "GET 401 403 403 403 200 200"
GONE_ON = "GET 200 302 302 302 302 302"  # for visitors; the others are in already
FOUND = "302 302 302 302 302"

ROUTES = {
    "home": PUBLIC,
    "guide": PUBLIC,
    "join": "GET 410 410 410 410 410 410",  # this invitation does not exist
    "language": "POST 302 302 302 302 302 302",
    "camera": MEMBERS,
    "live": MEMBERS,  # and visitors, where the site lets them
    "live-worker": PUBLIC,
    "live-model": "GET 302 404 404 404 404 404",  # the model in service has no twin
    "live-facts": "GET 302 404 404 404 404 404",
    "manifest": PUBLIC,
    "service-worker": PUBLIC,
    "offline": PUBLIC,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "metrics": "GET 404 404 404 404 404 404",  # from another machine, without the token
    "item-list": MEMBERS,
    "item-create": "POST 302 302 302 302 302 302",
    "item-detail": ITEM,
    "item-result": ITEM,
    "item-image": ITEM,
    "item-thumbnail": ITEM,
    "item-activation": ITEM,
    "item-annotate": "POST 302 302 404 404 302 302",
    "annotation-withdraw": "POST 302 302 404 404 404 404",
    "item-delete": "POST 302 302 404 404 404 404",
    "item-note": "POST 302 302 404 404 404 404",
    "item-selected": "POST 302 302 302 302 302 302",  # nothing is chosen
    "item-selected-correct": "POST 302 302 302 302 302 302",
    "item-selected-delete": "POST 302 302 302 302 302 302",
    "item-selected-undo": "POST 302 302 302 302 302 302",
    "consent": "POST 302 302 302 302 302 302",
    "statistics": MEMBERS,
    "own-data": MEMBERS,
    "own-data-status": MEMBERS,
    "own-data-copy": "POST 302 302 302 302 302 302",
    "own-data-discard": "POST 302 302 302 302 302 302",
    "own-data-download": "GET 302 302 302 302 302 302",  # there is no copy
    "own-data-erase": MEMBERS,
    "account-close": MEMBERS,
    "profile": MEMBERS,
    "token-create": "POST 302 200 200 200 200 200",
    "token-delete": "POST 302 302 404 404 404 404",
    "dataset-list": OPERATORS,
    "dataset-new": OPERATORS,
    "dataset-detail": OPERATORS,
    "dataset-status": OPERATORS,
    "dataset-download": OPERATORS,
    "dataset-cancel": "POST 302 403 403 403 302 302",
    "dataset-retry": "POST 302 403 403 403 302 302",
    "account_login": GONE_ON,
    "account_logout": "GET 302 200 200 200 200 200",
    "account_inactive": PUBLIC,
    "account_signup": GONE_ON,
    "account_reauthenticate": MEMBERS,
    "account_email": MEMBERS,
    "account_email_verification_sent": PUBLIC,
    "account_change_password": MEMBERS,
    "account_set_password": f"GET 302 {FOUND}",
    "account_reset_password": PUBLIC,
    "account_confirm_login_code": "GET 302 302 302 302 302 302",
    "account_confirm_email": PUBLIC,  # an unknown key is told as such
    "account_reset_password_from_key_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "mfa_index": MEMBERS,
    "mfa_authenticate": f"GET 302 {FOUND}",
    "mfa_reauthenticate": f"GET 302 {FOUND}",
    "mfa_activate_totp": f"GET 302 {FOUND}",
    "mfa_deactivate_totp": "GET 302 404 404 404 404 404",  # there is none
    "mfa_view_recovery_codes": "GET 302 404 404 404 404 404",  # there is none
    "mfa_generate_recovery_codes": f"GET 302 {FOUND}",
    "mfa_download_recovery_codes": "GET 302 404 404 404 404 404",  # there is none
    "api-docs": PUBLIC,
    "api:schema": PUBLIC,
    "api:token": "POST 400 400 400 400 400 400",
    "api:item-list": "POST 401 202 202 202 202 202",
    "api:item-detail": ITEM_API,
    "api:item-image": ITEM_API,
    "api:item-thumbnail": ITEM_API,
    "api:item-activation": ITEM_API,
    "api:item-annotations": "POST 401 201 404 404 201 201",
    "api:item-withdraw": "POST 401 200 404 404 404 404",
    "api:dataset-list": "POST 401 403 403 403 202 202",
    "api:dataset-detail": OPERATORS_API,
    "api:dataset-download": OPERATORS_API,
    "api:model-list": OPERATORS_API,
    "api:model-detail": OPERATORS_API,
    "api:model-activate": "POST 401 403 403 403 200 200",
    "api:job-detail": OPERATORS_API,
    "api:job-cancel": "POST 401 403 403 403 409 409",  # it is done
}
# More methods of addresses that have a row above.
MORE = [
    ("own-data-erase", "POST 302 302 302 302 302 302"),
    ("account-close", "POST 302 200 200 200 200 200"),  # without the password
    ("item-create", "GET 302 405 405 405 405 405"),
    ("item-delete", "GET 302 200 404 404 404 404"),
    ("dataset-new", "POST 302 403 403 403 200 200"),
    ("api:item-list", "GET 401 200 200 200 200 200"),
    ("api:item-detail", "DELETE 401 204 404 404 404 404"),
    ("api:item-detail", "PUT 401 405 405 405 405 405"),
    ("api:item-detail", "PATCH 401 200 404 404 404 404"),
    ("api:dataset-list", OPERATORS_API),
    ("api:dataset-detail", "DELETE 401 403 403 403 405 405"),
    ("api:model-list", "POST 401 403 403 403 405 405"),
]
BODIES = {
    "item-annotate": {"kind": "confirm"},
    "api:item-annotations": {"kind": "confirm"},
    "item-selected-correct": {"kind": "not_waste"},
    "own-data-erase": {"sure": "on"},
    "api:item-detail": {"note": "x"},
    "token-create": {"name": "x"},
    "api:dataset-list": {"name": "x"},
    "dataset-new": {},
}
PEOPLE = ("visitor", "alice", "bob", "rita", "otto", "ada")
ADMIN = "GET 302 302 302 302 {} {}"
# What an operator sees in the admin, and may change there. An admin sees everything.
OPERATOR_VIEWS = {
    "sitesettings", "bin", "category", "modelversion", "job", "item", "prediction", "annotation", "dataset",
    "datasetentry", "datasetexport",
}  # fmt: skip
OPERATOR_CHANGES = {"sitesettings", "bin", "category"}
ADMIN_ADDS = {"user", "group", "invitation", "bin", "category", "emailaddress", "authenticator"}
ADMIN_ROUTES = {
    "admin:index": ADMIN.format(200, 200),
    "admin:search": ADMIN.format(200, 200),
    "admin:login": "GET 302 302 302 302 302 302",
    "admin:logout": "POST 302 302 302 302 200 200",
    "admin:password_change": ADMIN.format(200, 200),
    "admin:password_change_done": ADMIN.format(200, 200),
    "admin:autocomplete": ADMIN.format(403, 403),  # without a field
    "admin:jsi18n": ADMIN.format(200, 200),
    "admin:view_on_site": ADMIN.format(404, 404),
    "admin:auth_user_password_change": ADMIN.format(403, 200),
    "admin:app_list": ADMIN.format(200, 200),
    "admin:wasteapp_user_make_their_reset_link": ADMIN.format(403, 302),
}


@dataclass(frozen=True)
class World:
    """Something of Alice's and of the operators' for every address."""

    item: Item
    word: Annotation
    dataset: Dataset
    token: str
    users: dict[str, User | None]

    def path(self, name: str) -> str:
        route = name.partition(":")[2] or name
        values = {
            "join": ["unknown"],
            "live-model": ["0" * 64],
            "live-facts": ["0" * 64],
            "annotation-withdraw": [self.word.pk],
            "token-delete": [self.token],
            **{f"item-selected{step}": [] for step in ("", "-correct", "-delete", "-undo")},
            "item-withdraw": [self.item.pk, self.word.pk],
            "model-detail": [self.item.predictions.get().model_version_id],
            "model-activate": [self.item.predictions.get().model_version_id],
            "job-detail": [self.dataset.exports.get().job_id],
            "job-cancel": [self.dataset.exports.get().job_id],
            "account_confirm_email": ["unknown"],
            "account_reset_password_from_key": ["1", "set-password"],
            "view_on_site": [1, 1],
            "auth_user_password_change": [self.users["alice"].pk],
            "wasteapp_user_make_their_reset_link": [self.users["alice"].pk],
            "app_list": ["wasteapp"],
        }
        if route in values:
            return reverse(name, args=values[route])
        try:
            return reverse(name)
        except NoReverseMatch:
            return reverse(name, args=[self.dataset.pk if "dataset" in route else self.item.pk])


@pytest.fixture
def world(alice, bob, rita, otto, ada, make_item):
    item = make_item(alice)
    word = annotation_create(item=item, who=alice, kind=Kind.CONFIRM)
    dataset = dataset_create(name="d", asked_by=otto)
    job_run(job_id=str(dataset.exports.get().job_id))
    token_create(user=alice, name="a")
    users = {"visitor": None, "alice": alice, "bob": bob, "rita": rita, "otto": otto, "ada": ada}
    return World(item, word, dataset, ApiToken.objects.get().digest, users)


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


OTHERS = [
    ("GET", "/items/{item}/"),
    ("GET", "/items/{item}/result/"),
    ("GET", "/items/{item}/image/"),
    ("GET", "/items/{item}/thumbnail/"),
    ("GET", "/items/{item}/activation.png"),
    ("GET", "/items/{item}/delete/"),
    ("POST", "/items/{item}/delete/"),
    ("POST", "/items/{item}/annotations/"),
    ("POST", "/items/{item}/note/"),
    ("POST", "/annotations/{word}/withdraw/"),
    ("GET", "/api/v1/items/{item}/"),
    ("DELETE", "/api/v1/items/{item}/"),
    ("PATCH", "/api/v1/items/{item}/"),
    ("GET", "/api/v1/items/{item}/image/"),
    ("GET", "/api/v1/items/{item}/thumbnail/"),
    ("GET", "/api/v1/items/{item}/activation/"),
    ("POST", "/api/v1/items/{item}/annotations/"),
    ("POST", "/api/v1/items/{item}/annotations/{word}/withdraw/"),
]


@pytest.mark.parametrize(("method", "path"), OTHERS)
def test_another_s_item_answers_like_one_that_does_not_exist(world, api_of, page_of, method, path):
    client = (api_of if path.startswith("/api") else page_of)(world.users["bob"])
    theirs = path.format(item=world.item.pk, word=world.word.pk)
    none = path.format(item="00000000-0000-7000-8000-000000000000", word=987654)
    answers = [getattr(client, method.lower())(p, {"kind": "confirm"}) for p in (theirs, none)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert b"alice" not in answers[0].content
    if path.startswith("/api"):
        assert answers[0].content == answers[1].content
    assert Item.objects.get() == world.item
    assert Annotation.objects.get().withdrawn_at is None


def test_lists_hold_one_s_own_items_even_for_operators(world, api_of, page_of, make_item):
    for person in ("bob", "rita", "otto", "ada"):
        assert api_of(world.users[person]).get("/api/v1/items/").json()["results"] == []
        assert str(world.item.pk) not in page_of(world.users[person]).get("/items/").content.decode()
    assert len(api_of(world.users["alice"]).get("/api/v1/items/").json()["results"]) == 1


def test_an_operator_cannot_rise(world, page_of):
    """CVE-2026-23526: staff that may edit users make themselves superuser."""
    otto, page = world.users["otto"], page_of(world.users["otto"])
    rights = {"username": "otto", "is_superuser": "on", "is_staff": "on", "is_active": "on"}
    for user in (otto, world.users["bob"]):
        for path in ("change", "delete", "history"):
            url = reverse(f"admin:wasteapp_user_{path}", args=[user.pk])
            assert page.post(url, rights).status_code in (403, 405)
            assert page.get(url).status_code == 403
        assert (
            page.post(reverse("admin:auth_user_password_change", args=[user.pk]), rights).status_code == 403
        )
    assert page.post("/admin/wasteapp/user/add/", rights).status_code == 403
    group = Group.objects.get(name="operator")
    assert page.post(f"/admin/auth/group/{group.pk}/change/", {"name": "x"}).status_code == 403
    assert list(User.objects.filter(is_superuser=True)) == [world.users["ada"]]


def test_an_operator_finds_nobody_in_the_admin(world, page_of):
    page = page_of(world.users["otto"])
    assert b"/admin/wasteapp/user/" not in page.get("/admin/").content
    assert b"bob@example.org" not in page.get("/admin/search/?s=bob").content
    for field in ("owner", "who", "asked_by", "created_by"):
        query = {"term": "bob", "app_label": "wasteapp", "model_name": "item", "field_name": field}
        assert page.get("/admin/autocomplete/", query).status_code == 403


def test_an_operator_changes_no_immutable_row(world, page_of):
    page = page_of(world.users["otto"])
    for path in (f"item/{world.item.pk}", f"annotation/{world.word.pk}", f"dataset/{world.dataset.pk}"):
        assert page.get(f"/admin/wasteapp/{path}/change/").status_code == 200
        assert page.post(f"/admin/wasteapp/{path}/change/", {"label": "x"}).status_code == 403
        assert page.post(f"/admin/wasteapp/{path}/delete/", {"post": "yes"}).status_code == 403
    assert (Item.objects.get().label, Dataset.objects.count()) == ("glass", 1)


def test_filters_reach_no_other_table(world, page_of):
    """CVE-2023-47117: look-ups through relations leak what a filter must not see."""
    page = page_of(world.users["otto"])
    for query in (
        "owner__password__startswith=md5",
        "predictions__model_version__sha256=0",
        "owner__email=x",
    ):
        response = page.get(f"/admin/wasteapp/item/?{query}")
        assert response.status_code in (302, 400)
        assert b"alice" not in response.content


def test_who_is_not_active_any_more_is_out(world, page_of, api_of):
    for person in ("alice", "otto"):
        user = world.users[person]
        page = page_of(user)
        User.objects.filter(pk=user.pk).update(is_active=False)
        assert page.get(f"/items/{world.item.pk}/").status_code == 302


def test_the_operator_may_change_the_site(world, page_of):
    page = page_of(world.users["otto"])
    glass = Category.objects.get(slug="glass")
    data = {"name": "Bottles", "stream": "recyclable", "guidance": "", "position": 1, "bin": glass.bin_id}
    assert page.post(f"/admin/wasteapp/category/{glass.pk}/change/", data).status_code == 302
    glass.refresh_from_db()
    assert (glass.name, glass.slug) == ("Bottles", "glass")
