import platform
from pathlib import Path

import pytest

from classifier.versions import versions_of


def test_a_library_is_found_however_its_wheel_writes_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TensorFlow's calls itself tensorflow_cpu."""
    folder = tmp_path / "odd_name-1.2.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: odd_Name\nVersion: 1.2\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    assert versions_of(("odd-name", "not-installed")) == {
        "python": platform.python_version(),
        "odd-name": "1.2",
    }
