"""What others made and this repository carries is what its README says."""

import hashlib
import re
from pathlib import Path

import pytest

from config.env import PROJECT

LITERT = PROJECT / "wasteapp" / "static" / "vendor" / "litert"
LISTED = {
    name: digest
    for digest, name in re.findall(r"^    ([0-9a-f]{64})  (\S+)$", (LITERT / "README.md").read_text(), re.M)
}
# What was changed, and the checksum of the file as it was released.
CORE = (b'from "./wasm-utils.js"', b'from "@litertjs/wasm-utils"')
MAP = b"//# sourceMappingURL=index.js.map"
RELEASED = {
    "core.js": "e7daccc3a31eef890848a737ccb863ded5f046a6b40c3fdc0556495adeb5d9b3",
    "wasm-utils.js": "e0e20bc28ab001ac732cf40d15b6eebd24fb0deaeb95eeba5100f51eebf015f2",
}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_every_file_is_listed():
    found = {path.name for path in LITERT.iterdir()} - {"README.md", ".gitattributes"}
    assert found == set(LISTED)


@pytest.mark.parametrize("name", LISTED)
def test_a_file_is_the_one_that_is_listed(name):
    assert digest(Path(LITERT / name).read_bytes()) == LISTED[name]


@pytest.mark.parametrize("name", RELEASED)
def test_nothing_else_was_changed(name):
    content = (LITERT / name).read_bytes()
    assert digest(content.replace(*CORE) + MAP) == RELEASED[name]
