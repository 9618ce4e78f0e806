"""The certificate of --tls."""

import subprocess
from pathlib import Path

import pytest

from launcher import certificates
from launcher.errors import LaunchError

NAMES = ("localhost", "127.0.0.1", "::1", "192.0.2.7")


def described(certificate: Path) -> str:
    command = ["openssl", "x509", "-noout", "-text", "-in", str(certificate)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_it_names_this_machine_and_the_host(tmp_path: Path) -> None:
    certificate, key = certificates.own(tmp_path / "tls", NAMES)
    text = described(certificate)
    assert "DNS:localhost, IP Address:127.0.0.1" in text
    assert "IP Address:192.0.2.7" in text
    assert "CA:FALSE" in text
    assert key.read_text().startswith(
        "-----BEGIN PRIVATE KEY-----"
    )  # PKCS #8, the one kind that Granian reads
    assert key.stat().st_mode & 0o077 == 0


def test_it_is_kept_until_the_names_change(tmp_path: Path) -> None:
    first = certificates.own(tmp_path / "tls", NAMES)[0].read_bytes()
    assert certificates.own(tmp_path / "tls", NAMES)[0].read_bytes() == first
    assert certificates.own(tmp_path / "tls", NAMES[:2])[0].read_bytes() != first


def test_a_machine_without_openssl_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LaunchError, match="Install openssl"):
        certificates.own(tmp_path / "tls", NAMES)


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("hello")
    with pytest.raises(LaunchError, match="not a PEM file"):
        certificates.given(tmp_path / "a", tmp_path / "a")
    with pytest.raises(LaunchError, match="Cannot read"):
        certificates.given(tmp_path / "b", tmp_path / "b")
