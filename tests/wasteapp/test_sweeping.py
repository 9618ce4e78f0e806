"""The sweeper: sends what was lost and nothing else, sets aside what keeps crashing, clears what is old."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from wasteapp.models import Item, Job, JobKind, Prediction, SiteSettings, UploadKey
from wasteapp.services import sweeping
from wasteapp.services.sweeping import sweep


class Outbox:
    """A broker that takes messages, or refuses them after `room`, and says how many it holds."""

    def __init__(self):
        self.sent, self.depth, self.room = [], 0, 1000
        self._lock = threading.Lock()

    def publish(self, *, task, argument):
        with self._lock:
            if len(self.sent) >= self.room:
                return False
            self.sent.append((task.rsplit(".", 1)[-1], argument))
            return True

    def queue_depth(self, *, queue):
        return self.depth


@pytest.fixture
def outbox(monkeypatch):
    made = Outbox()
    monkeypatch.setattr(sweeping, "publish", made.publish)
    monkeypatch.setattr(sweeping, "queue_depth", made.queue_depth)
    return made


@pytest.fixture
def waiting(alice, make_item):
    """A prediction that waits, sent so many seconds ago, or never."""

    def make(*, sent: float | None, mark=0, **fields):
        prediction = make_item(alice, done=False, mark=mark).predictions.get()
        stamp = None if sent is None else Now() - timedelta(seconds=sent)
        Prediction.objects.filter(pk=prediction.pk).update(dispatched_at=stamp, **fields)
        return prediction

    return make


def ids(outbox, task="classify"):
    return [argument for name, argument in outbox.sent if name == task]


def test_what_was_never_sent_is_sent_once(waiting, outbox):
    prediction = waiting(sent=None)
    assert sweep().sent == 1
    assert ids(outbox) == [prediction.pk]
    prediction.refresh_from_db()
    assert prediction.dispatched_at is not None
    outbox.depth = 1
    assert sweep().sent == 0


def test_what_a_dead_worker_held_is_sent_again(waiting, outbox):
    prediction = waiting(sent=5, state="running", attempt=1, lease_until=Now() - timedelta(seconds=1))
    assert sweep().sent == 1
    prediction.refresh_from_db()
    assert (prediction.state, prediction.attempt, prediction.lease_until) == ("queued", 1, None)


def test_what_is_in_work_is_left_alone(waiting, outbox):
    waiting(sent=500, state="running", attempt=1, lease_until=Now() + timedelta(seconds=30))
    assert (sweep().sent, outbox.sent) == (0, [])


@pytest.mark.parametrize(
    ("sent", "depth", "again"),
    [
        (90, 0, True),  # sent long ago, and the broker has nothing: lost
        (90, 1, False),  # it waits there
        (90, None, False),  # the broker does not say
        (5, 0, False),  # on its way, or just taken
    ],
)
def test_what_waits_rightly_is_not_sent_again(waiting, outbox, sent, depth, again):
    waiting(sent=sent)
    outbox.depth = depth
    assert sweep().sent == int(again)


def test_an_emptied_broker_gets_all_of_it_again(waiting, outbox):
    rows = [waiting(sent=90, mark=n).pk for n in range(5)]
    outbox.depth = 2
    assert sweep().sent == 5
    assert ids(outbox) == rows


def test_what_the_broker_does_not_take_stays_unsent(waiting, outbox):
    rows = [waiting(sent=None, mark=n).pk for n in range(3)]
    outbox.room = 1
    assert sweep().sent == 1
    unsent = Prediction.objects.filter(dispatched_at=None).order_by("pk").values_list("pk", flat=True)
    assert list(unsent) == rows[1:]


def test_a_sweep_is_bounded_and_oldest_first(waiting, outbox, settings):
    settings.SWEEP_LIMIT = 2
    rows = [waiting(sent=None, mark=n).pk for n in range(3)]
    assert sweep().sent == 2
    assert ids(outbox) == rows[:2]


def test_jobs_are_swept_by_the_same_rules(db, outbox):
    def job(**fields):
        return Job.objects.create(kind=JobKind.EXPORT, subject="1", **fields)

    past = Now() - timedelta(seconds=1)
    never, dead = job(), job(state="running", attempt=1, lease_until=past)
    spent = job(state="running", attempt=3, tries=3, lease_until=past)
    cancelled = job(state="cancelled")
    swept = sweep()
    assert (swept.sent, swept.failed) == (2, 1)
    assert sorted(ids(outbox, "run_job")) == sorted([str(never.pk), str(dead.pk)])
    spent.refresh_from_db()
    cancelled.refresh_from_db()
    assert (spent.state, spent.error, cancelled.state) == (
        "failed",
        "The work broke off three times.",
        "cancelled",
    )


def test_trainings_have_a_queue_of_their_own(db, outbox, monkeypatch):
    """One that waits behind another for hours is not taken for lost because exports flow."""
    depths = {"jobs": 0, "train": 1}
    monkeypatch.setattr(sweeping, "queue_depth", lambda queue: depths.get(queue, 0))
    past = Now() - timedelta(seconds=90)
    waiting = Job.objects.create(kind=JobKind.TRAIN, subject="1", dispatched_at=past)
    export = Job.objects.create(kind=JobKind.EXPORT, subject="1", dispatched_at=past)
    assert sweep().sent == 1
    assert outbox.sent == [("run_job", str(export.pk))]
    depths["train"] = 0
    sweep()
    assert outbox.sent[-1] == ("run_training", str(waiting.pk))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_sweepers_at_once_send_each_row_once(waiting, outbox):
    rows = [waiting(sent=None, mark=n).pk for n in range(20)]
    if connection.vendor == "sqlite":  # in memory, it is one connection's alone
        sweep(), sweep()
    else:
        at_once(sweep, 4)
    assert sorted(ids(outbox)) == rows


def at_once(call, number):
    gate, errors = threading.Barrier(number), []

    def run():
        try:
            gate.wait()
            call()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_what_came_in_for_a_failed_item_goes_after_the_site_s_days(waiting, outbox, media):
    SiteSettings(pk=1, keep_failed_days=3).save()
    old, fresh = waiting(sent=1).item, waiting(sent=1, mark=1).item
    Item.objects.update(state="failed")
    Item.objects.filter(pk=old.pk).update(created=Now() - timedelta(days=3, hours=1))
    Prediction.objects.update(state="failed", error_code="broken", lease_until=None)
    assert sweep().cleared == 1
    assert media() == [fresh.incoming]
    old.refresh_from_db()
    assert old.incoming == ""
    assert sweep().cleared == 0


def test_an_item_that_waits_keeps_its_file_however_old(waiting, outbox, media):
    item = waiting(sent=1).item
    Item.objects.update(created=Now() - timedelta(days=400))
    assert (sweep().cleared, media()) == (0, [item.incoming])


def test_idempotency_keys_end_after_a_day(alice, make_item, outbox):
    item = make_item(alice)
    for key, age in (("old", 25), ("new", 23)):
        made = UploadKey.objects.create(owner=alice, key=key, fingerprint="0" * 64, item=item)
        UploadKey.objects.filter(pk=made.pk).update(created=Now() - timedelta(hours=age))
    sweep()
    assert list(UploadKey.objects.values_list("key", flat=True)) == ["new"]
