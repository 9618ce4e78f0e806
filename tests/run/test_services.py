"""Which workers run.py starts beside the web server."""

from launcher import options, services
from launcher.environment import Environment
from launcher.nursery import Nursery


def test_it_trains_only_where_it_is_told_to() -> None:
    started = {
        words: [each.name for each in services.others(options.read([*words])[1], Environment(), Nursery())]
        for words in ((), ("--trainer",))
    }
    assert started == {(): ["jobs", "sweep"], ("--trainer",): ["jobs", "sweep", "train"]}
