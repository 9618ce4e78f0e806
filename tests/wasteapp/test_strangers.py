"""What a stranger tries: to learn who has an account, to stay in, to lead people elsewhere, to see our insides."""

import ast
import re

import pytest
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.core import mail
from django.test import Client
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads, register_pickle

from config.celery import app
from tests.test_architecture import name_of, sources
from tests.wasteapp.conftest import PASSWORD
from wasteapp.models import User
from wasteapp.services.accounts import reset_path

NEW = "another long passphrase"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "https:evil.example",
]
# The clients of the broker, the cache and S3 are given addresses by the environment alone.
CLIENTS = {
    "aiohttp",
    "http.client",
    "httpx",
    "requests",
    "smtplib",
    "socket",
    "urllib.request",
    "urllib3",
    "ftplib",
}


def signed_in(name: str, password: str = PASSWORD, **options: object) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": name, "password": password}, **options)
    assert "_auth_user_id" in client.session
    return client


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def plain(response, *names: str) -> str:
    """A page without what differs by chance, and without names that were typed in."""
    text = re.sub(r'value="[^"]*"|X-CSRFToken[^}]*', "", response.content.decode())
    return re.sub("|".join(map(re.escape, names)), "NAME", text)


class TestWhoHasAnAccount:
    @pytest.mark.parametrize(
        ("known", "unknown"), [("alice", "nobody"), ("alice@example.org", "nobody@example.org")]
    )
    def test_signing_in_does_not_tell(self, alice, known, unknown):
        answers = [
            Client().post("/accounts/login/", {"login": name, "password": "wrong"})
            for name in (known, unknown)
        ]
        assert plain(answers[0], known) == plain(answers[1], unknown)

    def test_signing_up_with_a_known_address_does_not_tell_where_mail_is_sent(self, alice, client, settings):
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        body = {"username": "mallory", "password1": PASSWORD, "password2": PASSWORD}
        answers = [
            Client().post("/accounts/signup/", {**body, "username": name, "email": email})
            for name, email in (("mallory", "alice@example.org"), ("trent", "trent@example.org"))
        ]
        assert [(answer.status_code, answer["Location"]) for answer in answers] == [
            (302, "/accounts/confirm-email/")
        ] * 2
        assert not User.objects.filter(username="mallory").exists()
        assert len(mail.outbox) == 2


