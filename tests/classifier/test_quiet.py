"""What LiteRT says when it starts does not reach the terminal; everything else does."""

import os
import subprocess
import sys

from classifier.artefact import SHIPPED
from classifier.quiet import SAYS_NOTHING, without_greeting


def test_a_model_is_loaded_without_a_word():
    code = f"from pathlib import Path; from classifier.runtime import load; load(Path({str(SHIPPED)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_what_else_is_said_is_written(capfd):
    with without_greeting():
        os.write(2, SAYS_NOTHING + b"\nERROR: no memory\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "ERROR: no memory\nafter\n"


def test_it_is_written_when_loading_fails(capfd):
    try:
        with without_greeting():
            os.write(2, b"ERROR: why\n")
            raise ValueError
    except ValueError:
        pass
    assert capfd.readouterr().err == "ERROR: why\n"
