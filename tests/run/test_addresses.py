"""Hosts, ports and what they are called."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import ROOT, addresses
from launcher.errors import LaunchError


def test_a_port_in_use_is_refused_with_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LaunchError, match=f"Port {port} on 127.0.0.1 is taken .* --port {port + 1}"):
            addresses.require_free("127.0.0.1", port)
    addresses.require_free("127.0.0.1", port)


def test_run_py_says_so_before_it_installs_anything(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        command = [
            sys.executable,
            "run.py",
            "--data-dir",
            str(tmp_path),
            "--port",
            str(other.getsockname()[1]),
        ]
        ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "is taken by another program" in ended.stderr
    assert not (tmp_path / "run.json").exists()


def test_a_host_that_is_none_is_refused() -> None:
    with pytest.raises(LaunchError, match=r"no address 'no\.such\.host\.invalid'"):
        addresses.require_free("no.such.host.invalid", 8000)


def test_the_host_is_allowed_beside_this_machine() -> None:
    assert addresses.allowed_hosts("127.0.0.1") == "localhost,127.0.0.1,[::1]"
    assert addresses.allowed_hosts("192.0.2.7") == "localhost,127.0.0.1,[::1],192.0.2.7"


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_every_address_means_the_machine_by_its_name(host: str) -> None:
    allowed = addresses.allowed_hosts(host).split(",")
    assert os.uname().nodename in allowed
    assert host not in allowed


def test_addresses_for_the_browser() -> None:
    assert addresses.url("0.0.0.0", 8000, tls=False) == "http://127.0.0.1:8000/"
    assert addresses.url("::1", 8443, tls=True) == "https://[::1]:8443/"
