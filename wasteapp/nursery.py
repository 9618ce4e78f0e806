"""Forks servers from a process that has loaded what all of them share, so that they share its memory.

A request on its socket is the words of a command, in JSON, with two descriptors: what the server says goes to the
first; its process id is told on the second at once, and its exit status when it has ended.
"""

import json
import os
import runpy
import select
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

LONGEST = 65_536  # bytes of a request
NAME = Path("/proc/self/comm")  # Linux: what top and ps call a process


class Nursery:
    """Fork nothing that has threads, connections or an interpreter of the model: they would be shared too."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._told: dict[int, int] = {}  # process id -> the descriptor on which its end is told
        self._woken, self._waking = os.pipe()
        os.set_blocking(self._waking, False)
        signal.set_wakeup_fd(self._waking)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a byte comes on the pipe

    def serve(self) -> list[str]:
        """Returns in each forked process, with the words of its command; without any when nobody asks any more."""
        self._requests.send(b"\n")  # ready
        while True:
            heard, _, _ = select.select([self._requests.fileno(), self._woken], [], [])
            if self._woken in heard:
                os.read(self._woken, LONGEST)
                self._bury()
            if self._requests.fileno() in heard:
                request, descriptors, _, _ = socket.recv_fds(self._requests, LONGEST, 2)
                if not request:
                    return []
                if not self._fork(*descriptors):
                    words: list[str] = json.loads(request)
                    return words

    def _fork(self, output: int, told: int) -> bool:
        """Whether this is the nursery still."""
        try:
            process = os.fork()
        except OSError:  # no memory, too many processes: the silence tells
            os.close(told)
        else:
            if not process:
                self._leave(output, told)
                return False
            self._told[process] = told
            _tell(told, process)
        os.close(output)
        return True

    def _bury(self) -> None:
        for process, told in list(self._told.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                _tell(told, os.waitstatus_to_exitcode(status))
                os.close(self._told.pop(process))

    def _leave(self, output: int, told: int) -> None:
        """A session, input and output of its own, as a program has that was just started."""
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in (self._requests.detach(), self._woken, self._waking, told, *self._told.values()):
            os.close(descriptor)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        for descriptor in {nothing, output} - {0, 1, 2}:
            os.close(descriptor)


def run(words: Sequence[str]) -> None:
    """Run a Python program by its own file, in this process, as `python FILE …` or `FILE …` would."""
    sys.argv = list(words[1:] if Path(words[0]).name.startswith("python") else words)
    with suppress(OSError):
        NAME.write_text(_name(sys.argv))
    runpy.run_path(sys.argv[0], run_name="__main__")


def _name(words: Sequence[str]) -> str:
    """`worker classify` of `manage.py worker classify …`, `granian` of `/…/granian …`."""
    return " ".join(words[1:3]) if words[0] == "manage.py" else Path(words[0]).name


def _tell(descriptor: int, number: int) -> None:
    with suppress(BrokenPipeError):  # who asked is gone
        os.write(descriptor, b"%d\n" % number)
