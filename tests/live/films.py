"""Films for a browser's fake camera: photographs one after the other, as Motion JPEG."""

from io import BytesIO
from pathlib import Path

from PIL import Image

SIZE = (640, 480)
REPEATS = 90  # of each photograph: three seconds at the thirty frames a second that the fake camera plays


def film(path: Path, photographs: list[bytes], *, repeats: int = REPEATS) -> Path:
    """Writes the film. Chromium takes a bare row of JPEG files for one, and begins anew at its end."""
    path.write_bytes(b"".join(frame(content) * repeats for content in photographs))
    return path


def frame(content: bytes) -> bytes:
    """The photograph at the film's size, whatever its shape: the model squashes its input, too."""
    file = BytesIO()
    with Image.open(BytesIO(content)) as image:
        image.convert("RGB").resize(SIZE).save(file, "JPEG", quality=92, subsampling="4:2:0")
    return file.getvalue()
