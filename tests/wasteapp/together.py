"""Several at the same moment, on connections of their own."""

import threading

from django.db import connection


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
