"""A request that the fake server received, with its whole body."""

import json
import re
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiohttp import web

API = re.compile(r"^/api(/v\d+)?(?=/)")


@dataclass(frozen=True)
class UploadedFile:
    filename: str
    data: bytes = field(repr=False)


@dataclass
class Call:
    """One request and the status of its response.

    Args:
        path: The path after ``/api/v10``.
        files: The uploaded files, by the number under which ``attachments`` in the payload refers to them.
        size: The size of the whole body in bytes.
        at: When it had arrived, by ``time.monotonic``.
    """

    method: str
    path: str
    query: dict[str, str]
    authorization: str | None
    payload: Any
    files: dict[int, UploadedFile]
    size: int
    at: float
    status: int | None = None

    @property
    def largest_file(self) -> int:
        return max((len(file.data) for file in self.files.values()), default=0)

    @classmethod
    async def read(cls, request: web.Request) -> "Call":
        payload: Any = None
        files: dict[int, UploadedFile] = {}
        body = await request.read()
        if request.content_type == "multipart/form-data":
            payload, files = _parse_multipart(body, request.headers["Content-Type"])
        elif body:
            payload = json.loads(body)
        return cls(
            request.method,
            API.sub("", request.path),
            dict(request.query),
            request.headers.get("Authorization"),
            payload,
            files,
            len(body),
            time.monotonic(),
        )


def _parse_multipart(body: bytes, content_type: str) -> tuple[Any, dict[int, UploadedFile]]:
    """Parse a multipart body. The body is read at once because aiohttp's reader emits warnings."""
    payload, files = None, {}
    boundary = _header("Content-Type", content_type).get_boundary()
    assert boundary is not None
    _, *parts, _ = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    for part in parts:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = message_from_bytes(head)
        name = headers.get_param("name", header="Content-Disposition")
        if name == "payload_json":
            payload = json.loads(data)
        elif number := re.fullmatch(r"files\[(\d+)\]", str(name)):
            files[int(number[1])] = UploadedFile(headers.get_filename("unknown"), data)
    return payload, files


def _header(name: str, value: str) -> Message:
    message = Message()
    message[name] = value
    return message