class TestSessions:
    def test_one_s_devices_are_listed_and_nobody_else_s(self, alice, bob):
        page = signed_in("alice", headers={"User-Agent": "Alice's phone"})
        signed_in("alice", headers={"User-Agent": "<b>a library's computer</b>"})
        signed_in("alice", headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Firefox/143.0"})
        signed_in("bob", headers={"User-Agent": "Bob's tablet"})
        html = page.get("/accounts/sessions/").content.decode()
        assert "This device" in html
        assert "Firefox on Linux" in html
        assert "&lt;b&gt;a library&#x27;s computer&lt;/b&gt;" in html
        assert "Bob" not in html

    def test_all_others_are_signed_out_with_one_button(self, alice, bob):
        here, there, bobs = signed_in("alice"), signed_in("alice"), signed_in("bob")
        here.post("/accounts/sessions/")
        assert (is_in(here), is_in(there), is_in(bobs)) == (True, False, True)

    def test_a_reset_password_ends_all(self, alice, client):
        there = signed_in("alice")
        alice.refresh_from_db()
        form = client.get(reset_path(user=alice), follow=True).request["PATH_INFO"]
        client.post(form, {"password1": NEW, "password2": NEW})
        assert not is_in(there)

    def test_a_password_that_an_admin_sets_ends_all(self, alice, ada, page_of):
        there = signed_in("alice")
        fields = {"password1": NEW, "password2": NEW, "usable_password": "true"}
        page_of(ada).post(f"/admin/wasteapp/user/{alice.pk}/password/", fields)
        assert not is_in(there)

    def test_an_account_that_is_shut_is_out_at_once(self, alice):
        there = signed_in("alice")
        User.objects.filter(pk=alice.pk).update(is_active=False)
        assert not is_in(there)

    def test_a_session_that_somebody_else_began_is_not_signed_in(self, alice, client):
        client.get("/join/unknown/")
        session = client.session
        session["invitation"] = "x"
        session.save()
        planted = session.session_key
        client.cookies["sessionid"] = planted
        client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
        assert client.session.session_key != planted
        other = Client()
        other.cookies["sessionid"] = planted
        assert not is_in(other)

    def test_nobody_reads_the_keys_of_sessions_in_the_admin(self, ada, page_of):
        assert UserSession not in admin.site._registry
        assert page_of(ada).get("/admin/usersessions/usersession/").status_code == 404

    def test_signing_out_ends_it_and_forgets_the_photographs(self, alice):
        page = signed_in("alice")
        stolen = Client()
        stolen.cookies["sessionid"] = page.cookies["sessionid"].value
        response = page.post("/accounts/logout/")
        assert response["Clear-Site-Data"] == '"cache"'
        assert not is_in(stolen)


class TestElsewhere:
    @pytest.mark.parametrize("address", ELSEWHERE)
    def test_no_form_leads_to_another_site(self, alice, client, address):
        fields = {"login": "alice", "password": PASSWORD, "next": address}
        answers = [
            client.post("/accounts/login/", fields),
            client.post("/language/", {"language": "de", "next": address}),
            client.post("/accounts/logout/", {"next": address}),
        ]
        assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/")] * 3

    @pytest.mark.parametrize("path", ["/items/new/", "/profile/", "/data/erase/", "/accounts/logout/"])
    def test_a_form_of_another_site_is_refused(self, alice, path):
        client = Client(enforce_csrf_checks=True)
        client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        client.get("/profile/")
        token = client.cookies["csrftoken"].value
        assert client.post(path, {"password": "x"}).status_code == 403
        forged = client.post(path, {"csrfmiddlewaretoken": token}, headers={"Origin": "https://evil.example"})
        assert forged.status_code == 403
        assert client.post(path, {"csrfmiddlewaretoken": token}).status_code != 403

    def test_scripts_of_other_sites_read_nothing(self, alice, api_of):
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        for response in (
            api_of(alice).get("/api/v1/items/", headers=asked),
            api_of(alice).options("/api/v1/items/", headers=asked),
        ):
            assert not [name for name in response.headers if name.lower().startswith("access-control")]
            assert response["Cross-Origin-Resource-Policy"] == "same-origin"


class TestInsides:
    @pytest.mark.parametrize(
        ("path", "kind"), [("/guide/", "text/html"), ("/api/v1/items/", "application/problem")]
    )
    def test_an_error_tells_nothing_of_the_code(self, alice, api_of, monkeypatch, path, kind):
        def broken(*_args: object, **_options: object) -> None:
            raise RuntimeError("a password in the clear")

        monkeypatch.setattr("wasteapp.web.pages.render", broken)
        monkeypatch.setattr("wasteapp.api.items.queries.items_of", broken)
        client = api_of(alice)
        client.raise_request_exception = False
        response = client.get(path)
        assert (response.status_code, response["Content-Type"][: len(kind)]) == (500, kind)
        assert b"password in the clear" not in response.content
        assert b"Traceback" not in response.content
        assert "Content-Security-Policy" in response

    @pytest.mark.parametrize("path", ["/", "/items/", "/profile/", "/api/v1/items/", "/accounts/sessions/"])
    def test_no_shared_cache_keeps_what_is_a_person_s(self, alice, version, page_of, path):
        assert "private" in page_of(alice).get(path)["Cache-Control"]

    def test_a_token_is_kept_by_no_cache_at_all(self, alice, api_of):
        response = api_of(None).post("/api/v1/tokens/", {"username": "alice", "password": PASSWORD})
        assert (response.status_code, response["Cache-Control"]) == (201, "no-store")

    def test_workers_read_json_and_nothing_that_runs(self):
        register_pickle()
        _type, encoding, body = dumps({"x": 1}, serializer="pickle")
        assert (app.conf.accept_content, app.conf.task_serializer) == (["json"], "json")
        with pytest.raises(ContentDisallowed):
            loads(body, "application/x-python-serialize", encoding, accept=app.conf.accept_content)

    def test_the_server_asks_no_address_that_somebody_named(self):
        asking = [
            f"{name_of(path)} imports {name}"
            for path in sources("wasteapp", "config", "classifier")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [node.module] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
            )
            if name in CLIENTS and not (name == "socket" and path.name == "nursery.py")  # run.py's, inherited
        ]
        assert asking == []
