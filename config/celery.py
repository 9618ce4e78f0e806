"""The Celery application. The broker only hints at work; the database rows are the truth (docs/decisions.md)."""

import os
import sys
from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging, task_postrun, task_prerun
from django.conf import settings
from django.db import close_old_connections
from django_structlog.celery.steps import DjangoStructLogInitStep

from config.schedule import Every

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

DELIVERY_SECONDS = 5.0  # that a message may take: one that expires sooner may never be heeded


class OutOfMemory(Exception):
    """A task found no memory left."""


class SortwiseTask(Task):
    """Fails by itself where it finds no memory: Celery takes a MemoryError for the worker's own, and ends it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except MemoryError as error:
            raise OutOfMemory(self.name) from error


app = Celery("sortwise", task_cls=SortwiseTask)
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_retry_on_startup=True,
    # Forever, each 2 s at most: a worker outlives its broker.
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": 600,
        # Without these a message that a dead worker held takes minutes to come back.
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_keepalive": True,
    },
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_default_queue="jobs",
    task_routes={
        "wasteapp.tasks.classify": {"queue": "classify"},
        "wasteapp.tasks.answer_on_trial": {"queue": "trial"},
        "wasteapp.tasks.ask_on_trial": {"queue": "sweep"},
        "wasteapp.tasks.shadow": {"queue": "shadow"},
        "wasteapp.tasks.sweep": {"queue": "sweep"},
        "wasteapp.tasks.tidy": {"queue": "sweep"},
        "wasteapp.tasks.roll_up": {"queue": "sweep"},
        "wasteapp.tasks.run_job": {"queue": "jobs"},
        "wasteapp.tasks.run_training": {"queue": "train"},
    },
    task_create_missing_queues=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    beat_schedule={
        "sweep": {
            "task": "wasteapp.tasks.sweep",
            "schedule": Every(settings.SWEEP_SECONDS),
            # A sweep that waited for a whole round is out of date.
            "options": {"expires": settings.SWEEP_SECONDS + DELIVERY_SECONDS},
        },
        "trial": {
            "task": "wasteapp.tasks.ask_on_trial",
            "schedule": Every(settings.TRIAL_SECONDS),
            "options": {"expires": settings.TRIAL_SECONDS},
        },
        "tidy": {"task": "wasteapp.tasks.tidy", "schedule": Every(3600.0), "options": {"expires": 3600.0}},
        "roll_up": {
            "task": "wasteapp.tasks.roll_up",
            "schedule": Every(300.0),
            "options": {"expires": 300.0},
        },
    },
    timezone="UTC",
)
# Celery would connect anew for every task; a connection is kept, and looked after as that of a request is.
app.conf.CELERY_DB_REUSE_MAX = sys.maxsize
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks(["wasteapp"])


@setup_logging.connect  # type: ignore[untyped-decorator]
def keep_logging(**_: Any) -> None:
    """Django has set it up; without a receiver Celery would raise our level to its own."""


@task_prerun.connect  # type: ignore[untyped-decorator]
@task_postrun.connect  # type: ignore[untyped-decorator]
def keep_connections(**_: Any) -> None:
    """One that broke, or is too old, is closed."""
    close_old_connections()
