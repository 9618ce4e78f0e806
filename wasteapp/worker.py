"""What a worker process does when it starts: verify the model, and have each pool child ready before it says so."""

import logging
import os
import shelve
import signal
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import Semaphore, get_context
from multiprocessing.synchronize import Semaphore as Count
from pathlib import Path
from threading import Event, Thread
from typing import Any

from celery.beat import PersistentScheduler
from celery.signals import worker_process_init, worker_ready, worker_shutting_down
from celery.utils.nodenames import gethostname

from classifier.artefact import ArtefactError
from classifier.runtime import PredictionError
from wasteapp.models import Part
from wasteapp.services.classifiers import classifier_check, classifier_rehearse
from wasteapp.services.errors import NoModel
from wasteapp.services.releases import model_active
from wasteapp.services.signs import sign_give
from wasteapp.services.stopping import stopping_watch

logger = logging.getLogger(__name__)

BEAT_SECONDS = 2.0  # between two looks whether beat lives
PATIENCE = 20.0  # seconds for all children; one that takes longer is ready later


def worker_name(*, queue: str) -> str:
    """What Celery calls this machine's worker of a queue."""
    return f"{queue}@{gethostname()}"


def verify_model() -> str:
    """The name of the model in service, once it was found intact. Raises `ArtefactError`, `NoModel`.

    Another process looks, since the worker would keep the memory that this takes.
    """
    try:
        with ProcessPoolExecutor(1, get_context("fork")) as looking:
            return looking.submit(_verified).result()
    except BrokenProcessPool as error:
        raise ArtefactError("The model ended the process that looked at it.") from error


def _verified() -> str:
    version = model_active()
    classifier_check(version=version)
    return version.name


def load_model_in_children(*, children: int, then: Callable[[], object]) -> None:
    """Have each pool child load the model and use it once before its first task; `then`, when all have."""
    done = Semaphore(0)  # the children inherit it

    def load(**_: Any) -> None:
        try:
            classifier_rehearse(version=model_active())
            sign_give(part=Part.ANSWERED)
        except (ArtefactError, NoModel, PredictionError) as error:
            logger.error("worker: %s", error)  # the first task will meet it again, and give its claim back
        finally:
            done.release()

    def wait(**_: Any) -> None:
        worker_ready.disconnect(wait)  # it is sent again whenever the broker was away
        _acquire(done, children)
        then()

    worker_process_init.connect(load, weak=False)
    worker_ready.connect(wait, weak=False)


def hand_back_when_stopped() -> None:
    """Have a training end soon when the worker is asked to stop; it waits for its task otherwise, hours if need be."""
    asked = get_context("fork").Semaphore(0)  # the child inherits it

    def ask(**_: Any) -> None:
        asked.release()

    worker_shutting_down.connect(ask, weak=False)
    stopping_watch(asked=lambda: asked.acquire(block=False))


def say_when_ready(say: Callable[[], object]) -> None:
    """Once, when the worker takes tasks."""

    def ready(**_: Any) -> None:
        worker_ready.disconnect(ready)  # it is sent again whenever the broker was away
        say()

    worker_ready.connect(ready, weak=False)


def schedule_check(*, path: Path) -> None:
    """Delete beat's schedule where a kill cut it short: beat would end at once with it, at every start."""
    try:
        with shelve.open(str(path)) as schedule:  # noqa: S301 (beat reads the same)
            dict(schedule)
    except Exception:  # noqa: BLE001 (whatever the remains of a pickle raise)
        logger.warning("worker: %s was cut short; it begins anew", path)
        for suffix in PersistentScheduler.known_suffixes:
            Path(f"{path}{suffix}").unlink(missing_ok=True)


def end_with_beat() -> None:
    """Have the worker that beats end when its beat did: whoever looks after it starts both again."""
    stopping = Event()

    def stop(**_: Any) -> None:
        stopping.set()

    def watch(sender: Any, **_: Any) -> None:
        worker_ready.disconnect(watch)  # it is sent again whenever the broker was away
        Thread(target=_end_after, args=(sender.controller.beat, stopping), daemon=True).start()

    worker_shutting_down.connect(stop, weak=False)
    worker_ready.connect(watch, weak=False)


def _end_after(beat: Any, stopping: Event) -> None:
    while not stopping.wait(BEAT_SECONDS):
        if not beat.is_alive():
            logger.error("worker: its beat has ended, and so does it")
            os.kill(os.getpid(), signal.SIGTERM)
            return


def _acquire(done: Count, times: int) -> None:
    until = time.monotonic() + PATIENCE
    for _ in range(times):
        done.acquire(timeout=max(until - time.monotonic(), 0))
