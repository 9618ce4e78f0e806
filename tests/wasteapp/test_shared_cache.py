"""Several web processes count limits together, and each for itself while the cache's server is away."""

import pytest
from django.core.cache.backends.redis import RedisCache

from tests.wasteapp.test_broker import short, valkey
from wasteapp.shared_cache import SharedCache

NOBODY = "redis://127.0.0.1:1/0"  # nothing listens there


@pytest.fixture(autouse=True)
def closed() -> None:
    SharedCache.breaker.succeed()


def cache_at(url: str) -> SharedCache:
    """What a process has."""
    made = SharedCache(url, {})
    made.here.clear()
    return made


def test_processes_count_together_and_go_on_alone(tmp_path_factory: pytest.TempPathFactory):
    with valkey(short(tmp_path_factory)) as address:
        one, other = (cache_at(address.replace("redis+socket", "unix")) for _ in range(2))
        assert one.add("rate:x", 1, 60)
        assert not other.add("rate:x", 1, 60)
        assert [one.incr("rate:x"), other.incr("rate:x")] == [2, 3]
        assert other.get("rate:x") == 3
    assert one.add("rate:x", 1, 60)  # the server was killed: this is its own
    assert [one.incr("rate:x") for _ in range(2)] == [2, 3]


def test_a_server_that_is_away_is_not_asked_again_and_again(monkeypatch):
    cache = cache_at(NOBODY)
    assert cache.add("rate:x", 1, 60)
    assert SharedCache.breaker.is_open
    monkeypatch.setattr(RedisCache, "incr", lambda *_args, **_options: pytest.fail("it was asked"))
    assert cache.incr("rate:x") == 2


def test_what_was_counted_nowhere_is_told_as_django_s_caches_do():
    with pytest.raises(ValueError, match="not found"):
        cache_at(NOBODY).incr("rate:y")
