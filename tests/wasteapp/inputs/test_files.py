"""Every file of the corpus, at every way in, ends as its entry says."""

from io import BytesIO
from pathlib import PurePosixPath

import numpy as np
import pytest
from django.core.files.storage import default_storage
from PIL import Image

from classifier.preprocessing import decode, encode
from tests.wasteapp.inputs.accepted import SECRET
from tests.wasteapp.inputs.corpus import ENTRIES
from tests.wasteapp.inputs.doors import taken
from tests.wasteapp.inputs.entries import Ends
from wasteapp.models import Item, Prediction

TOLERANCE = 8  # of 255, on the mean: what JPEG takes


@pytest.mark.parametrize("door", ["page", "API", "import"], indirect=True)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_it_ends_as_the_table_says(entry, door, work, media, network):
    answer = door.send(entry)
    item = taken(work)
    ends = door.ends(entry)
    if ends == Ends.REFUSED:
        assert_refused(entry, answer, media())
    elif ends == Ends.FAILED:
        assert_failed(entry, item, media())
    else:
        assert_right(entry, item, network)
        assert_only_pixels(item, media())


def assert_refused(entry, answer, files):
    """With a sentence, and nothing of it is left."""
    assert answer.status in (0, entry.status)
    assert (entry.problem or entry.reason) in answer.said
    assert (Item.objects.count(), Prediction.objects.count(), files) == (0, 0, [])


def assert_failed(entry, item, files):
    """Told why, never shown; what came in stays until the retention time ends."""
    prediction = item.predictions.get()
    assert (item.state, prediction.error_code, prediction.attempt) == ("failed", entry.code, 1)
    assert prediction.error == entry.reason
    assert (item.image, item.thumbnail, files) == ("", "", [item.incoming])


def assert_right(entry, item, network):
    """What is kept looks like what was sent, and the model says what it says of the plain picture."""
    shown = entry.shows().convert("RGB")
    kept = Image.open(BytesIO(stored(item.image)))
    assert (item.state, kept.size, (item.width, item.height)) == ("done", shown.size, shown.size)
    assert np.abs(np.asarray(kept).astype(int) - np.asarray(shown)).mean() < TOLERANCE
    plain = decode(BytesIO(encode(shown, quality=95)), max_side=1024)
    assert item.predicted_label == network.predict(plain).label


def assert_only_pixels(item, files):
    """Two files under names of ours, of which nothing but the pixels is the sender's."""
    assert files == sorted([item.image, item.thumbnail])
    assert {PurePosixPath(name).parent.name for name in files} == {item.pk.hex}
    for name in files:
        with Image.open(BytesIO(stored(name))) as image:
            assert (image.format, image.mode, dict(image.getexif())) == ("JPEG", "RGB", {})
            assert not {"exif", "comment", "xmp", "icc_profile"} & set(image.info)
        assert SECRET not in stored(name)


def stored(name: str) -> bytes:
    with default_storage.open(name) as file:
        return file.read()
