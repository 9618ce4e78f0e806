"""One message is one request, whatever it says of its own length: else a stranger's follows a person's unseen."""

import socket
from urllib.parse import urlsplit

import pytest

from tests.live.embedded import Embedded

HIDDEN = b"GET /hidden/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
SAID = {
    "a length and chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "chunks of another kind": b"Transfer-Encoding: xchunked\r\n\r\n",
    "chunks with a space": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a length with a sign": b"Content-Length: +5\r\n\r\n",
    "a folded line": b"X-Long: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "NUL": b"X-Odd: a\x00b\r\nContent-Length: 0\r\n\r\n",
}


def answers(site: Embedded, message: bytes) -> list[int]:
    """The statuses of all that comes back until the server closes, or says nothing more."""
    address = urlsplit(site.url)
    assert address.hostname
    received = b""
    with socket.create_connection((address.hostname, address.port or 80), timeout=2) as connection:
        connection.sendall(message)
        try:
            while block := connection.recv(65_536):
                received += block
        except (TimeoutError, ConnectionResetError):
            pass
    lines = received.split(b"\r\n")
    return [int(line.split()[1]) for line in lines if line.startswith(b"HTTP/1.")]


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_what_hides_in_a_body_is_no_request(site: Embedded, said: bytes) -> None:
    found = answers(site, b"POST /healthz HTTP/1.1\r\nHost: localhost\r\n" + said + HIDDEN)
    assert len(found) == 1
    assert 400 <= found[0] < 500
