"""API tokens end where a person, or an admin for them, changes how they sign in."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.contrib.messages import get_messages

from tests.wasteapp.conftest import PASSWORD
from wasteapp.models import ApiToken
from wasteapp.services.accounts import reset_path, token_create

NEW = "another long passphrase"


@pytest.fixture(autouse=True)
def tokens(alice, bob):
    for user in (alice, alice, bob):
        token_create(user=user)


def holders() -> list[str]:
    return list(ApiToken.objects.values_list("user__username", flat=True))


def test_a_new_password_ends_them_and_says_so(alice, page_of):
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    response = page_of(alice).post("/accounts/password/change/", fields)
    assert holders() == ["bob"]
    assert "Your 2 API tokens were revoked." in map(str, get_messages(response.wsgi_request))


def test_a_wrong_old_password_ends_nothing(alice, page_of):
    fields = {"oldpassword": "x", "password1": NEW, "password2": NEW}
    page_of(alice).post("/accounts/password/change/", fields)
    assert len(holders()) == 3


def test_a_reset_password_ends_them(alice, client):
    response = client.get(reset_path(user=alice), follow=True)
    client.post(response.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert holders() == ["bob"]


def test_a_password_that_an_admin_sets_ends_them(alice, ada, page_of):
    fields = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    response = page_of(ada).post(f"/admin/wasteapp/user/{alice.pk}/password/", fields)
    assert (response.status_code, holders()) == (302, ["bob"])


@pytest.mark.parametrize(("kind", "left"), [("totp", ["bob"]), ("recovery_codes", ["alice", "alice", "bob"])])
def test_a_second_factor_ends_them_and_recovery_codes_do_not(alice, page_of, kind, left):
    request = page_of(alice).get("/profile/").wsgi_request
    authenticator = Authenticator(user=alice, type=kind)
    authenticator_added.send(Authenticator, request=request, user=alice, authenticator=authenticator)
    assert sorted(holders()) == left
