"""Whether the worker of this process was asked to stop, for work that is too long to wait for."""

from collections.abc import Callable


def _never() -> bool:
    return False


_asked: Callable[[], bool] = _never


def stopping_watch(*, asked: Callable[[], bool]) -> None:
    """Tell what knows of it; a worker does so before its pool is made."""
    global _asked
    _asked = asked


def stop_asked() -> bool:
    return _asked()
