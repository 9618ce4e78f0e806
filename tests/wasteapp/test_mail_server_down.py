"""A mail server that does not answer takes nothing down with it."""

import pytest

from tests.wasteapp.conftest import PASSWORD
from wasteapp.models import User


@pytest.fixture(autouse=True)
def _down(db, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


def assert_told(response):
    told = " ".join(map(str, response.context["messages"]))
    assert response.status_code == 200
    assert "could not be sent" in told
    assert "sent to" not in told


def test_who_signs_up_is_told(client):
    fields = {"username": "carol", "email": "carol@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert_told(client.post("/accounts/signup/", fields, follow=True))
    assert User.objects.filter(username="carol").exists()


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_who_forgot_a_password_is_told_the_same(alice, client, email):
    assert_told(client.post("/accounts/password/reset/", {"email": email}, follow=True))
