"""Several at the same moment, on connections of their own."""

import threading
import time

from django.db import connection, transaction


def at_once(act, those):
    """Do something with each of them, in a thread each.

    SQLite in memory is one connection's alone, so there one after the other.
    """
    if connection.vendor == "sqlite":
        for one in those:
            act(one)
        return
    gate, errors = threading.Barrier(len(those)), []

    def run(one):
        try:
            gate.wait()
            act(one)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[one]) for one in those]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def beside(first, second):
    """Do `first`, and `second` before its transaction ends: until that waits for it, or is done.

    On SQLite whoever writes waits for whoever wrote before, so there one after the other.
    """
    if connection.vendor == "sqlite":
        first()
        second()
        return
    backend, errors = [], []

    def run():
        try:
            backend.append(_number("SELECT pg_backend_pid()"))
            second()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        first()
        thread.start()
        while thread.is_alive() and not (backend and _waits(backend[0])):
            time.sleep(0.01)
    thread.join()
    assert errors == []


def _waits(backend):
    return _number(f"SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = {backend}")


def _number(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]
