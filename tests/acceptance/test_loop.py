"""The whole loop, small and for real: bring photographs, correct, review, freeze, train, judge, put in service,
answer, and take back."""

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.live.client import Api, multipart, send
from tests.live.embedded import Embedded
from tests.live.people import PASSWORD, program_of, sign_up
from tests.live.site import until
from tests.wasteapp.frozen import noisy

LABELS = ("glass", "wood")
BROUGHT = {"train": 6, "val": 3, "test": 3}  # of each label
FILTERS = {"label": [*LABELS]}
EPOCHS = 2
SECONDS = 180.0
MAKE_REVIEWER = (
    "from django.contrib.auth.models import Group; from wasteapp.models import User; "
    "User.objects.get(username='rita').groups.add(Group.objects.get(name='reviewer'))"
)
STEPS = {
    "import.create",
    "annotation.create",
    "dataset.create",
    "training.create",
    "model.register",
    "model.activate",
    "model.roll_back",
}


def test_from_a_correction_to_a_better_model_and_back(site: Embedded) -> None:
    admin, lotte = site.admin(), program_of(sign_up(site.url, "lotte"))
    rita = reviewer(site)
    known = admin.post("datasets/preview/", {"filters": FILTERS}).json["item_count"]
    bring(admin, brought())
    corrected = [correct(lotte, label, mark) for mark, label in enumerate(LABELS)]
    review(rita, dict(corrected))
    dataset = freeze(admin)
    assert dataset["item_count"] == known + 2 * sum(BROUGHT.values()) + len(corrected)
    assert all(dataset["counts"][label]["test"] >= BROUGHT["test"] for label in LABELS)
    before = active(admin)

    candidate = train(site, admin, dataset["id"])
    verdict = compare(admin, candidate)
    put_in_service(admin, candidate, verdict)
    after = answer(lotte, 900)
    assert after["model_version"] == "small-and-new"
    assert set(after["probabilities"]) == set(LABELS)

    assert admin.post("models/roll-back/").json["name"] == before
    assert answer(lotte, 901)["model_version"] == before
    assert {event["action"] for event in admin.get("audit/?page_size=100").json["results"]} >= STEPS


def reviewer(site: Embedded) -> Api:
    sign_up(site.url, "rita")
    assert site.spawn("reviewer", "shell", "-c", MAKE_REVIEWER).wait(60) == 0
    return Api(site.url, site.token("rita", PASSWORD))


def brought() -> bytes:
    """A zip of labelled photographs, in folders by split and label."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for split, number in BROUGHT.items():
            for label in LABELS:
                for mark in range(number):
                    archive.writestr(f"{split}/{label}/{mark}.jpg", noisy(label, hash_of(split, mark)))
    return file.getvalue()


def hash_of(split: str, mark: int) -> int:
    """A mark of its own for each photograph of each split."""
    return 100 * [*BROUGHT].index(split) + mark


def bring(admin: Api, content: bytes) -> None:
    body, kind = multipart({"name": "A labelled folder"}, {"archive": ("brought.zip", content)})
    made = send(admin.url, "POST", "/api/v1/imports/", body, {**admin.headers, "Content-Type": kind})
    assert made.status == 202, made.text
    address = f"imports/{json.loads(made.body)['id']}/"
    until(lambda: admin.get(address).json["job"]["state"] not in ("queued", "running"), SECONDS, "the import")
    told = admin.get(address).json
    assert (told["job"]["state"], told["counts"]["added"]) == ("done", 2 * sum(BROUGHT.values())), told
    waiting = [f"items/?state={state}" for state in ("queued", "running")]
    until(lambda: not any(admin.get(a).json["results"] for a in waiting), SECONDS, "the model's answers")


def correct(owner: Api, label: str, mark: int) -> tuple[str, str]:
    """An upload and its owner's word: the item and its true label."""
    item = owner.upload(noisy(label, 500 + mark), wait=20, consent="true").json
    until(lambda: owner.get(f"items/{item['id']}/").json["state"] == "done", SECONDS, "its result")
    said = owner.post(f"items/{item['id']}/annotations/", {"kind": "correct", "label": label})
    assert said.status == 201, said.text
    return item["id"], label


def review(rita: Api, truth: dict[str, str]) -> None:
    """Everything that waits, until what the owners corrected was seen."""
    seen: set[str] = set()
    while not seen >= set(truth):
        reviews = rita.get("review/").json["reviews"]
        assert reviews, f"the queue ended before {set(truth) - seen}"
        for each in reviews:
            label, address = truth.get(each["item"]), f"review/{each['item']}/"
            word = {"kind": "correct", "label": label}
            answered = rita.post(address, word) if label else rita.post(f"{address}skip/")
            assert answered.status in (200, 201, 204), answered.text
            seen.add(each["item"])


def freeze(admin: Api) -> Any:
    made = admin.post("datasets/", {"name": "Corrections", "filters": FILTERS})
    assert made.status == 202, made.text
    address = f"datasets/{made.json['id']}/"
    until(lambda: admin.get(address).json["state"] not in ("queued", "running"), SECONDS, "the data set")
    frozen = admin.get(address).json
    assert frozen["state"] == "done", frozen
    return frozen


def active(admin: Api) -> str:
    return next(v["name"] for v in admin.get("models/").json["results"] if v["state"] == "active")


def train(site: Embedded, admin: Api, dataset: object) -> int:
    """The id of the candidate that a training ends with."""
    wish = {
        "dataset": dataset,
        "name": "small-and-new",
        "start": "none",
        "architecture": "tiny",
        "epochs": EPOCHS,
        "batch": 4,
    }
    asked = admin.post("training-runs/", wish)
    assert asked.status == 202, asked.text
    address = f"training-runs/{asked.json['id']}/"
    with trainer(site):
        until(lambda: admin.get(address).json["job"]["state"] in ("done", "failed"), SECONDS, "the training")
    told = admin.get(address).json
    assert told["job"]["state"] == "done", told["log"]
    assert [epoch["number"] for epoch in told["epochs"]] == [1, 2]
    candidate: int = told["result"]
    return candidate


@contextmanager
def trainer(site: Embedded) -> Iterator[subprocess.Popen[bytes]]:
    worker = site.spawn("train", "worker", "train")
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait(30)


def compare(admin: Api, candidate: int) -> str:
    """The gate's verdict."""
    asked = admin.post("comparisons/", {"candidate": candidate})
    assert asked.status == 202, asked.text
    address = f"comparisons/{asked.json['id']}/"
    until(
        lambda: admin.get(address).json["job"]["state"] not in ("queued", "running"),
        SECONDS,
        "the comparison",
    )
    told = admin.get(address).json
    assert told["verdict"] in ("pass", "fail"), told
    assert told["reasons"]
    verdict: str = told["verdict"]
    return verdict


def put_in_service(admin: Api, candidate: int, verdict: str) -> None:
    """As the gate allows; against it, only with a reason."""
    plain = admin.post(f"models/{candidate}/activate/")
    assert plain.status == (200 if verdict == "pass" else 409), plain.text
    if verdict != "pass":
        given = admin.post(f"models/{candidate}/activate/", {"override": "to see that it can be"})
        assert given.status == 200, given.text


def answer(owner: Api, mark: int) -> dict[str, dict[str, float]]:
    """The prediction for a new photograph."""
    item = owner.upload(noisy("wood", mark), wait=20).json
    address = f"items/{item['id']}/"
    until(lambda: owner.get(address).json["state"] == "done", 20, "its result")
    prediction: dict[str, dict[str, float]] = owner.get(address).json["prediction"]
    return prediction
