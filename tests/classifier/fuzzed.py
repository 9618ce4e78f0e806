"""Bytes of any kind, and real pictures that something happened to."""

from hypothesis import strategies as st

from tests.classifier.pictures import file, photo

KINDS = ("JPEG", "PNG", "WEBP", "HEIF", "GIF")
SEEDS = {kind: file(photo(32, 24), kind).getvalue() for kind in KINDS}


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A picture with bytes replaced, left out, doubled, cut off or hung on; or no picture at all."""
    kind = draw(st.sampled_from((*KINDS, "none")))
    if kind == "none":
        return draw(st.binary(max_size=200))
    content = SEEDS[kind]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        gone = draw(st.sampled_from((0, 1, 4, 40, 4000)))
        new = draw(st.one_of(st.binary(max_size=8), st.sampled_from((b"\xff" * 8, bytes(8), content[:64]))))
        content = content[:at] + new + content[at + gone :]
    return content
