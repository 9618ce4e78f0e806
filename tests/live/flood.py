"""Many uploads at the same moment, each on a connection of its own."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from tests.live.client import Api, multipart

SECONDS = 300.0


async def flood(api: Api, contents: list[bytes]) -> list[tuple[int, Any]]:
    """The status and what was told of each, in this order; the first is sent when all are connected."""
    ready = asyncio.Barrier(len(contents))
    async with asyncio.timeout(SECONDS):
        return await asyncio.gather(*(_upload(api, content, ready) for content in contents))


async def _upload(api: Api, content: bytes, ready: asyncio.Barrier) -> tuple[int, Any]:
    address = urlsplit(api.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    await ready.wait()
    body, kind = multipart({}, {"image": ("photo.jpg", content)})
    head = {"Host": address.netloc, "Content-Type": kind, "Content-Length": len(body), "Connection": "close"}
    lines = [f"{name}: {value}" for name, value in {**head, **api.headers}.items()]
    writer.write("\r\n".join(["POST /api/v1/items/ HTTP/1.1", *lines, "", ""]).encode() + body)
    answer = await reader.read()
    writer.close()
    top, _, told = answer.partition(b"\r\n\r\n")
    return int(top.split()[1]), json.loads(told)
