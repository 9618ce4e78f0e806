"""Publishing never harms an upload: the breaker, and brokers that are dead, silent, or come back."""

import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kombu import Connection

from launcher.broker import server_program
from tests.wasteapp.conftest import photograph
from wasteapp.models import Prediction
from wasteapp.services import broker, waiting
from wasteapp.services.broker import Breaker, publish, queue_depth

TASK = "wasteapp.tasks.classify"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class TestBreaker:
    """A pause after each failure, then a single try."""

    def test_calls_flow_until_one_fails(self):
        breaker = Breaker(pause=5, clock=Clock())
        assert [breaker.permits(), breaker.permits(), breaker.is_open] == [True, True, False]
        breaker.fail()
        assert [breaker.permits(), breaker.is_open] == [False, True]

    def test_after_the_pause_one_may_try_and_the_others_wait_for_it(self):
        clock = Clock()
        breaker = Breaker(pause=5, clock=clock)
        breaker.fail()
        clock.now += 5
        assert breaker.is_open is False
        assert [breaker.permits(), breaker.permits()] == [True, False]

    def test_a_success_lets_calls_flow_again(self):
        clock = Clock()
        breaker = Breaker(pause=5, clock=clock)
        breaker.fail()
        clock.now += 5
        breaker.permits()
        breaker.succeed()
        assert [breaker.permits(), breaker.permits(), breaker.is_open] == [True, True, False]

    def test_a_failed_try_begins_another_pause(self):
        clock = Clock()
        breaker = Breaker(pause=5, clock=clock)
        breaker.fail()
        clock.now += 5
        breaker.permits()
        breaker.fail()
        clock.now += 4.9
        assert breaker.permits() is False


@pytest.fixture
def broker_at(settings):
    """Have this process publish to another address."""

    def use(url: str) -> None:
        settings.BROKER_URL = url
        broker._producers.cache_clear()
        broker.breaker.succeed()

    yield use
    broker._producers.cache_clear()


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections and says nothing, as a paused broker does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def valkey(path: Path) -> Iterator[str]:
    program = server_program(Path(sysconfig.get_path("purelib")))
    words = [str(program), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(path.parent)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        try:
            _until_it_listens(path)
            yield f"redis+socket://{path}"
        finally:
            process.kill()
            process.wait()
            path.unlink(missing_ok=True)


def _until_it_listens(path: Path) -> None:
    for _ in range(500):
        with socket.socket(socket.AF_UNIX) as connection:
            if connection.connect_ex(str(path)) == 0:
                return
        time.sleep(0.01)
    raise TimeoutError(path)


def timed(call) -> tuple[object, float]:
    started = time.monotonic()
    return call(), time.monotonic() - started


@pytest.mark.parametrize("kind", ["no socket", "refused", "silent"])
def test_a_broker_that_does_not_answer_costs_little_and_then_nothing(broker_at, tmp_path, kind):
    with silent_server() as port:
        addresses = {
            "no socket": f"redis+socket://{tmp_path}/none.sock",
            "refused": "redis://127.0.0.1:1/0",
            "silent": f"redis://127.0.0.1:{port}/0",
        }
        broker_at(addresses[kind])
        sent, seconds = timed(lambda: publish(task=TASK, argument=1))
        assert sent is False
        assert seconds < 2
        sent, seconds = timed(lambda: publish(task=TASK, argument=1))
        assert (sent, broker.is_reachable()) == (False, False)
        assert seconds < 0.05


@pytest.mark.parametrize("kind", ["no socket", "silent"])
def test_the_depth_of_a_broker_that_does_not_answer_is_unknown_soon(broker_at, tmp_path, kind):
    with silent_server() as port:
        broker_at(
            f"redis://127.0.0.1:{port}/0" if kind == "silent" else f"redis+socket://{tmp_path}/none.sock"
        )
        depth, seconds = timed(lambda: queue_depth(queue="classify"))
        assert depth is None
        assert seconds < 2


@pytest.mark.parametrize("pause", [5.0, 0.0])
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_upload_is_accepted_while_the_broker_is_silent(
    alice, version, api_of, broker_at, monkeypatch, pause
):
    """And answered at once: what nobody was told of, nobody waits for, also where the next may be told again."""
    with silent_server() as port:
        broker_at(f"redis://127.0.0.1:{port}/0")
        monkeypatch.setattr(broker, "breaker", Breaker(pause=pause))
        started = time.monotonic()
        response = api_of(alice).post(
            "/api/v1/items/", {"image": photograph()}, format="multipart", headers={"Prefer": "wait=5"}
        )
        assert response.status_code == 202
        assert time.monotonic() - started < 2
    assert Prediction.objects.get().dispatched_at is None  # so that the sweeper sends it


def test_nobody_waits_while_the_broker_is_away(alice, make_item, settings):
    item = make_item(alice, done=False)
    broker.breaker.fail()
    done, seconds = timed(lambda: waiting.item_wait(item_id=item.pk, seconds=5))
    assert done is False
    assert seconds < 0.5


def test_a_message_arrives_and_is_counted(broker_at, tmp_path_factory):
    with valkey(short(tmp_path_factory)) as url:
        broker_at(url)
        assert queue_depth(queue="classify") == 0
        assert publish(task=TASK, argument=7) is True
        assert queue_depth(queue="classify") == 1
        with Connection(url) as connection:
            message = connection.SimpleQueue("classify").get(timeout=2)
            assert (message.headers["task"], message.payload[0]) == (TASK, [7])


def test_a_restart_of_the_broker_is_not_noticed(broker_at, tmp_path_factory):
    """The connection that the restart broke is replaced, not counted as a failure."""
    path = short(tmp_path_factory)
    with valkey(path) as url:
        broker_at(url)
        assert publish(task=TASK, argument=1) is True
    with valkey(path):
        assert publish(task=TASK, argument=2) is True
        assert broker.is_reachable()


def test_a_broker_that_is_full_refuses_without_harm(broker_at, tmp_path_factory):
    with valkey(short(tmp_path_factory)) as url:
        broker_at(url)
        with Connection(url) as connection:
            connection.default_channel.client.config_set("maxmemory", "1")
        assert publish(task=TASK, argument=1) is False


def short(tmp_path_factory) -> Path:
    """A place for a socket: its path ends at 107 bytes."""
    return tmp_path_factory.mktemp("v") / "s"
