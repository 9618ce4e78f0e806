"""Which layers training leaves alone."""

import re
from typing import Any


def freeze(model: Any, pattern: str, last_block: int) -> None:
    """Freezes what stands before the first block, and the blocks 0 to `last_block`; nothing for -1.

    A layer is in the block that `pattern` finds at the start of its name; those after the blocks stay free.
    """
    if last_block < 0:
        return
    seen: list[str] = []
    for layer in model.layers:
        if found := re.match(pattern, layer.name):
            seen += [found[0]] if found[0] not in seen else []
            layer.trainable = seen.index(found[0]) > last_block
        elif not seen:
            layer.trainable = False
