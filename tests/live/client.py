"""People and programs that use a running site, over HTTP alone."""

import contextlib
import http.client
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from tests.live.forms import Form, forms_of

SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes
    path: str

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def form(self, action: str) -> Form:
        """The form of this page with this address, else the first one whose address holds these words."""
        forms = {form.action or self.path: form for form in reversed(forms_of(self.text))}
        found = [forms[action]] if action in forms else [f for at, f in forms.items() if action in at][::-1]
        assert found, f"{self.path} ({self.status}) has no form for {action}"
        return found[0]


def send(
    url: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request on a connection of its own; a body that the server does not want is not sent to its end."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the answer is there already
            connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read(), path)
    finally:
        connection.close()


def multipart(fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """A form's body and its content type; `files`: field -> file name and content."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, (filename, content) in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        parts += [head.encode(), b"Content-Type: application/octet-stream\r\n\r\n", content, b"\r\n"]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


class Api:
    """A program with a token."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self.headers = {"Authorization": f"Token {token}"} if token else {}

    def get(self, path: str) -> Answer:
        return send(self.url, "GET", f"/api/v1/{path}", headers=self.headers)

    def post(self, path: str, data: object = None) -> Answer:
        headers = {**self.headers, "Content-Type": "application/json"}
        return send(self.url, "POST", f"/api/v1/{path}", json.dumps(data or {}), headers)

    def delete(self, path: str) -> Answer:
        return send(self.url, "DELETE", f"/api/v1/{path}", headers=self.headers)

    def upload(
        self, content: bytes, *, name: str = "photo.jpg", wait: int = 0, key: str = "", **fields: str
    ) -> Answer:
        """`key`: makes it happen once."""
        body, kind = multipart(fields, {"image": (name, content)})
        headers = {**self.headers, "Content-Type": kind, **({"Prefer": f"wait={wait}"} if wait else {})}
        headers |= {"Idempotency-Key": key} if key else {}
        return send(self.url, "POST", "/api/v1/items/", body, headers)

    def stream(self, blocks: Iterable[bytes], headers: Mapping[str, str]) -> Answer:
        """An upload whose body is made while it is sent."""
        return send(self.url, "POST", "/api/v1/items/", blocks, {**self.headers, **headers})


class Person:
    """A browser without JavaScript: cookies, forms, redirects."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self._follow("GET", path, None, {})

    def submit(
        self, page: str, action: str, files: Mapping[str, tuple[str, bytes]] | None = None, **fields: str
    ) -> Answer:
        """Open a page, fill the form in that goes to `action`, send it; the page that it leads to."""
        form = self.get(page).form(action)
        filled = {**form.fields, **fields}
        body: bytes | str = urlencode(filled)
        kind = "application/x-www-form-urlencoded"
        if files:
            body, kind = multipart(filled, files)
        return self._follow("POST", form.action or page, body, {"Content-Type": kind})

    def _follow(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = send(self.url, method, path, body, {**headers, "Cookie": cookie, "Accept": "text/html"})
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status in (301, 302, 303):
            return self._follow("GET", urljoin(path, answer.headers["Location"]), None, {})
        return answer
