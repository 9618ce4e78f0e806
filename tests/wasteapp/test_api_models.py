"""Models, comparisons, holdouts and new predictions by API."""

import pytest

from classifier.labels import LABELS
from tests.wasteapp.candidates import add_version, finished, held_out, teach, verified_items, verify
from wasteapp.models import (
    AuditEvent,
    Comparison,
    Dataset,
    Job,
    ModelVersion,
    Prediction,
    ReleaseDecision,
    Reprediction,
    TrainingRun,
)


@pytest.fixture
def api(api_of, otto):
    return api_of(otto)


@pytest.fixture
def candidate(version):
    return add_version("candidate")


def failed(candidate, version) -> Comparison:
    return Comparison.objects.create(candidate=candidate, baseline=version, verdict="fail")


def test_activation_needs_no_body(api, candidate, otto):
    answer = api.post(f"/api/v1/models/{candidate.pk}/activate/")
    assert (answer.status_code, answer.json()["state"]) == (200, "active")
    assert ReleaseDecision.objects.get().decided_by == otto


def test_what_failed_needs_an_override(api, candidate, version):
    failed(candidate, version)
    url = f"/api/v1/models/{candidate.pk}/activate/"
    answer = api.post(url)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_now")
    assert api.post(url, {"override": "urgent"}).status_code == 200
    assert ReleaseDecision.objects.get().reason == "urgent"


def test_roll_back_shadow_and_retire(api, candidate, version):
    assert api.post(f"/api/v1/models/{candidate.pk}/shadow/").json()["state"] == "shadow"
    assert api.post(f"/api/v1/models/{candidate.pk}/activate/").json()["state"] == "active"
    back = api.post("/api/v1/models/roll-back/", {"reason": "wrong"})
    assert (back.status_code, back.json()["id"]) == (200, version.pk)
    assert api.post("/api/v1/models/roll-back/").status_code == 409
    assert api.post(f"/api/v1/models/{candidate.pk}/retire/").status_code == 409
    other = add_version("other")
    assert api.post(f"/api/v1/models/{other.pk}/retire/", {"reason": "old"}).json()["state"] == "retired"
    assert AuditEvent.objects.filter(reason="wrong").count() == 1


def test_a_version_tells_where_it_comes_from_and_how_it_did(api, candidate, version, make_item, alice, otto):
    dataset = Dataset.objects.create(name="d")
    run = TrainingRun.objects.create(
        name="r", dataset=dataset, revision=1, architecture="x", result=candidate, start_from=version
    )
    comparison = failed(candidate, version)
    item = verify(make_item(alice), otto, "glass")
    Prediction.objects.create(
        item=item, model_version=candidate, shadow=True, state="done", label="metal", confidence=0.9
    )
    api.post(f"/api/v1/models/{candidate.pk}/shadow/")
    body = api.get(f"/api/v1/models/{candidate.pk}/").json()
    assert body["lineage"] == {
        "training_run": str(run.pk),
        "dataset": str(dataset.pk),
        "revision": 1,
        "start_from": version.pk,
    }
    assert body["gate"] == {"comparison": str(comparison.pk), "verdict": "fail"}
    assert [body["shadow"][name]["part"] for name in ("agreement", "accuracy", "accuracy_shown")] == [0, 0, 1]
    assert body["shadow"]["accuracy_shown"]["interval"][0] < 1
    assert [(d["action"], d["decided_by"]) for d in body["decisions"]] == [("shadow", "otto")]


def test_the_list_asks_the_same_however_long_it_is(api, version, django_assert_num_queries):
    api.get("/api/v1/models/")  # the groups of this object of a person are known from here on
    queries = 1
    with django_assert_num_queries(queries):
        api.get("/api/v1/models/")
    for number in range(5):
        add_version(f"version-{number}")
    with django_assert_num_queries(queries):
        assert len(api.get("/api/v1/models/").json()["results"]) == 6


def test_a_comparison_from_the_asking_to_the_verdict(
    api, candidate, version, make_item, alice, otto, settings
):
    settings.HOLDOUT_LEAST, settings.HOLDOUT_LEAST_LABEL = len(LABELS), 1
    items = verified_items(make_item, alice, otto, list(LABELS))
    held_out(items)
    teach(candidate, mistakes={"glass": "metal"}, milliseconds=0.001)
    made = api.post("/api/v1/comparisons/", {"candidate": candidate.pk})
    assert (made.status_code, made.json()["job"]["state"]) == (202, "queued")
    finished(Job.objects.get(pk=made.json()["job"]["id"]))
    body = api.get(made["Location"]).json()
    assert (body["verdict"], body["candidate"], body["baseline"]) == ("fail", candidate.pk, version.pk)
    sentences = {each["rule"]: each["sentence"] for each in body["reasons"]}
    assert sentences["recall"] == "Recognised less often than 50.0 %, and than before: glass."
    assert {flip["label"] for flip in body["flips"]} == {"glass"}
    listed = api.get(f"/api/v1/comparisons/?candidate={candidate.pk}&verdict=fail").json()["results"]
    assert ([each["id"] for each in listed], "flips" in listed[0]) == ([body["id"]], False)
    holdout = api.get(f"/api/v1/holdouts/{body['holdout']}/").json()
    assert (holdout["size"], holdout["left"]) == (len(LABELS), dict.fromkeys(sorted(LABELS), 1))


@pytest.mark.parametrize("candidate_id", ["", 0, "x", None])
def test_an_unknown_candidate_is_refused(api, version, candidate_id):
    assert api.post("/api/v1/comparisons/", {"candidate": candidate_id}).status_code == 400


def test_the_one_in_service_is_not_compared_with_itself(api, version):
    assert api.post("/api/v1/comparisons/", {"candidate": version.pk}).status_code == 409


def test_a_new_holdout(api):
    made = api.post("/api/v1/holdouts/")
    assert (made.status_code, made.json()["size"]) == (201, 0)
    assert api.post("/api/v1/holdouts/").status_code == 409
    assert len(api.get("/api/v1/holdouts/").json()["results"]) == 1


def test_asking_again(api, candidate, version, make_item, alice):
    teach(version, mistakes={"glass": "metal"})
    item = make_item(alice)
    api.post(f"/api/v1/models/{candidate.pk}/activate/")
    made = api.post("/api/v1/repredictions/", {"filters": {"min_confidence": 0.5}})
    assert made.status_code == 202
    finished(Job.objects.get(pk=made.json()["job"]["id"]))
    body = api.get(made["Location"]).json()
    assert (body["items"], body["changed"], body["version"]) == (1, 1, candidate.pk)
    changes = api.get(f"{made['Location']}changes/").json()["results"]
    assert changes == [{"item": str(item.pk), "before": "metal", "after": "glass"}]
    assert api.post("/api/v1/repredictions/", {"filters": {"nonsense": 1}}).status_code == 422


def test_only_operators_find_any_of_it(api_of, alice, rita, candidate, version):
    comparison = failed(candidate, version)
    asked = Reprediction.objects.create(version=version)
    for person in (alice, rita):
        client = api_of(person)
        for path in (
            f"comparisons/{comparison.pk}/",
            f"repredictions/{asked.pk}/",
            f"models/{candidate.pk}/",
        ):
            assert client.get(f"/api/v1/{path}").status_code == 403
        for path in ("comparisons/", "repredictions/", "holdouts/", "models/roll-back/"):
            assert client.post(f"/api/v1/{path}", {"candidate": candidate.pk}).status_code == 403
    assert set(ModelVersion.objects.values_list("name", "state")) == {
        ("fake", "active"),
        ("candidate", "candidate"),
    }
