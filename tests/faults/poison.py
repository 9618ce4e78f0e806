"""Pictures that are poison to `tests.faults.poisoned`, and only to it."""

from io import BytesIO

from PIL import Image

from tests.live.pictures import drawn

POISONS = ("crash", "endless", "out of memory")
COMMENT = b"poison: "


def poison(kind: str, mark: int) -> bytes:
    file = BytesIO()
    with Image.open(BytesIO(drawn(mark))) as image:
        image.save(file, "JPEG", comment=COMMENT + kind.encode())
    return file.getvalue()
