"""Requests as bytes, for what no library would send."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.live.client import Api, Person, multipart

SECONDS = 30.0


@dataclass(frozen=True)
class Target:
    """An address that takes a file, and who sends it there."""

    url: str
    path: str
    headers: Mapping[str, str]
    name: str = "image"  # of the file's field
    fields: Mapping[str, str] = field(default_factory=dict)

    def form(self, content: bytes, **more: str) -> tuple[bytes, str]:
        return multipart({**self.fields, **more}, {self.name: ("photo.jpg", content)})

    def send(self, body: bytes, kind: str, *, length: int | None = None, ends: bool = False) -> int:
        """The status of the answer; 0 where there is none. `ends`: the sender says that nothing more comes."""
        told = {"Host": urlsplit(self.url).netloc, "Content-Type": kind, **self.headers}
        told["Content-Length"] = str(len(body) if length is None else length)
        return self.send_as(told, body, ends=ends)

    def send_as(self, headers: Mapping[str, str], body: bytes, *, ends: bool = False) -> int:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        place = urlsplit(self.url)
        with socket.create_connection((place.hostname or "", place.port or 80), SECONDS) as connection:
            with suppress(ConnectionError):  # the answer is there already
                connection.sendall(f"POST {self.path} HTTP/1.1\r\n{head}\r\n".encode() + body)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                line = connection.recv(1 << 16).split(b"\r\n")[0].split()
                return int(line[1]) if line else 0
        return 0


def page(person: Person) -> Target:
    """The page's form, with the cookies and the hidden fields of somebody."""
    form = person.get("/").form("/items/new/")
    cookie = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
    return Target(person.url, "/items/new/", {"Cookie": cookie}, fields=form.fields)


def api(program: Api) -> Target:
    return Target(program.url, "/api/v1/items/", program.headers)


def imports(operator: Api) -> Target:
    return Target(operator.url, "/api/v1/imports/", operator.headers, name="archive")
