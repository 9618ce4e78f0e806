"""Where the web server listens, what it is called there, and whether the place is free."""

import errno
import http.client
import ipaddress
import os
import socket
import ssl

from launcher.errors import LaunchError

HERE = ("localhost", "127.0.0.1", "::1")


def url(host: str, port: int, tls: bool) -> str:
    """The address for this machine's browser."""
    return f"{'https' if tls else 'http'}://{_in_url(reachable(host))}:{port}/"


def reachable(host: str) -> str:
    """Where this machine finds a server that listens on `host`."""
    if not _is_wildcard(host):
        return host
    return "127.0.0.1" if ":" not in host else "::1"


def names(host: str) -> tuple[str, ...]:
    """Every name and address that a browser may use for a server on `host`."""
    others = _machine_names() if _is_wildcard(host) else (host,)
    return tuple(dict.fromkeys((*HERE, *others)))


def allowed_hosts(host: str) -> str:
    """The same as Django wants it: comma separated, IPv6 in brackets."""
    return ",".join(_in_url(name) for name in names(host))


def require_free(host: str, port: int) -> None:
    """Raises LaunchError when the web server could not listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise LaunchError(f"This machine has no address {host!r} to listen on (--host).", 2) from error
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(1)
        except OSError as error:
            raise LaunchError(_why_not(host, port, error)) from error


def answers(host: str, port: int, tls: bool) -> bool:
    """Whether the web server on this machine says that it lives."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=2)
    if tls:
        anybody = ssl._create_unverified_context()  # noqa: S323 (our own server; nobody signed for it)
        connection = http.client.HTTPSConnection(reachable(host), port, timeout=2, context=anybody)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. Choose another: ./run.py --port {port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the administrator. Choose one above 1023: ./run.py --port 8000"
    return f"Cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}."


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _machine_names() -> tuple[str, ...]:
    name = socket.gethostname()
    try:
        found = {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(name, None)}
    except OSError:
        found = set()
    return (name, *sorted(found | _outgoing_addresses()))


def _outgoing_addresses() -> set[str]:
    """The address that packets to the world would carry; connecting a datagram socket sends none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: an address for documentation
        except OSError:
            return set()
        return {probe.getsockname()[0]}


def _in_url(name: str) -> str:
    return f"[{name}]" if ":" in name else name
