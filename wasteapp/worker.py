"""What a worker process does when it starts: verify the model, and load it in each pool child after the fork."""

import logging
from typing import Any

from celery.signals import worker_process_init

from classifier.artefact import ArtefactError
from wasteapp.services.classifiers import classifier_check, classifier_for
from wasteapp.services.errors import NoModel
from wasteapp.services.releases import model_active

logger = logging.getLogger(__name__)


def verify_model() -> str:
    """The name of the model in service, once it was found intact. Raises `ArtefactError`, `NoModel`."""
    version = model_active()
    classifier_check(version=version)
    return version.name


def load_model_in_children() -> None:
    """Have each pool child load the model before its first task."""
    worker_process_init.connect(_load, weak=False)


def _load(**_: Any) -> None:
    try:
        classifier_for(version=model_active())
    except (ArtefactError, NoModel) as error:  # the first task will meet it again, and give its claim back
        logger.error("worker: %s", error)
