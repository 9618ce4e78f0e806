"""Photographs of every kind, from upload to kept image: the right label, and nothing kept but pixels."""

import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from classifier.testing import COLOURS
from tests.wasteapp.conftest import jpeg
from wasteapp.models import Source
from wasteapp.services.intake import item_create

# The top left ninth is plastic's blue, the rest glass's green: turned wrongly, it shows.
MARK, FIELD = COLOURS["plastic"], COLOURS["glass"]
SECRET = b"SECRET-PLACE"


def drawn(size: tuple[int, int] = (90, 60)) -> Image.Image:
    image = Image.new("RGB", size, FIELD)
    image.paste(MARK, (0, 0, size[0] // 3, size[1] // 3))
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def grey(mode: str, value: int) -> Image.Image:
    return Image.new(mode, (60, 40), value)


def with_metadata() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    return saved(drawn(), "JPEG", exif=exif, comment=SECRET, xmp=b"<script>" + SECRET + b"</script>")


KINDS = {
    "jpeg": (saved(drawn(), "JPEG"), "glass"),
    "progressive jpeg": (saved(drawn(), "JPEG", progressive=True), "glass"),
    "cmyk jpeg": (saved(drawn().convert("CMYK"), "JPEG"), "glass"),
    "png": (saved(drawn(), "PNG"), "glass"),
    "16-bit png": (saved(grey("I;16", 128 * 257), "PNG"), "metal"),
    "palette png": (saved(drawn().convert("P"), "PNG"), "glass"),
    "transparent palette": (saved(Image.new("P", (60, 40), 0), "PNG", transparency=0), "paper"),
    "grey with alpha": (saved(Image.new("LA", (60, 40), (0, 255)), "PNG"), "trash"),
    "1-bit": (saved(grey("1", 1), "PNG"), "paper"),
    "webp": (saved(drawn(), "WEBP"), "glass"),
    "heic": (saved(drawn((96, 64)), "HEIF", quality=95), "glass"),
    "gif": (saved(drawn(), "GIF"), "glass"),
    "first frame of an animation": (
        saved(drawn(), "GIF", save_all=True, append_images=[Image.new("RGB", (90, 60), COLOURS["trash"])]),
        "glass",
    ),
    "1 x 1": (saved(Image.new("RGB", (1, 1), MARK), "PNG"), "plastic"),
    "trailing zip": (saved(drawn(), "JPEG") + b"PK\x03\x04" + SECRET, "glass"),
    "trailing html": (saved(drawn(), "PNG") + b"<script>" + SECRET + b"</script>", "glass"),
    "metadata": (with_metadata(), "glass"),
}


@pytest.fixture
def taken(alice, version, work):
    def take(content, name="a.jpg", mime="image/jpeg"):
        upload = SimpleUploadedFile(name, content, mime)
        item = item_create(owner=alice, file=upload, source=Source.API).item
        work()
        item.refresh_from_db()
        return item

    return take


def stored(name: str) -> bytes:
    with default_storage.open(name) as file:
        return file.read()


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_understood_and_only_pixels_are_kept(taken, media, kind):
    content, label = KINDS[kind]
    item = taken(content)
    assert (item.state, item.label) == ("done", label)
    assert media() == sorted([item.image, item.thumbnail])
    for name in (item.image, item.thumbnail):
        kept = stored(name)
        with Image.open(io.BytesIO(kept)) as image:
            assert (image.format, image.mode, dict(image.getexif())) == ("JPEG", "RGB", {})
            assert not {"exif", "comment", "xmp", "icc_profile"} & set(image.info)
        assert SECRET not in kept


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photograph_is_kept_upright(taken, orientation):
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    lying = drawn().transpose(turns[orientation]) if orientation in turns else drawn()
    exif = Image.Exif()
    exif[0x0112] = orientation
    item = taken(saved(lying, "JPEG", exif=exif, quality=95))
    assert (item.label, item.width, item.height) == ("glass", 90, 60)
    with Image.open(io.BytesIO(stored(item.image))) as image:
        corner = image.getpixel((10, 8))
    assert max(abs(a - b) for a, b in zip(corner, MARK, strict=True)) < 20


def test_a_large_photograph_is_kept_small_with_a_thumbnail(taken, settings):
    item = taken(jpeg(size=(2400, 1200)))
    assert (item.width, item.height) == (1024, 512)
    with Image.open(io.BytesIO(stored(item.thumbnail))) as thumbnail:
        assert thumbnail.size == (320, 160)


@pytest.mark.parametrize(("name", "mime"), [("a.php", "text/html"), ("a", ""), ("a.png", "application/pdf")])
def test_what_a_client_calls_it_does_not_matter(taken, name, mime):
    assert taken(jpeg("metal"), name, mime).label == "metal"


def damaged() -> bytes:
    """Whole by its structure, but the checksum of its pixels is wrong."""
    content = bytearray(saved(Image.effect_noise((300, 200), 80).convert("RGB"), "PNG"))
    content[len(content) // 2] ^= 0xFF
    return bytes(content)


def test_a_damaged_photograph_fails_with_a_reason_and_is_never_shown(taken, alice, api_of, page_of, media):
    item = taken(damaged())
    prediction = item.predictions.get()
    assert (item.state, prediction.error_code, prediction.attempt) == ("failed", "broken", 1)
    assert prediction.error == "The picture is damaged and cannot be read."
    assert media() == [item.incoming]  # until the retention time ends
    for path in (f"/items/{item.pk}/", f"/api/v1/items/{item.pk}/"):
        client = api_of(alice) if "api" in path else page_of(alice)
        assert client.get(f"{path}image/").status_code == 404
        assert client.get(f"{path}thumbnail/").status_code == 404
        assert item.incoming.encode() not in client.get(path).content
    assert prediction.error.encode() in page_of(alice).get(f"/items/{item.pk}/").content


def test_one_bad_file_among_others_stands_alone(taken):
    states = [taken(content).state for content in (jpeg(), damaged(), jpeg("metal"))]
    assert states == ["done", "failed", "done"]
