"""File names and types that are not what a person would choose: shown at most, never a path."""

from tests.wasteapp.inputs.accepted import photograph, saved
from tests.wasteapp.inputs.entries import Ends, Entry

OUTSIDE = "Its name leads out of the folder."


def named(name: str, file_name: str, shown: str, **more: object) -> Entry:
    """The photograph under this name."""
    return Entry(
        name,
        lambda: saved(photograph(), "JPEG", quality=95),
        Ends.ACCEPTED,
        shows=photograph,
        file_name=file_name,
        shown_name=shown,
        **more,  # type: ignore[arg-type]
    )


NAMES = [
    named("a name with right-to-left override", "a\u202egpj.exe", "agpj.exe"),
    named("a name with emoji", "🧴 bottle.jpg", "🧴 bottle.jpg"),
    named("a name of 300 characters", "x" * 296 + ".jpg", "x" * 251 + ".jpg"),
    named("`../../x.jpg`", "../../x.jpg", "x.jpg", brought=Ends.REFUSED, problem=OUTSIDE),
    named("`C:\\x.jpg`", "C:\\x.jpg", "x.jpg"),
    named("`x.php.jpg`", "x.php.jpg", "x.php.jpg"),
    named("a name with CR, LF and quotes", 'a\\"b%0D%0A<b>.jpg', 'a"b%0D%0A<b>.jpg'),
    named("a name with a bare CR and LF", "a\r\nX-Name: b.jpg", '"a'),
    named("`=cmd|`", "=cmd|'calc'!A0.jpg", "=cmd|'calc'!A0.jpg"),
    named("no extension", "x", "x"),
    named("wrong extension", "photo.pdf", "photo.pdf"),
    named("wrong MIME type", "photo.jpg", "photo.jpg", mime="text/html"),
    Entry(
        "NUL in a name",
        lambda: saved(photograph(), "JPEG"),
        Ends.REFUSED,
        400,
        file_name="a\0b.jpg",
        shows=photograph,
        brought=Ends.ACCEPTED,
    ),
    named("no MIME type", "photo.jpg", "photo.jpg", mime=""),
]
