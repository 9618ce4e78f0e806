"""What is installed here, for manifests."""

import importlib.metadata
import platform
from collections.abc import Collection


def versions_of(libraries: Collection[str]) -> dict[str, str]:
    """The versions of Python and of those libraries that are installed, by their names as a requirement has them."""
    found = {d.name.lower().replace("_", "-"): d.version for d in importlib.metadata.distributions()}
    known = {name: found[name] for name in sorted(libraries) if name in found}
    return {"python": platform.python_version(), **known}
