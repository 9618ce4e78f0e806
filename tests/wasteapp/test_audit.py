"""The audit trail: what is in it, who did it, and that nothing in it is ever changed."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError, connection, transaction

from tests.wasteapp.conftest import PASSWORD
from wasteapp.models import AppendOnly, AuditEvent, Category, Invitation, Job, JobKind, SiteSettings, User
from wasteapp.services.accounts import (
    invitation_create,
    invitation_use,
    reset_path,
    token_create,
    tokens_revoke,
)
from wasteapp.services.audit import acting, audit_record
from wasteapp.services.erasure import account_close
from wasteapp.services.work import job_run

TABLE = AuditEvent._meta.db_table


@pytest.fixture
def event(db) -> AuditEvent:
    return audit_record(action="thing.change", subject="x", before={"a": 1}, after={"a": 2})


def told(action: str) -> list[tuple]:
    """Who, about what, before and after; oldest first."""
    rows = AuditEvent.objects.filter(action=action).order_by("id")
    return [(row.actor_id, row.subject, row.before, row.after) for row in rows]


def statement(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def refused(way, error=AppendOnly) -> None:
    with pytest.raises(error), transaction.atomic():
        way()


def test_no_row_is_changed_by_any_way(event):
    event.action = "nothing.happened"
    refused(event.save)
    refused(lambda: AuditEvent.objects.update(reason="x"))
    refused(lambda: AuditEvent.objects.bulk_update([event], ["action"]))
    refused(lambda: statement(f"UPDATE {TABLE} SET action = 'nothing.happened'"), DatabaseError)
    assert AuditEvent.objects.get(pk=event.pk).action == "thing.change"


def test_no_row_is_deleted(event):
    refused(event.delete)
    refused(AuditEvent.objects.all().delete)
    if connection.vendor == "postgresql":  # on SQLite the queryset alone refuses
        refused(lambda: statement(f"DELETE FROM {TABLE}"), DatabaseError)
    assert AuditEvent.objects.filter(pk=event.pk).exists()


def test_whoever_acts_is_named_with_their_role_of_then(otto, ada):
    with acting(person=lambda: otto):
        audit_record(action="thing.one", subject=1)
        audit_record(action="thing.two", subject=1, actor=ada)
    audit_record(action="thing.three", subject=1)
    assert told("thing.one")[0][0] == otto.pk
    assert told("thing.two")[0][0] == ada.pk
    assert told("thing.three")[0][0] is None
    Group.objects.get(name="operator").user_set.remove(otto)
    assert AuditEvent.objects.get(action="thing.one").role == "operator"


def test_what_a_job_does_is_the_job_s_and_who_asked_for_it(alice, make_item):
    make_item(alice)
    account_close(user=alice, password=PASSWORD)
    job = Job.objects.get(kind=JobKind.ERASE)
    job_run(job_id=str(job.pk))
    assert not User.objects.filter(pk=alice.pk).exists()
    closed, erased = (
        AuditEvent.objects.get(action="account.close"),
        AuditEvent.objects.get(action="account.delete"),
    )
    assert (closed.actor_id, closed.subject) == (alice.pk, str(alice.pk))
    assert (erased.job, erased.subject) == (job.pk, str(alice.pk))
    assert told("erasure.create") == [(alice.pk, str(alice.pk), None, None)]


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (lambda bob: bob.groups.add(Group.objects.get(name="reviewer")), [], ["reviewer"]),
        (lambda bob: Group.objects.get(name="operator").user_set.add(bob), [], ["operator"]),
    ],
)
def test_a_role_that_is_given_is_told_from_either_side(bob, ada, change, before, after):
    with acting(person=lambda: ada):
        change(bob)
    assert told("role.change")[-1] == (ada.pk, str(bob.pk), {"groups": before}, {"groups": after})


def test_a_role_that_is_taken_is_told(rita, otto):
    reviewers = Group.objects.get(name="reviewer")
    rita.groups.remove(reviewers)
    assert told("role.change")[-1][1:] == (str(rita.pk), {"groups": ["reviewer"]}, {"groups": []})
    rita.groups.set([reviewers, Group.objects.get(name="operator")])
    rita.groups.clear()
    assert told("role.change")[-1][2:] == ({"groups": ["operator", "reviewer"]}, {"groups": []})
    Group.objects.get(name="operator").user_set.clear()
    assert told("role.change")[-1][1:] == (str(otto.pk), {"groups": ["operator"]}, {"groups": []})


def test_what_a_role_may_is_told(db):
    Group.objects.get(name="reviewer").permissions.add(Permission.objects.get(codename="view_item"))
    assert told("role.change")[-1][1:] == ("reviewer", {"permissions": []}, {"permissions": ["view_item"]})


def test_rights_are_told_and_nothing_else_of_a_person(bob):
    bob.is_superuser = bob.is_staff = True
    bob.email = "new@example.org"
    bob.save()
    assert told("role.change") == [
        (
            None,
            str(bob.pk),
            {"is_staff": False, "is_superuser": False},
            {"is_staff": True, "is_superuser": True},
        )
    ]
    bob.save()
    User.objects.create_superuser("root", password=PASSWORD)
    made = AuditEvent.objects.filter(action="role.change").first()
    assert (made.before, made.after) == (None, {"is_staff": True, "is_superuser": True})
    assert len(told("role.change")) == 2


def test_the_admin_s_changes_of_people_name_the_admin(page_of, ada, bob):
    form = {"username": "bob", "email": "bob@example.org", "is_active": "on", "theme": "auto"}
    form |= {
        "groups": [Group.objects.get(name="operator").pk],
        "date_joined_0": "2026-01-01",
        "date_joined_1": "10:00",
    }
    assert page_of(ada).post(f"/admin/wasteapp/user/{bob.pk}/change/", form).status_code == 302
    bob.refresh_from_db()
    assert bob.is_staff
    assert told("role.change")[-2:] == [
        (ada.pk, str(bob.pk), {"groups": []}, {"groups": ["operator"]}),
        (ada.pk, str(bob.pk), {"is_staff": False}, {"is_staff": True}),
    ]


def test_guidance_is_told_before_and_after(page_of, otto, version):
    page, glass = page_of(otto), Category.objects.get(slug="glass")
    form = {"name": glass.name, "stream": "residual", "guidance": "Lid off.", "position": glass.position}
    form["bin"] = glass.bin_id
    path = f"/admin/wasteapp/category/{glass.pk}/change/"
    assert page.post(path, form).status_code == 302
    assert told("category.change") == [
        (
            otto.pk,
            "glass",
            {"stream": "recyclable", "guidance": glass.guidance},
            {"stream": "residual", "guidance": "Lid off."},
        )
    ]
    page.post(path, form)
    assert len(told("category.change")) == 1  # nothing was different
    made = Category.objects.create(slug="ceramics", name="Ceramics", stream="residual")
    made.delete()
    assert told("category.create")[0][3]["name"] == "Ceramics"
    assert told("category.delete")[0][2]["stream"] == "residual"


def test_the_site_s_settings_are_told(db):
    SiteSettings(pk=1, name="Ours").save()
    row = SiteSettings.load()
    row.required_reviews = 2
    row.save()
    assert told("site.create")[0][3]["name"] == "Ours"
    assert told("site.change") == [(None, "1", {"required_reviews": 1}, {"required_reviews": 2})]


def test_tokens_and_links_are_told_without_what_is_secret(alice, ada):
    token = token_create(user=alice, name="laptop").token
    with acting(person=lambda: ada):
        reset = reset_path(user=alice)
    invitation, secret = invitation_create(created_by=ada, note="for Peter")
    assert invitation_use(token=secret, user=alice)
    assert not invitation_use(token=secret, user=ada)
    tokens_revoke(user=alice)
    assert [row[3] for row in told("token.create")] == [{"owner": alice.pk}]
    assert [row[2] for row in told("token.delete")] == [{"owner": alice.pk}]
    assert told("account.reset_link") == [(ada.pk, str(alice.pk), None, None)]
    assert [row[:2] for row in told("invitation.use")] == [(alice.pk, str(invitation.pk))]
    Invitation.objects.all().delete()
    assert told("invitation.delete")
    whole = "".join(str(list(AuditEvent.objects.values())))
    for hidden in (token, secret, reset.rsplit("-", 1)[-1], "Peter", "laptop"):
        assert hidden not in whole


def test_a_program_s_changes_are_those_of_its_token_s_owner(client, otto, version):
    token = token_create(user=otto, name="x").token
    headers = {"Authorization": f"Token {token}"}
    body = {"name": "d", "format": "csv"}
    response = client.post("/api/v1/datasets/", body, content_type="application/json", headers=headers)
    assert response.status_code == 202
    assert told("dataset.create")[0][0] == otto.pk
