"""Where a model looked, as a picture to lay over the photograph."""

from io import BytesIO

import numpy as np
from django.conf import settings

from classifier.overlay import heat
from wasteapp.models import Item, Prediction


def has_activation(*, prediction: Prediction | None) -> bool:
    """Whether any place of the photograph is known to have spoken for the prediction's label."""
    return prediction is not None and any(map(any, prediction.activation_map or []))


def activation_picture(*, item: Item, prediction: Prediction) -> bytes:
    """The prediction's map in colour, as a PNG in the shape of the item's photograph: clear where nothing spoke
    and where its model did not look."""
    width, height = item.width or 1, item.height or 1
    scale = settings.THUMBNAIL_SIDE / max(width, height)  # it has no detail that more pixels would show
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    crop = prediction.model_version.manifest.get("input", {}).get("crop", 1.0)
    file = BytesIO()
    heat(np.asarray(prediction.activation_map, np.float32), size, crop=crop).save(file, "PNG")
    return file.getvalue()
