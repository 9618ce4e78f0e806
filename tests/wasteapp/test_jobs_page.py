"""Operators' list of long work, as page and by API."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wasteapp.models import AuditEvent, Job, JobKind, JobState
from wasteapp.services.erasure import erasure_create
from wasteapp.services.snapshots import dataset_create


@pytest.fixture
def operator(otto, version, page_of):
    return page_of(otto)


@pytest.fixture
def export(otto):
    return dataset_create(name="Winter", asked_by=otto).exports.get().job


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_what_runs_is_shown_with_how_far_it_is(operator, export):
    Job.objects.filter(pk=export.pk).update(
        state=JobState.RUNNING, lease_until=export.created, progress=3, total=4
    )
    shown = words(operator.get("/jobs/"))
    assert "Export Winter 75 % done" in shown
    assert "otto Stop" in shown
    page = operator.get("/jobs/").content.decode()
    assert f'href="/datasets/{export.exports.get().dataset_id}/"' in page
    assert "every 2s" in page
    part = operator.get("/jobs/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'id="jobs"' in part


def test_what_failed_says_why_and_is_begun_anew(operator, otto, export):
    Job.objects.filter(pk=export.pk).update(state=JobState.FAILED, error="The work broke off three times.")
    assert "The work broke off three times." in words(operator.get("/jobs/"))
    assert "every 2s" not in operator.get("/jobs/").content.decode()
    operator.post(f"/jobs/{export.pk}/retry/")
    assert Job.objects.get(pk=export.pk).state == JobState.QUEUED
    event = AuditEvent.objects.get(action="job.retry")
    assert (event.actor, event.before) == (otto, {"state": "failed"})


def test_what_waits_is_stopped_once(operator, otto, export):
    operator.post(f"/jobs/{export.pk}/cancel/")
    assert Job.objects.get(pk=export.pk).state == JobState.CANCELLED
    assert "This has ended already." in words(operator.post(f"/jobs/{export.pk}/cancel/", follow=True))
    assert [event.actor for event in AuditEvent.objects.filter(action="job.cancel")] == [otto]


def test_what_people_asked_for_about_their_own_data_runs_to_its_end(operator, api_of, otto, alice):
    job = erasure_create(owner=alice)
    assert "Stop" not in words(operator.get("/jobs/"))
    operator.post(f"/jobs/{job.pk}/cancel/")
    assert api_of(otto).post(f"/api/v1/jobs/{job.pk}/cancel/").status_code == 409
    assert Job.objects.get(pk=job.pk).state == JobState.QUEUED


def test_programs_list_it_and_begin_it_anew(api_of, otto, export):
    api = api_of(otto)
    Job.objects.create(kind=JobKind.ERASE, subject="1")
    assert len(api.get("/api/v1/jobs/").json()["results"]) == 2
    assert [row["id"] for row in api.get("/api/v1/jobs/?kind=export").json()["results"]] == [str(export.pk)]
    assert api.post(f"/api/v1/jobs/{export.pk}/retry/").status_code == 409
    api.post(f"/api/v1/jobs/{export.pk}/cancel/")
    assert api.post(f"/api/v1/jobs/{export.pk}/retry/").json()["state"] == "queued"


def test_it_asks_as_often_for_many_as_for_few(operator, otto):
    asked = []
    for number in range(12):
        dataset_create(name=f"d{number}", asked_by=otto)
        if number in (0, 11):
            with CaptureQueriesContext(connection) as queries:
                operator.get("/jobs/")
            asked.append(len(queries))
    assert asked[0] == asked[1]
