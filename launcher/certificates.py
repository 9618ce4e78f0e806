"""A self-signed certificate for `--tls`: browsers give cameras to localhost and to HTTPS alone."""

import ipaddress
import shutil
from collections.abc import Sequence
from pathlib import Path

from launcher.errors import LaunchError
from launcher.programs import ask

DAYS = 397  # browsers refuse certificates that are valid for longer
RENEW_SECONDS = 14 * 24 * 3600

CONFIGURATION = """\
[req]
distinguished_name = subject
x509_extensions = extensions
prompt = no
[subject]
CN = {name}
[extensions]
subjectAltName = {names}
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
"""


def own(folder: Path, names: Sequence[str]) -> tuple[Path, Path]:
    """Certificate and key (PEM) for these host names and addresses; made when missing, old or for others.

    Raises LaunchError when the `openssl` program is missing or fails.
    """
    certificate, key, configuration = folder / "certificate.pem", folder / "key.pem", folder / "openssl.cnf"
    openssl = shutil.which("openssl")
    if openssl is None:
        raise LaunchError(
            "--tls makes its certificate with the openssl program, which this machine lacks. "
            "Install openssl, or name a certificate with --tls-cert and --tls-key."
        )
    wanted = CONFIGURATION.format(name=names[0], names=",".join(_entry(name) for name in names))
    if _still_good(openssl, certificate, key) and configuration.read_text() == wanted:
        return certificate, key
    folder.mkdir(mode=0o700, exist_ok=True)
    configuration.write_text(wanted)
    _make(openssl, certificate, key, configuration)
    return certificate, key


def given(certificate: Path, key: Path) -> tuple[Path, Path]:
    """The person's own files. Raises LaunchError when one cannot be read."""
    for file in (certificate, key):
        try:
            text = file.read_text(errors="replace")
        except OSError as error:
            raise LaunchError(f"Cannot read {file}: {error.strerror}.", 2) from error
        if "-----BEGIN" not in text:
            raise LaunchError(f"{file} is not a PEM file.", 2)
    return certificate, key


def _entry(name: str) -> str:
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def _still_good(openssl: str, certificate: Path, key: Path) -> bool:
    if not (certificate.exists() and key.exists()):
        return False
    check = (openssl, "x509", "-checkend", str(RENEW_SECONDS), "-noout", "-in", str(certificate))
    return ask(check).returncode == 0


def _make(openssl: str, certificate: Path, key: Path, configuration: Path) -> None:
    key.touch(mode=0o600)
    command = [openssl, "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-sha256", "-days", str(DAYS)]
    command += ["-config", str(configuration), "-keyout", str(key), "-out", str(certificate)]
    made = ask(command)
    if made.returncode:
        raise LaunchError(f"openssl could not make a certificate: {made.stderr.strip().splitlines()[-1]}")
