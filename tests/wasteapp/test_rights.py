"""Nobody raises rights, their own or another's: roles are given by admins alone, whatever else somebody may do."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from wasteapp.models import ApiToken, User
from wasteapp.queries import role_of
from wasteapp.services.accounts import token_create

NAMES = {"username": "otto", "is_superuser": "on", "is_staff": "on", "is_active": "on", "_save": "Save"}


@pytest.fixture
def mighty(otto):
    """An operator to whom an admin gave every permission that there is, in the hope that it helps."""
    otto.user_permissions.set(Permission.objects.all())
    return otto


@pytest.fixture
def groups(db):
    return {group.name: group for group in Group.objects.all()}


def rights():
    return {
        user.username: (user.is_superuser, user.is_staff, role_of(user), user.user_permissions.count())
        for user in User.objects.order_by("pk")
    }


def test_every_permission_makes_no_admin(mighty, bob, ada, groups, page_of):
    before, page = rights(), page_of(mighty)
    for user in (mighty, bob, ada):
        forged = {**NAMES, "username": user.username, "groups": [g.pk for g in groups.values()]}
        forged["user_permissions"] = [p.pk for p in Permission.objects.all()[:5]]
        assert page.post(reverse("admin:wasteapp_user_change", args=[user.pk]), forged).status_code == 403
        password = {"password1": "another long word 77", "password2": "another long word 77"}
        path = reverse("admin:auth_user_password_change", args=[user.pk])
        assert page.post(path, password).status_code == 403
        assert (
            page.post(reverse("admin:wasteapp_user_delete", args=[user.pk]), {"post": "yes"}).status_code
            == 403
        )
    assert rights() == before
    assert not ada.check_password("another long word 77")


def test_no_new_account_group_address_or_token_either(mighty, ada, groups, page_of):
    page = page_of(mighty)
    address = EmailAddress.objects.create(user=ada, email="ada@example.org", verified=True, primary=True)
    token_create(user=ada)
    added = {
        **NAMES,
        "username": "eve",
        "password1": "another long word 77",
        "password2": "another long word 77",
    }
    every = [p.pk for p in Permission.objects.all()[:50]]
    forged = [
        ("wasteapp_user_add", [], added),
        ("auth_group_change", [groups["operator"].pk], {"name": "operator", "permissions": every}),
        ("auth_group_add", [], {"name": "admins", "permissions": every}),
        ("account_emailaddress_change", [address.pk], {"user": ada.pk, "email": "eve@example.org"}),
        ("account_emailaddress_add", [], {"user": ada.pk, "email": "eve@example.org", "verified": "on"}),
    ]
    for name, args, data in forged:
        assert page.post(reverse(f"admin:{name}", args=args), data).status_code == 403, name
        assert page.get(reverse(f"admin:{name}", args=args)).status_code == 403, name
    listed = reverse("admin:wasteapp_user_changelist")
    assert page.post(listed, {"action": "make_reset_link", "_selected_action": [ada.pk]}).status_code == 403
    assert page.get(f"/admin/wasteapp/user/{ada.pk}/reset-link/").status_code == 403
    assert page.get(reverse("admin:wasteapp_apitoken_changelist")).status_code == 403
    assert (User.objects.count(), Group.objects.count(), ApiToken.objects.count()) == (2, 2, 1)
    address.refresh_from_db()
    assert address.email == "ada@example.org"


@pytest.mark.parametrize("path", ["/profile/", "/api/v1/items/", "/accounts/email/", "/review/"])
def test_no_form_of_one_s_own_takes_a_role(rita, groups, page_of, path):
    forged = {**NAMES, "groups": [groups["operator"].pk], "role": "admin", "language": "", "theme": "auto"}
    page_of(rita).post(path, forged)
    rita.refresh_from_db()
    assert (rita.is_superuser, rita.is_staff, role_of(rita)) == (False, False, "reviewer")


def test_an_admin_gives_and_takes_roles(bob, ada, groups, page_of):
    page, path = page_of(ada), reverse("admin:wasteapp_user_change", args=[bob.pk])
    kept = {"username": "bob", "email": "bob@example.org", "is_active": "on", "theme": "auto"}
    kept |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    for name, role in (("reviewer", "reviewer"), ("operator", "operator"), (None, "owner")):
        given = {"groups": [groups[name].pk]} if name else {}
        assert page.post(path, kept | given).status_code == 302
        assert role_of(User.objects.get(pk=bob.pk)) == role
