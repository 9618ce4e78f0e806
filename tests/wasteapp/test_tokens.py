"""API tokens: shown once, kept as a hash, theirs who made them, gone when revoked or expired."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone
from rest_framework.test import APIClient

from tests.wasteapp.conftest import PASSWORD
from wasteapp.models import ApiToken, User


def ask(**fields):
    return APIClient().post("/api/v1/tokens/", {"username": "alice", "password": PASSWORD, **fields})


def whoami(token):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client.get("/api/v1/items/").status_code


@pytest.mark.parametrize("name", ["alice", "alice@example.org"])
def test_name_and_password_make_a_token(alice, settings, name):
    response = ask(username=name)
    assert response.status_code == 201
    assert set(response.json()) == {"token", "expiry"}
    assert whoami(response.json()["token"]) == 200
    life = ApiToken.objects.get().expiry - timezone.now()
    assert timedelta(days=364) < life <= timedelta(days=365)


def test_a_token_is_kept_as_a_hash(alice):
    token = ask().json()["token"]
    assert token not in str(ApiToken.objects.values().get())


@pytest.mark.parametrize("fields", [{"password": "wrong"}, {"username": "nobody"}, {"username": "a@b.org"}])
def test_a_wrong_word_makes_none_and_says_the_same(alice, fields):
    response = ask(**fields)
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response.json()["detail"] == "Name and password do not match."
    assert not ApiToken.objects.exists()


def test_an_inactive_account_gets_none(alice):
    User.objects.update(is_active=False)
    assert ask().status_code == 401


@pytest.mark.parametrize("body", [{}, {"username": "alice"}, {"username": "nu\x00ll", "password": "x"}, []])
def test_a_faulty_request_is_400(alice, body):
    assert APIClient().post("/api/v1/tokens/", body).status_code == 400


def test_an_account_with_two_factors_makes_its_tokens_on_its_page(alice, page_of):
    TOTP.activate(alice, generate_totp_secret())
    response = ask()
    assert (response.status_code, response.json()["code"]) == (403, "two_factors")
    assert not ApiToken.objects.exists()
    assert ask(password="wrong").status_code == 401  # who does not know the password learns nothing
    page = page_of(alice).post("/profile/tokens/", {"name": "script"})
    assert whoami(page.context["token"]) == 200


def test_an_address_that_has_to_be_verified_first_makes_none(alice, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    response = ask()
    assert (response.status_code, response.json()["code"]) == (403, "email_unverified")
    assert not ApiToken.objects.exists()
    assert ask(password="wrong").status_code == 401  # who does not know the password learns nothing
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    assert ask().status_code == 201


def test_a_name_may_hold_an_at(db):
    User.objects.create_user("carol@home", "carol@example.org", PASSWORD)
    assert ask(username="carol@home").status_code == 201


def assert_told_to_wait(response, seconds):
    assert (response.status_code, response["Content-Type"]) == (429, "application/problem+json")
    assert 0 < int(response["Retry-After"]) <= seconds
    assert not ApiToken.objects.exists()


def test_guessing_a_password_is_slowed_down(alice):
    """A name is shut for a while after a few wrong passwords, for the right one too."""
    statuses = [ask(password="wrong").status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    assert_told_to_wait(ask(), 300)


def test_an_address_makes_so_many_tries_an_hour(alice):
    statuses = [ask(username=f"nobody{n}").status_code for n in range(20)]
    assert 401 in statuses
    assert_told_to_wait(ask(), 3600)


def test_a_token_is_shown_once_on_the_account_page_and_can_be_revoked(alice, page_of):
    page = page_of(alice)
    made = page.post("/profile/tokens/", {"name": "my script"})
    token = made.context["token"]
    assert token.encode() in made.content
    assert "no-store" in made["Cache-Control"]
    listed = page.get("/profile/").content
    assert b"my script" in listed
    assert token.encode() not in listed
    assert whoami(token) == 200
    page.post(f"/profile/tokens/{ApiToken.objects.get().digest}/delete/")
    assert whoami(token) == 401


@pytest.mark.parametrize("name", ["", "x" * 81, "nu\x00ll"])
def test_a_token_needs_a_name(alice, page_of, name):
    assert page_of(alice).post("/profile/tokens/", {"name": name}).status_code == 200
    assert not ApiToken.objects.exists()


def test_a_token_ends(alice):
    token = ask().json()["token"]
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert whoami(token) == 401


def test_nobody_revokes_another_s_token(alice, bob, page_of):
    token = ask().json()["token"]
    path = f"/profile/tokens/{ApiToken.objects.get().digest}/delete/"
    assert page_of(bob).post(path).status_code == 404
    assert whoami(token) == 200


def test_an_admin_can_revoke_a_token(alice, ada, page_of):
    token = ask().json()["token"]
    path = f"/admin/wasteapp/apitoken/{ApiToken.objects.get().pk}/delete/"
    assert page_of(ada).post(path, {"post": "yes"}).status_code == 302
    assert whoami(token) == 401


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 500, "Token"])
def test_a_token_that_is_none_is_401(db, token):
    assert whoami(token) == 401


def test_the_token_of_who_is_not_active_any_more_is_void(alice):
    token = ask().json()["token"]
    User.objects.update(is_active=False)
    assert whoami(token) == 401


def test_a_browser_s_session_needs_its_csrf_token_for_the_api(alice):
    client = APIClient(enforce_csrf_checks=True)
    client.login(username="alice", password=PASSWORD)
    assert client.get("/api/v1/items/").status_code == 200
    assert client.post("/api/v1/items/", {}, format="multipart").status_code == 403
