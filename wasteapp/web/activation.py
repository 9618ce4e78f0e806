"""Where a model looked: as a picture to lay over the photograph, and in words."""

import hashlib

import numpy as np
import numpy.typing as npt
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from wasteapp.models import Item, Prediction
from wasteapp.queries import prediction_shown
from wasteapp.services.activation import activation_picture, has_activation
from wasteapp.web.stored import SANDBOX

PLACES = (
    (gettext_noop("at the top left"), gettext_noop("at the top"), gettext_noop("at the top right")),
    (gettext_noop("on the left"), gettext_noop("in the middle"), gettext_noop("on the right")),
    (gettext_noop("at the bottom left"), gettext_noop("at the bottom"), gettext_noop("at the bottom right")),
)


def activation_response(request: HttpRequest, item: Item) -> HttpResponseBase:
    """The map of the prediction that an item shows, as a PNG; raises `Http404` where there is none.

    A later prediction is shown under the same address, so that a browser may keep the picture but has to ask.
    """
    prediction = prediction_shown(item)
    if prediction is None or not has_activation(prediction=prediction):
        raise Http404
    content = activation_picture(item=item, prediction=prediction)
    headers = {
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "private, no-cache",
        "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
    }
    response = HttpResponse(content, content_type="image/png", headers=headers)
    return get_conditional_response(request, headers["ETag"], response=response) or response


def place_of(prediction: Prediction) -> str:
    """Where most of a prediction's map lies, in words."""
    weights = np.asarray(prediction.activation_map, float)
    row, column = _third(weights.sum(axis=1)), _third(weights.sum(axis=0))
    return _(PLACES[row][column])


def _third(weights: npt.NDArray[np.float64]) -> int:
    """The third, 0 to 2, that holds the centre of gravity of what is spread along a line."""
    centres = (np.arange(len(weights)) + 0.5) / len(weights)
    return int(np.average(centres, weights=weights) * 3)
