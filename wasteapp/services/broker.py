"""Publishing to the broker, which may be down, stalled or full without harming an upload.

Publishing has a connection of its own with sub-second timeouts and a circuit breaker (Nygard, *Release It!*).
What is not sent here is sent by the sweeper.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import cache

from amqp.exceptions import ChannelError
from django.conf import settings
from kombu import Connection
from kombu.exceptions import KombuError, OperationalError
from kombu.pools import ProducerPool

from config.celery import app

logger = logging.getLogger(__name__)

TIMEOUT = 0.5  # seconds, for each of connecting, sending and the answer
ANSWER = 1.0  # seconds that workers have to say that they are there
OPTIONS = {
    "socket_timeout": TIMEOUT,
    "socket_connect_timeout": TIMEOUT,
    "connect_timeout": TIMEOUT,
    "max_retries": 1,
    "interval_start": 0,  # kombu would sleep 2 s between two tries to connect
    "interval_max": 0.1,
    "retry_on_timeout": False,
}


class Breaker:
    """Stops calls for `pause` seconds after a failure, then lets a single one through to try."""

    def __init__(self, *, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause, self._clock = pause, clock
        self._lock = threading.Lock()
        self._closed_at: float | None = None  # when calls are tried again; None: they flow

    @property
    def is_open(self) -> bool:
        """Whether a call would be refused now."""
        with self._lock:
            return self._closed_at is not None and self._clock() < self._closed_at

    def permits(self) -> bool:
        """Whether this call may go; after a pause the first one may, and the others wait for its outcome."""
        with self._lock:
            if self._closed_at is None:
                return True
            if self._clock() < self._closed_at:
                return False
            self._closed_at = self._clock() + self._pause
            return True

    def succeed(self) -> None:
        with self._lock:
            self._closed_at = None

    def fail(self) -> None:
        with self._lock:
            self._closed_at = self._clock() + self._pause


breaker = Breaker(pause=settings.BREAKER_SECONDS)


@cache
def _producers() -> ProducerPool:
    connection = Connection(settings.BROKER_URL, transport_options=OPTIONS, connect_timeout=TIMEOUT)
    return ProducerPool(connection.Pool(limit=16), limit=16)


def is_reachable() -> bool:
    """Whether messages flow, as far as this process knows."""
    return not breaker.is_open


def publish(*, task: str, argument: int | str) -> bool:
    """Send a task's name and one argument; False, at once or within a second, where that did not work."""
    if not breaker.permits():
        return False
    try:
        _send(task, argument)
    except (KombuError, OSError) as error:
        breaker.fail()
        logger.warning("broker: %s was not sent: %s", task, error)
        return False
    breaker.succeed()
    return True


def queue_depth(*, queue: str) -> int | None:
    """Messages that wait in a queue; None where the broker does not say."""
    if breaker.is_open:
        return None
    try:
        return _depth(queue)
    except (KombuError, OSError) as error:
        logger.warning("broker: the depth of %s is unknown: %s", queue, error)
        return None


def worker_answers(*, queue: str) -> bool | None:
    """Whether some worker takes from a queue; None where the broker does not say."""
    if breaker.is_open:
        return None
    try:
        with _producers().connections.acquire(block=True, timeout=TIMEOUT) as connection:
            answers = app.control.ping(
                pattern=f"{queue}@*", matcher="glob", limit=1, timeout=ANSWER, connection=connection
            )
    except (KombuError, OSError) as error:
        logger.warning("broker: whether %s has a worker is unknown: %s", queue, error)
        return None
    return bool(answers)


def workers_counted() -> dict[str, int] | None:
    """How many workers of each queue answer within a second; None where the broker does not say."""
    if breaker.is_open:
        return None
    try:
        with _producers().connections.acquire(block=True, timeout=TIMEOUT) as connection:
            answers = app.control.ping(timeout=ANSWER, connection=connection)
    except (KombuError, OSError) as error:
        logger.warning("broker: how many workers there are is unknown: %s", error)
        return None
    return dict(Counter(name.partition("@")[0] for answer in answers for name in answer))


def _depth(queue: str) -> int:
    with _producers().acquire(block=True, timeout=TIMEOUT) as producer:
        try:
            return int(producer.channel.queue_declare(queue=queue, passive=True).message_count)
        except ChannelError:
            return 0  # nobody has used the queue yet
        except producer.connection.recoverable_connection_errors as error:
            producer.connection.collapse()  # this one is broken for good; the pool makes another
            raise OperationalError(str(error)) from error


def _send(task: str, argument: int | str) -> None:
    """A connection that an earlier restart of the broker broke is replaced once; a silent broker is not retried."""
    try:
        _send_once(task, argument)
    except ConnectionError:
        _send_once(task, argument)


def _send_once(task: str, argument: int | str) -> None:
    with _producers().acquire(block=True, timeout=TIMEOUT) as producer:
        app.send_task(task, args=[argument], producer=producer, retry=False, ignore_result=True)
