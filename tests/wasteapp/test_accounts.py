"""Accounts: sign-up open, closed and by invitation; sign-in; passwords; reset links; two factors."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth import get_user
from django.test import Client
from django.utils import timezone

from tests.wasteapp.conftest import PASSWORD
from wasteapp.models import Invitation, SiteSettings, User
from wasteapp.services.accounts import invitation_create, invitation_use, reset_path

NEW = "another long passphrase"


def form(name="carol", **fields):
    return {"username": name, "email": "", "password1": PASSWORD, "password2": PASSWORD, **fields}


def site(**fields):
    SiteSettings.objects.update_or_create(pk=1, defaults=fields)


def signed_in(client) -> str:
    return get_user(client).get_username()


class TestSignUp:
    """While the site is open."""

    def test_a_new_person_is_signed_in_at_once(self, db, client):
        response = client.post("/accounts/signup/", form())
        assert (response.status_code, response["Location"], signed_in(client)) == (302, "/", "carol")
        assert User.objects.get().consent is False

    def test_consent_is_asked_and_kept(self, db, client):
        assert b'name="consent"' in client.get("/accounts/signup/").content
        client.post("/accounts/signup/", form(consent="on"))
        assert User.objects.get().consent is True

    @pytest.mark.parametrize("preset", [True, False])
    def test_what_is_preset_is_the_site_s_choice(self, db, client, preset):
        site(preset_consent=preset)
        box = re.search(rb"<input[^>]*name=\"consent\"[^>]*>", client.get("/accounts/signup/").content)
        assert (b"checked" in box.group()) is preset

    def test_unticking_a_preset_consent_is_no_consent(self, db, client):
        site(preset_consent=True)
        client.post("/accounts/signup/", form())
        assert User.objects.get().consent is False

    @pytest.mark.parametrize(
        "fields",
        [
            {"password2": "other"},
            {"password1": "12345678", "password2": "12345678"},
            {"username": ""},
            {"username": "nu\x00ll"},
            {"email": "no address"},
        ],
    )
    def test_a_faulty_form_makes_nobody(self, db, client, fields):
        assert client.post("/accounts/signup/", form(**fields)).status_code == 200
        assert not User.objects.exists()

    @pytest.mark.parametrize("fields", [{"username": "alice"}, {"username": "ALICE"}])
    def test_a_name_is_taken_once(self, alice, client, fields):
        assert client.post("/accounts/signup/", form(**fields)).status_code == 200
        assert User.objects.count() == 1

    @pytest.mark.parametrize("email", ["alice@example.org", "Alice@Example.org"])
    def test_an_address_that_is_known_makes_no_second_account(self, alice, client, email):
        response = client.post("/accounts/signup/", form(email=email))
        assert response.status_code in (200, 302)
        assert User.objects.filter(email__iexact=email).count() == 1
        assert signed_in(client) != "alice"


class TestClosed:
    """By invitation alone."""

    @pytest.fixture(autouse=True)
    def _closed(self, db):
        site(signup_open=False)

    def test_nobody_signs_up(self, client):
        assert b'name="password1"' not in client.get("/accounts/signup/").content
        client.post("/accounts/signup/", form())
        assert not User.objects.exists()

    def test_an_invitation_is_for_one_account(self, ada, client):
        invitation, token = invitation_create(created_by=ada, note="Carol")
        assert client.get(f"/join/{token}/")["Location"] == "/accounts/signup/"
        client.post("/accounts/signup/", form())
        carol = User.objects.get(username="carol")
        invitation.refresh_from_db()
        assert (invitation.used_by, invitation.used is not None) == (carol, True)
        late = Client()
        assert late.get(f"/join/{token}/").status_code == 410
        late.post("/accounts/signup/", form("dave"))
        assert not User.objects.filter(username="dave").exists()

    def test_of_two_who_hold_one_link_the_first_gets_in(self, ada, client):
        _, token = invitation_create(created_by=ada)
        other = Client()
        client.get(f"/join/{token}/")
        other.get(f"/join/{token}/")
        client.post("/accounts/signup/", form("carol"))
        other.post("/accounts/signup/", form("dave"))
        assert set(User.objects.values_list("username", flat=True)) == {"ada", "carol"}

    def test_a_link_that_was_used_in_the_last_moment_makes_no_account(self, ada, alice, client, monkeypatch):
        _, token = invitation_create(created_by=ada)
        client.get(f"/join/{token}/")
        monkeypatch.setattr("wasteapp.web.accounts.signup_permitted", lambda **_: True)  # looked just before
        assert invitation_use(token=token, user=alice)
        assert client.post("/accounts/signup/", form()).status_code == 410
        assert not User.objects.filter(username="carol").exists()

    def test_an_invitation_ends(self, ada, client):
        _, token = invitation_create(created_by=ada)
        client.get(f"/join/{token}/")
        Invitation.objects.update(expires=timezone.now() - timedelta(seconds=1))
        client.post("/accounts/signup/", form())
        assert not User.objects.filter(username="carol").exists()
        assert Client().get(f"/join/{token}/").status_code == 410

    def test_an_invitation_is_made_in_the_admin_and_kept_as_a_hash(self, ada, page_of, client):
        page = page_of(ada)
        shown = page.post("/admin/wasteapp/invitation/add/", {"note": "Carol"}, follow=True).content.decode()
        token = re.search(r"/join/([\w-]+)/", shown).group(1)
        assert Invitation.objects.get().created_by == ada
        assert token not in str(Invitation.objects.values().get())
        client.get(f"/join/{token}/")
        client.post("/accounts/signup/", form())
        assert User.objects.filter(username="carol").exists()


@pytest.mark.parametrize("name", ["alice", "alice@example.org", "ALICE@example.org"])
def test_signing_in_with_name_or_address(alice, client, name):
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    assert signed_in(client) == "alice"


@pytest.mark.parametrize(
    "fields", [{"password": "wrong"}, {"login": "nobody"}, {"login": "a\x00"}, {"login": ""}]
)
def test_who_gives_the_wrong_word_stays_out_and_learns_nothing(alice, client, fields):
    response = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD, **fields})
    assert (response.status_code, signed_in(client)) == (200, "")


def test_an_inactive_account_stays_out(alice, client):
    User.objects.update(is_active=False)
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert signed_in(client) == ""


def test_guessing_is_slowed_down(alice, client):
    for _ in range(12):
        response = client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    assert response.status_code in (200, 429)
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert signed_in(client) == ""


@pytest.mark.parametrize(
    ("target", "to"), [("/guide/", "/guide/"), ("https://evil.example/", "/"), ("//evil.example", "/")]
)
def test_after_signing_in_one_stays_at_this_site(alice, client, target, to):
    response = client.post(
        f"/accounts/login/?next={target}", {"login": "alice", "password": PASSWORD, "next": target}
    )
    assert response["Location"] == to


def test_signing_out(alice, page_of):
    page = page_of(alice)
    assert page.post("/accounts/logout/")["Location"] == "/"
    assert signed_in(page) == ""


def test_changing_the_password_keeps_this_browser_and_ends_the_others(alice, page_of):
    here, there = page_of(alice), page_of(alice)
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert (signed_in(here), signed_in(there)) == ("alice", "")


def test_the_old_password_is_needed_for_a_new_one(alice, page_of):
    page_of(alice).post(
        "/accounts/password/change/", {"oldpassword": "x", "password1": NEW, "password2": NEW}
    )
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def reset(client, path):
    """Open a reset link and set a new password; the last answer."""
    response = client.get(path, follow=True)
    return client.post(response.request["PATH_INFO"], {"password1": NEW, "password2": NEW}, follow=True)


class TestResetLink:
    """Made by an admin, handed over in person."""

    def test_it_is_made_in_the_admin(self, ada, alice, page_of, client):
        page = page_of(ada)
        data = {"action": "make_reset_link", "_selected_action": [alice.pk]}
        shown = page.post("/admin/wasteapp/user/", data, follow=True).content.decode()
        link = re.search(r"http://testserver(/accounts/password/reset/key/[^\s<\"&]+)", shown).group(1)
        reset(client, link)
        alice.refresh_from_db()
        assert alice.check_password(NEW)

    def test_it_works_once_and_for_one_person(self, alice, bob, client):
        path = reset_path(user=alice)
        reset(client, path)
        alice.refresh_from_db()
        bob.refresh_from_db()
        assert (alice.check_password(NEW), bob.check_password(PASSWORD)) == (True, True)
        again = Client()
        assert b'name="password1"' not in again.get(path, follow=True).content

    def test_it_signs_nobody_in(self, alice, client):
        client.get(reset_path(user=alice), follow=True)
        assert signed_in(client) == ""

    def test_it_does_not_work_for_another(self, alice, bob, client):
        key = reset_path(user=alice).split("/key/")[1].split("-", 1)[1]
        uid = reset_path(user=bob).split("/key/")[1].split("-", 1)[0]
        response = client.get(f"/accounts/password/reset/key/{uid}-{key}", follow=True)
        assert b'name="password1"' not in response.content

    def test_who_signs_in_meanwhile_makes_it_void(self, alice, client):
        path = reset_path(user=alice)
        alice.set_password(NEW)
        alice.save()
        assert b'name="password1"' not in client.get(path, follow=True).content

    def test_without_a_mail_server_the_page_says_whom_to_ask(self, alice, client):
        content = client.get("/accounts/password/reset/").content
        assert b"admin" in content.lower()

    def test_asking_tells_nobody_whether_an_account_exists(self, alice, client):
        known = client.post("/accounts/password/reset/", {"email": "alice@example.org"})
        other = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
        assert (known.status_code, known.get("Location")) == (other.status_code, other.get("Location"))


def code_of(authenticator) -> str:
    secret = get_adapter().decrypt(authenticator.data["secret"])
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


@pytest.fixture
def two_factors(alice):
    return TOTP.activate(alice, generate_totp_secret()).instance


class TestTwoFactors:
    """A password alone is not enough."""

    def test_signing_in_asks_for_the_code(self, two_factors, client):
        response = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
        assert (response["Location"], signed_in(client)) == ("/accounts/2fa/authenticate/", "")
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
        assert signed_in(client) == ""
        client.post("/accounts/2fa/authenticate/", {"code": code_of(two_factors)})
        assert signed_in(client) == "alice"

    def test_a_code_works_once(self, two_factors, client):
        code = code_of(two_factors)
        for expected, browser in (("alice", client), ("", Client())):
            browser.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
            browser.post("/accounts/2fa/authenticate/", {"code": code})
            assert signed_in(browser) == expected

    def test_guessing_a_code_is_slowed_down(self, two_factors, client):
        """From many addresses; the right code is no way round it."""
        client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
        for number in range(5):
            client.post("/accounts/2fa/authenticate/", {"code": "000000"}, REMOTE_ADDR=f"203.0.113.{number}")
        right = {"code": code_of(two_factors)}
        client.post("/accounts/2fa/authenticate/", right, REMOTE_ADDR="203.0.113.99")
        assert signed_in(client) == ""

    def test_a_recovery_code_does_too(self, alice, two_factors, client):
        code = RecoveryCodes.activate(alice).get_unused_codes()[0]
        client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
        client.post("/accounts/2fa/authenticate/", {"code": code})
        assert signed_in(client) == "alice"

    def test_it_is_set_up_on_the_account_s_pages(self, alice, client):
        client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
        asked = client.get("/accounts/2fa/totp/activate/")
        assert asked["Location"].startswith("/accounts/reauthenticate/")
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert b"data:image/svg" in client.get("/accounts/2fa/totp/activate/").content
        secret = client.session["mfa.totp.secret"]
        code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
        client.post("/accounts/2fa/totp/activate/", {"code": code})
        assert Authenticator.objects.filter(user=alice, type="totp").exists()
        for path in ("/accounts/2fa/", "/accounts/2fa/recovery-codes/", "/profile/"):
            assert client.get(path).status_code == 200

    def test_a_reset_link_does_not_go_round_it(self, alice, two_factors, client):
        reset(client, reset_path(user=alice))
        client.post("/accounts/login/", {"login": "alice", "password": NEW})
        assert signed_in(client) == ""


def test_the_profile_keeps_theme_and_consent_and_nothing_else(alice, page_of):
    page = page_of(alice)
    page.post("/profile/", {"theme": "dark", "is_superuser": "on", "is_staff": "on", "username": "root"})
    alice.refresh_from_db()
    assert (alice.theme, alice.consent) == ("dark", False)
    assert (alice.is_superuser, alice.is_staff, alice.username) == (False, False, "alice")
    assert b'data-theme="dark"' in page.get("/").content
    assert page.post("/profile/", {"theme": "neon"}).status_code == 200


def test_adding_an_address_that_is_another_s_is_refused(alice, bob, page_of):
    page = page_of(bob)
    for email in ("alice@example.org", "ALICE@example.org"):
        assert page.post("/accounts/email/", {"action_add": "", "email": email}).status_code in (200, 302)
    assert User.objects.filter(email__iexact="alice@example.org").count() == 1


@pytest.mark.parametrize(
    ("came", "back"),
    [
        ("http://testserver/items/?label=glass", "/items/?label=glass"),
        ("https://evil.example/items/", "/"),
        ("http://testserver//evil.example/", "/"),
        ("http://testserver/nothing/", "/"),
        ("http://testserver/items/selected/", "/"),  # where a form leads as well
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_who_was_signed_out_comes_back_to_the_page_of_the_form(came, back, alice, make_item):
    """Not to where the form leads, which cannot be looked at; and nothing is kept of who sent it."""
    item, browser = make_item(alice), Client()
    address, headers = f"/items/{item.pk}/annotations/", {"referer": came}
    sent = browser.post(address, {"kind": "confirm"}, headers=headers)
    asked = f"/accounts/login/?next={quote(back)}&unsent=1"
    assert (sent.status_code, sent.url, browser.cookies.get("sessionid")) == (302, asked, None)
    by_script = browser.post(address, {"kind": "confirm"}, headers={**headers, "hx-request": "true"})
    assert (by_script.status_code, by_script.headers["HX-Redirect"]) == (200, asked)
    assert "was not stored" in browser.get(asked).content.decode()
    known = {"login": "alice", "password": PASSWORD, "next": back}
    assert browser.post("/accounts/login/", known, follow=True).redirect_chain == [(back, 302)]
    assert not item.annotations.exists()


def test_who_signs_in_or_chooses_a_language_sent_no_form_in_vain(alice):
    asked = "/accounts/login/?next=/items/"
    browser = Client()
    chosen = browser.post("/language/", {"language": "de", "next": asked}, headers={"referer": asked})
    assert (chosen.url, browser.cookies["django_language"].value) == (asked, "de")
    page = browser.get(asked).content.decode()
    assert "Anmelden" in page
    assert "nicht gespeichert" not in page
    assert browser.post(asked, {"login": "alice", "password": PASSWORD, "next": asked}).url == asked
