"""The pages and the API of trainings."""

import pytest

from tests.wasteapp.frozen import frozen_dataset
from wasteapp.models import JobState, ModelVersion, TrainingEpoch, TrainingRun
from wasteapp.services import trainer
from wasteapp.services.training import NOTHING, Wish, training_create

API = "/api/v1/training-runs/"


@pytest.fixture
def data(otto):
    return frozen_dataset(otto)


@pytest.fixture
def run(data, otto) -> TrainingRun:
    return training_create(
        wish=Wish(data, name="made", architecture="tiny", start=NOTHING, epochs=4), asked_by=otto
    )


@pytest.fixture
def answers(monkeypatch):
    """What the broker says of the training worker."""

    def set_to(value):
        monkeypatch.setattr(trainer, "worker_answers", lambda queue: value)

    set_to(True)
    return set_to


def learnt(run, number=1, **state):
    for epoch in range(1, number + 1):
        figures = {
            "loss": 1.25 / epoch,
            "train_accuracy": 0.75,
            "val_accuracy": 0.5 + epoch / 10,
            "seconds": 90.0,
        }
        TrainingEpoch.objects.create(run=run, number=epoch, figures=figures)
    type(run.job).objects.filter(pk=run.job_id).update(**state)


def text_of(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_form_asks_for_a_training(data, otto, page_of, answers):
    fields = {
        "dataset": data.pk,
        "start": NOTHING,
        "architecture": "simple_cnn",
        "name": "mine",
        "epochs": 3,
        "batch": 8,
        "seed": 1,
    }
    response = page_of(otto).post("/training/new/", fields)
    made = TrainingRun.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/training/{made.pk}/")
    assert (made.name, made.architecture, made.created_by) == ("mine", "simple_cnn", otto)
    assert made.configuration == {
        "epochs": 3,
        "batch": 8,
        "learning_rate": 1e-3,
        "last_layers": False,
        "precision": "float16",
        "seed": 1,
    }


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(data, otto, page_of, answers):
    fields = {"dataset": data.pk, "start": NOTHING, "architecture": "", "epochs": 3, "batch": 8, "seed": 1}
    page = page_of(otto)
    assert "Say which network." in text_of(page.post("/training/new/", fields))
    shown = text_of(page.post("/training/new/", {**fields, "epochs": 0, "name": "kept here"}))
    assert "kept here" in shown
    assert "aria-invalid" in shown
    assert TrainingRun.objects.count() == 0


def test_a_data_set_s_page_may_choose_it(data, otto, page_of, answers):
    later = frozen_dataset(otto)
    shown = text_of(page_of(otto).get(f"/training/new/?dataset={data.pk}"))
    assert f'<option value="{data.pk}" selected>' in shown
    assert f'<option value="{later.pk}">' in shown


def test_without_a_worker_the_pages_say_how_to_start_one(run, otto, page_of, answers, settings):
    page, paths = page_of(otto), ("/training/", "/training/new/", f"/training/{run.pk}/")
    assert all("No training worker" not in text_of(page.get(path)) for path in paths)
    answers(False)
    trainer.cache.clear()
    assert all("python manage.py worker train" in text_of(page.get(path)) for path in paths)
    settings.EMBEDDED = True
    assert all("./run.py --trainer" in text_of(page.get(path)) for path in paths)


def test_the_broker_is_asked_every_few_seconds_at_most(run, otto, page_of, monkeypatch):
    asked = []
    monkeypatch.setattr(trainer, "worker_answers", lambda queue: bool(asked.append(queue)))
    for _ in range(3):
        page_of(otto).get("/training/")
    assert asked == ["train"]


def test_the_page_shows_curves_and_what_is_left(run, otto, page_of, answers):
    learnt(
        run,
        2,
        state=JobState.RUNNING,
        lease_until=run.created,
        progress=30,
        total=100,
        log="12:00:00  Learning.\n",
    )
    shown = text_of(page_of(otto).get(f"/training/{run.pk}/"))
    assert "About 3 minutes left." in shown
    assert 'value="30"' in shown
    assert "12:00:00 Learning." in shown
    assert 'd="M125 800L375 600"' in shown  # 60 % and 70 % on an axis from 50 %
    assert "70.0 %" in shown
    assert f'hx-get="/training/{run.pk}/status/"' in shown


def test_what_polls_is_told_to_load_the_page_at_the_end(run, otto, page_of, answers):
    page = page_of(otto)
    assert "HX-Refresh" not in page.get(f"/training/{run.pk}/status/")
    learnt(run, 1, state=JobState.FAILED, error="It took longer than a job may take.")
    assert page.get(f"/training/{run.pk}/status/")["HX-Refresh"] == "true"
    shown = text_of(page.get(f"/training/{run.pk}/"))
    assert "It took longer than a job may take." in shown
    assert "Go on after the last epoch" in shown


def test_stop_and_go_on(run, otto, page_of, answers):
    page = page_of(otto)
    assert page.post(f"/training/{run.pk}/cancel/")["Location"] == f"/training/{run.pk}/"
    run.job.refresh_from_db()
    assert run.job.state == JobState.CANCELLED
    assert "This has ended already." in text_of(page.post(f"/training/{run.pk}/cancel/", follow=True))
    page.post(f"/training/{run.pk}/retry/")
    run.job.refresh_from_db()
    assert run.job.state == JobState.QUEUED


def test_a_done_one_shows_its_model(run, otto, page_of, answers):
    version = ModelVersion.objects.create(
        name="made",
        sha256="1" * 64,
        archive="",
        manifest={},
        metrics={"validation": {"accuracy": 0.875, "images": 8}},
    )
    learnt(run, 4, state=JobState.DONE)
    TrainingRun.objects.update(result=version, photographs={"train": 8, "val": 4, "test": 2})
    shown = text_of(page_of(otto).get(f"/training/{run.pk}/"))
    assert "87.5 % right of 8 photographs" in shown
    assert "8 learnt from, 4 validated on, 2 tested on" in shown
    assert f"/models/{version.pk}/report/" in shown
    assert "Go on" not in shown
    assert "90.0 %" in text_of(page_of(otto).get("/training/"))


def test_the_list_asks_no_more_for_more(run, otto, page_of, answers, data, django_assert_max_num_queries):
    for _ in range(5):
        training_create(wish=Wish(data, architecture="tiny", start=NOTHING), asked_by=otto)
    page = page_of(otto)
    with django_assert_max_num_queries(11):
        page.get("/training/")


def test_by_api(data, otto, api_of):
    api = api_of(otto)
    made = api.post(API, {"dataset": str(data.pk), "start": "none", "architecture": "tiny", "epochs": 2})
    assert made.status_code == 202
    assert made["Location"] == f"http://testserver{API}{made.json()['id']}/"
    body = api.get(made["Location"]).json()
    assert (body["job"]["state"], body["configuration"]["epochs"], body["start"]) == ("queued", 2, "none")
    learnt(TrainingRun.objects.get(), 1, log="12:00:00  Learning.\n")
    body = api.get(made["Location"]).json()
    assert body["epochs"] == [
        {"number": 1, "loss": 1.25, "train_accuracy": 0.75, "val_accuracy": 0.6, "seconds": 90.0}
    ]
    assert (body["seconds_left"], body["log"]) == (90.0, "12:00:00  Learning.\n")
    (listed,) = api.get(API).json()["results"]
    assert "log" not in listed
    assert api.post(f"{made['Location']}cancel/").json()["job"]["state"] == "cancelled"
    assert api.post(f"{made['Location']}cancel/").status_code == 409
    assert api.post(f"{made['Location']}retry/").json()["job"]["state"] == "queued"


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"dataset": "018f0000-0000-7000-8000-000000000000"}, 400, "no such data set"),
        ({"start": "nobody"}, 400, "no such model"),
        ({"architecture": "resnet"}, 400, "architecture"),
        ({"epochs": 0}, 422, "epochs must be from 1 to 200"),
        ({"epochs": "many"}, 400, "integer"),
        ({"name": "a b"}, 422, "letters"),
        ({"start": "active"}, 422, "no weights to begin with"),
    ],
)
def test_the_api_refuses_with_a_sentence(data, otto, api_of, changes, status, told):
    body = {"dataset": str(data.pk), "start": "none", "architecture": "tiny", **changes}
    response = api_of(otto).post(API, body)
    assert response.status_code == status
    assert told in response.json()["detail"]
    assert TrainingRun.objects.count() == 0
