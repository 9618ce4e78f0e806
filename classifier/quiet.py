"""What LiteRT says whenever it starts is kept from the terminal; no setting of the library does that.

Its line that XNNPACK was created goes from C++ straight to the standard error's file descriptor. The library reads no
environment variable for it and exports no function that sets its severity (2.3.0), so that the descriptor is turned
aside while an interpreter is made. Whatever else was written meanwhile is written on.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

SAYS_NOTHING = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU."
STDERR = 2


@contextmanager
def without_greeting() -> Iterator[None]:
    """Inside, that line is not written to standard error."""
    sys.stderr.flush()
    kept = os.dup(STDERR)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), STDERR)
        try:
            yield
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
            aside.seek(0)
            for line in aside:
                if line.strip() != SAYS_NOTHING:
                    os.write(STDERR, line)
