"""A cache that all web processes share, and that nobody misses for long: while its server is away each counts alone."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from wasteapp.services.broker import Breaker

TIMEOUT = 0.3  # seconds, for each of connecting and the answer
AWAY = (RedisError, OSError)

log = logging.getLogger(__name__)


def _here_if_away(name: str) -> Callable[..., Any]:
    """The method of that name of the server's cache; of this process's own while the server does not answer."""

    def either(cache: "SharedCache", *args: Any, **options: Any) -> Any:
        if cache.breaker.permits():
            try:
                answer = getattr(RedisCache, name)(cache, *args, **options)
            except AWAY as error:
                cache.breaker.fail()
                log.warning("cache: the server is away, limits are counted by each process: %s", error)
            else:
                cache.breaker.succeed()
                return answer
        return getattr(cache.here, name)(*args, **options)

    return either


class SharedCache(RedisCache):
    """Django's cache on Valkey or Redis, with this process's memory in its place where that fails."""

    # What its views share: a cache is made for each thread.
    breaker = Breaker(pause=settings.BREAKER_SECONDS)

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        timeouts = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}
        super().__init__(server, {**params, "OPTIONS": timeouts})
        self.here = LocMemCache(
            "while the shared one is away", {**params, "OPTIONS": {"MAX_ENTRIES": 100_000}}
        )

    add = _here_if_away("add")
    get = _here_if_away("get")
    set = _here_if_away("set")
    touch = _here_if_away("touch")
    delete = _here_if_away("delete")
    has_key = _here_if_away("has_key")
    incr = _here_if_away("incr")
    clear = _here_if_away("clear")
