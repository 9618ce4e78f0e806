import pytest

from classifier.architectures import ARCHITECTURES, ArchitectureError, architecture


def test_efficientnet_lite0_has_sixteen_blocks_of_the_published_widths() -> None:
    blocks = list(ARCHITECTURES["efficientnet-lite0"].blocks())

    assert [block.name for block in blocks] == [f"b{number}" for number in range(16)]
    assert [block.channels for block in blocks] == [
        16,
        *[24] * 2,
        *[40] * 2,
        *[80] * 3,
        *[112] * 3,
        *[192] * 4,
        320,
    ]
    assert [block.name for block in blocks if block.stride == 2] == ["b1", "b3", "b5", "b11"]


def test_a_name_that_is_none_is_answered_with_those_that_are() -> None:
    with pytest.raises(ArchitectureError, match="efficientnet-lite0"):
        architecture("resnet")
