"""Rate limits and quotas: what stops a flood lets one person's 500 through, and holds while a crowd comes by."""

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from django.urls import get_resolver
from rest_framework.test import APIClient

from config.env import Environment
from tests.wasteapp.conftest import PASSWORD, photograph
from tests.wasteapp.permission_sources import routes
from wasteapp.models import Dataset, Item, Job, State
from wasteapp.services.accounts import token_create
from wasteapp.web.rates import SCOPES, UPLOAD, Rate, address_of, rate_check

BATCH = 500
PROBLEM = "application/problem+json"


@pytest.fixture
def rates(settings):
    """Other rates for some scopes."""

    def change(**scopes: dict[str, str]) -> None:
        settings.RATES = {**settings.RATES, **scopes}

    return change


def by_token(user, **options) -> APIClient:
    client = APIClient(**options)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token_create(user=user).token}")
    return client


def sent(client, mark=0, **options):
    body = {"image": photograph(mark=mark)}
    return client.post("/api/v1/items/", body, format="multipart", **options)


def test_a_crowd_lifts_nobody_s_limit():
    cache.set("rate:alice", 1)
    for number in range(5000):
        cache.set(f"rate:{number}", 1)
    assert cache.get("rate:alice") == 1


def test_every_scope_belongs_to_an_address():
    assert set(SCOPES) <= set(routes(get_resolver().url_patterns))


def test_the_defaults_let_a_batch_through_and_stop_a_flood():
    """A page asks some six times for each photograph: it sends, polls, and shows."""
    defaults = {name: field.default for name, field in Environment.model_fields.items()}
    assert Rate.of(defaults["upload_rate"]) >= (2 * BATCH, 3600)
    assert Rate.of(defaults["request_rate"]).number >= 6 * BATCH
    assert Rate.of(defaults["address_upload_rate"]).number <= 12_000
    assert defaults["quota_waiting_bytes"] >= BATCH * 20_000_000


def test_the_last_of_a_batch_is_taken_as_the_first_was(alice, version, page_of):
    """With the rates as they are."""
    page = page_of(alice)
    assert page.post("/items/new/", {"image": photograph()}).status_code == 302
    request = page.get("/guide/").wsgi_request
    for _ in range(BATCH - 2):
        rate_check(request, UPLOAD)
    assert page.post("/items/new/", {"image": photograph(mark=1)}).status_code == 302


def test_a_flood_of_uploads_is_told_when_it_may_go_on(alice, bob, version, rates):
    rates(upload={"person": "2/hour", "address": "9/hour"})
    client = by_token(alice)
    assert [sent(client, n).status_code for n in range(3)] == [202, 202, 429]
    refused = sent(client)
    assert (refused["Content-Type"], refused.json()["code"]) == (PROBLEM, "too_often")
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert Item.objects.count() == 2
    assert sent(by_token(bob)).status_code == 202


def test_pages_and_api_are_counted_together(alice, version, page_of, rates):
    rates(upload={"person": "2/hour"})
    page = page_of(alice)
    assert page.post("/items/new/", {"image": photograph()}).status_code == 302
    assert sent(by_token(alice), 1).status_code == 202
    refused = page.post("/items/new/", {"image": photograph(mark=2)})
    assert (refused.status_code, "Retry-After" in refused) == (429, True)
    assert "Too many requests" in refused.content.decode()


def test_many_people_at_one_address_share_its_uploads(alice, bob, version, rates):
    rates(upload={"person": "9/hour", "address": "2/hour"})
    assert [sent(by_token(who)).status_code for who in (alice, bob, alice)] == [202, 202, 429]
    assert sent(by_token(alice), REMOTE_ADDR="203.0.113.9").status_code == 202


