"""The audit trail in the admin, as a file and by API: found, narrowed, named, and changed by nobody."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.wasteapp.conftest import PASSWORD, body_of
from wasteapp.models import AuditEvent, Kind, User
from wasteapp.queries.audit import actions_known
from wasteapp.services.annotation import annotation_create
from wasteapp.services.audit import audit_record
from wasteapp.services.erasure import account_close
from wasteapp.services.snapshots import dataset_create

LIST = "/admin/wasteapp/auditevent/"
EXPORT = f"{LIST}export/"
API = "/api/v1/audit/"


@pytest.fixture
def trail(otto, ada, bob):
    """Three events; whoever did the last one is gone."""
    made = [
        audit_record(action="thing.make", subject="one", actor=otto, after={"name": "Ä"}),
        audit_record(action="thing.change", subject="=cmd|x", actor=ada, before={"a": 1}, after={"a": 2}),
        audit_record(action="other.change", subject="one", actor=bob, reason="-1+1"),
    ]
    User.objects.filter(pk=bob.pk).delete()
    return made


@pytest.fixture
def admin(otto, page_of):
    return page_of(otto)


def listed(response) -> list[str]:
    return [
        event.action
        for event in response.context["cl"].result_list
        if event.action.split(".")[0] in ("thing", "other")
    ]


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("action=thing.make", ["thing.make"]),
        ("entity=thing.", ["thing.change", "thing.make"]),
        ("subject=one", ["other.change", "thing.make"]),
        ("q=one", ["other.change", "thing.make"]),
        ("q=thing", ["thing.change", "thing.make"]),
        ("q=ada", ["thing.change"]),
        ("actor={ada}", ["thing.change"]),
        ("actor=x", []),
        ("actor=99999999999999999999", []),
        ("entity=thing.&subject=one", ["thing.make"]),
    ],
)
def test_the_list_is_narrowed(admin, trail, ada, query, actions):
    response = admin.get(f"{LIST}?{query.format(ada=ada.pk)}")
    assert response.status_code == 200
    assert listed(response) == actions


def test_whoever_left_has_no_name(admin, trail, alice):
    audit_record(action="thing.make", subject=1, actor=alice)
    account_close(user=alice, password=PASSWORD)
    page = admin.get(LIST).content.decode()
    assert "somebody who left" in page
    assert "bob" not in page
    assert "alice" not in page


def test_one_event_is_shown_whole(admin, trail):
    page = admin.get(f"{LIST}{trail[1].pk}/change/").content.decode()
    assert "<th scope='row'>a</th><td>1</td><td>2</td>" in page
    assert 'name="_save"' not in page


def test_what_it_is_about_has_its_name_and_changes_are_in_words(admin, otto, alice, make_item):
    dataset = dataset_create(name="Spring", asked_by=otto)
    annotation_create(item=make_item(alice), who=alice, kind=Kind.CORRECT, label="wood")
    audit_record(action="dataset.delete", subject="gone", before={"name": "Autumn", "open": True})
    audit_record(action="dataset.create", subject="no id")
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    alice.refresh_from_db()
    alice.is_staff = False
    alice.save()
    rows = admin.get(LIST).context["cl"].result_list
    told = {(event.action, event.name) for event in rows}
    assert {
        ("dataset.create", "Spring"),
        ("export.create", "Spring (Image folder (zip))"),
        ("dataset.delete", "Autumn"),
        ("dataset.create", "no id"),
        ("role.change", "alice"),
    } <= told
    words = {event.action: "; ".join(map(str, event.changes)) for event in reversed(rows)}
    assert "verified label: – → Wood" in words["annotation.create"]
    assert words["role.change"] == "is staff: yes → no"
    assert str(dataset.pk) in admin.get(f"{LIST}?subject={dataset.pk}").content.decode()


@pytest.mark.parametrize("person", ["otto", "ada"])
def test_forged_posts_change_nothing(page_of, trail, request, person):
    """Not even by an admin: adding, changing, deleting, one or many."""
    page, before = page_of(request.getfixturevalue(person)), AuditEvent.objects.count()
    form = {"action": "nothing.happened", "subject": "x", "reason": "", "post": "yes", "_save": "Save"}
    for path in (f"{LIST}add/", f"{LIST}{trail[0].pk}/change/", f"{LIST}{trail[0].pk}/delete/"):
        assert page.post(path, form).status_code == 403
    many = {"action": "delete_selected", "_selected_action": [str(trail[0].pk)], "post": "yes"}
    page.post(LIST, many)
    page.post(
        LIST,
        {"_save": "1", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(trail[0].pk)},
    )
    assert AuditEvent.objects.count() == before
    assert AuditEvent.objects.get(pk=trail[0].pk).action == "thing.make"
    for method in ("post", "put", "patch", "delete"):
        assert getattr(page, method)(f"{API}{trail[0].pk}/").status_code in (403, 405)


def test_what_is_shown_is_exported_and_runs_nothing(admin, trail, ada):
    response = admin.get(f"{EXPORT}?entity=thing.")
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(body_of(response).decode())))
    assert [(row["action"], row["subject"], row["name"]) for row in rows] == [
        ("thing.change", "'=cmd|x", "ada"),
        ("thing.make", "one", "otto"),
    ]
    assert (rows[0]["before"], rows[0]["after"], rows[1]["after"]) == (
        '{"a": 1}',
        '{"a": 2}',
        '{"name": "Ä"}',
    )
    other = list(csv.DictReader(StringIO(body_of(admin.get(f"{EXPORT}?entity=other.")).decode())))
    assert (other[0]["name"], other[0]["reason"]) == ("somebody who left", "'-1+1")
    assert "?entity=thing." in admin.get(f"{LIST}?entity=thing.").content.decode()


@pytest.mark.parametrize("person", ["alice", "rita"])
def test_a_file_is_for_operators(page_of, trail, request, person):
    response = page_of(request.getfixturevalue(person)).get(EXPORT)
    assert response.status_code == 302
    assert b"thing" not in body_of(response)


def test_a_filter_that_is_none_leads_back_to_the_list(admin, trail):
    assert admin.get(f"{EXPORT}?actor__password__startswith=a").status_code in (302, 400)


def test_the_list_asks_as_often_for_many_as_for_few(admin, otto):
    asked = []
    for number in range(20):
        audit_record(action="thing.make", subject=number, actor=otto)
        if number in (1, 19):
            actions_known()
            with CaptureQueriesContext(connection) as queries:
                admin.get(LIST)
            asked.append(len(queries))
    assert asked[0] == asked[1]


def test_programs_find_and_page_through_it(api_of, otto, ada, trail):
    api = api_of(otto)
    first = api.get(f"{API}?entity=thing&page_size=1").json()
    assert [row["action"] for row in first["results"]] == ["thing.change"]
    assert first["results"][0] | {"id": 0, "at": 0} == {
        "id": 0,
        "at": 0,
        "actor": ada.pk,
        "name": "ada",
        "role": "admin",
        "job": None,
        "action": "thing.change",
        "subject": "=cmd|x",
        "before": {"a": 1},
        "after": {"a": 2},
        "reason": "",
    }
    second = api.get(first["next"]).json()
    assert [row["action"] for row in second["results"]] == ["thing.make"]
    assert api.get(f"{API}{trail[0].pk}/").json()["after"] == {"name": "Ä"}


def test_programs_narrow_it(api_of, otto, ada, trail):
    api = api_of(otto)

    def found(query: str) -> list[str]:
        rows = api.get(f"{API}?{query}").json()["results"]
        return [row["action"] for row in rows if row["action"].split(".")[0] in ("thing", "other")]

    soon = quote((datetime.now(UTC) + timedelta(minutes=1)).isoformat())
    assert found("action=thing.make") == ["thing.make"]
    assert found("subject=one") == ["other.change", "thing.make"]
    assert found(f"actor={ada.pk}") == ["thing.change"]
    assert found("actor=99999999999999999999") == found("actor=x") == []
    assert len(found(f"before={soon}")) == 3
    assert found(f"after={soon}") == []
    assert api.get(f"{API}?after=yesterday").status_code == 400


def test_the_front_page_leads_to_the_dashboard(admin):
    assert 'href="/dashboard/"' in admin.get("/admin/").content.decode()
