"""Rate limits hold while a crowd comes by."""

from django.core.cache import cache


def test_a_crowd_lifts_nobody_s_limit():
    cache.set("throttle_alice", [1.0])
    for number in range(5000):
        cache.set(f"throttle_{number}", [1.0])
    assert cache.get("throttle_alice") == [1.0]
