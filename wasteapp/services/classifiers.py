"""The classifiers that a worker process holds: the last three by model version, unpacked once a machine."""

from collections import OrderedDict
from io import BytesIO

from django.conf import settings
from PIL import Image

from classifier import preprocessing, runtime
from wasteapp.models import ModelVersion
from wasteapp.services.model_folders import model_folder

KEPT = 3
_loaded: OrderedDict[str, runtime.Classifier] = OrderedDict()


def classifier_for(*, version: ModelVersion) -> runtime.Classifier:
    """The classifier of a version, loaded and verified on first use; raises `ArtefactError`."""
    if version.sha256 not in _loaded:
        _loaded[version.sha256] = runtime.load(model_folder(version=version))
        while len(_loaded) > KEPT:
            _loaded.popitem(last=False)
    _loaded.move_to_end(version.sha256)
    return _loaded[version.sha256]


def classifier_rehearse(*, version: ModelVersion) -> runtime.Prediction:
    """Take a drawn picture the whole way once, so that the first photograph does not wait for what is loaded late.

    Raises `ArtefactError`; `PredictionError` where the version has no answer for it.
    """
    drawn = preprocessing.encode(Image.linear_gradient("L").convert("RGB"))
    picture = preprocessing.decode(BytesIO(drawn), max_side=settings.KEPT_SIDE)
    preprocessing.encode(preprocessing.thumbnail(picture, settings.THUMBNAIL_SIDE))
    preprocessing.perceptual_hash(picture)
    return classifier_for(version=version).predict(picture)


def classifier_check(*, version: ModelVersion) -> None:
    """Have the version answer for a grey picture, without keeping it. Raises `ArtefactError`."""
    runtime.load(model_folder(version=version))