@pytest.mark.parametrize(("path", "kind"), [("/guide/", "text/html"), ("/api/v1/schema/", PROBLEM)])
def test_an_address_that_asks_for_everything_is_refused(db, client, rates, path, kind):
    rates(request={"visitor": "2/minute", "person": "9/minute"})
    answers = [client.get("/guide/"), client.get("/healthz"), client.get(path)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Content-Type"].startswith(kind)
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert client.get(path, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_a_person_is_counted_apart_from_the_address(alice, page_of, client, rates):
    rates(request={"visitor": "1/minute", "person": "3/minute"})
    page = page_of(alice)
    assert [client.get("/guide/").status_code for _ in range(2)] == [200, 429]
    assert [page.get("/guide/").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_long_work_is_asked_for_so_often_an_hour(otto, page_of, rates):
    rates(job={"person": "2/hour"})
    page, client = page_of(otto), by_token(otto)
    assert page.post("/data/copy/").status_code == 302
    assert client.post("/api/v1/datasets/", {"name": "one"}).status_code == 202
    assert client.post("/api/v1/datasets/", {"name": "two"}).status_code == 429
    assert page.post("/data/copy/").status_code == 429
    assert (Dataset.objects.count(), Job.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("proxies", "told", "found"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "192.0.2.1, 198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "nonsense", "0.0.0.0"),
        (1, "", "127.0.0.1"),
    ],
)
def test_as_many_hops_are_believed_as_the_setting_says(settings, proxies, told, found):
    settings.PROXIES = proxies
    assert address_of(RequestFactory().get("/", headers={"X-Forwarded-For": told})) == found


def test_a_forged_hop_lifts_no_limit(db, client, settings, rates):
    settings.PROXIES = 1
    rates(request={"visitor": "1/minute"})
    forged = [{"X-Forwarded-For": f"192.0.2.{n}, 203.0.113.9"} for n in range(2)]
    assert [client.get("/guide/", headers=each).status_code for each in forged] == [200, 429]


def test_a_household_s_ipv6_addresses_are_one(db, client, rates):
    rates(request={"visitor": "1/minute"})
    addresses = ["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"]
    assert [client.get("/guide/", REMOTE_ADDR=each).status_code for each in addresses] == [200, 429, 200]


def fields(number: int) -> dict[str, str]:
    return {"username": f"new{number}", "password1": PASSWORD, "password2": PASSWORD}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/accounts/signup/", fields),
        ("/accounts/password/reset/", lambda n: {"email": f"n{n}@example.org"}),
        ("/accounts/login/", lambda n: {"login": f"n{n}", "password": "wrong"}),
    ],
)
def test_an_address_tries_accounts_so_often(db, client, settings, path, body):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip", "reset_password": "2/m/ip", "login": "2/m/ip"}
    last = [client.post(path, body(number)) for number in range(3)][-1]
    assert (last.status_code, last["Retry-After"]) == (429, "60")
    client.logout()
    assert client.post(path, body(9), REMOTE_ADDR="203.0.113.9").status_code in (200, 302)


def test_a_name_is_shut_for_a_while_after_wrong_passwords(alice, client):
    """By user, from many addresses; and who is already in stays in."""
    for number in range(6):
        body = {"login": "alice", "password": "wrong"}
        client.post("/accounts/login/", body, REMOTE_ADDR=f"203.0.113.{number}")
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD}, REMOTE_ADDR="203.0.113.99")
    assert "_auth_user_id" not in client.session


def test_uploads_that_wait_fill_a_person_s_space(alice, bob, version, settings, work):
    size = photograph().size or 0
    settings.QUOTA_WAITING_BYTES = 2 * size
    alices = by_token(alice)
    assert [sent(alices).status_code for _ in range(3)] == [202, 202, 409]
    assert sent(by_token(bob)).status_code == 202
    work()
    assert sent(alices).status_code == 202


def test_what_could_not_be_read_fills_it_too(alice, version, settings):
    settings.QUOTA_WAITING_BYTES = photograph().size
    client = by_token(alice)
    assert sent(client).status_code == 202
    Item.objects.update(state=State.FAILED)
    refused = sent(client)
    assert (refused.status_code, refused.json()["code"]) == (409, "over_quota")


def test_a_full_account_is_told_what_to_do(alice, version, settings):
    settings.QUOTA_ITEMS = 1
    client = by_token(alice)
    sent(client)
    refused = sent(client)
    assert (refused.status_code, refused["Content-Type"]) == (409, PROBLEM)
    assert "Delete some first." in refused.json()["detail"]
