"""A request that reached the stand-in, read whole."""

import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

API = re.compile(r"^/api(/v\d+)?(?=/)")


@dataclass(frozen=True)
class UploadedFile:
    filename: str
    data: bytes = field(repr=False)


@dataclass
class Call:
    """One request: where to, what it said, which files it carried, and what it was answered.

    Args:
        path: The path after ``/api/v10``.
        files: The uploaded files, by the number that ``attachments`` in the payload names them by.
        size: Bytes in the whole body.
        at: When it had arrived, as ``time.monotonic`` counts.
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
        if request.content_type == "multipart/form-data":
            payload, files = await _read_multipart(request)
            size = request.content_length or sum(len(file.data) for file in files.values())
        else:
            body = await request.read()
            size = len(body)
            if body:
                payload = json.loads(body)
        return cls(
            request.method,
            API.sub("", request.path),
            dict(request.query),
            request.headers.get("Authorization"),
            payload,
            files,
            size,
            time.monotonic(),
        )


async def _read_multipart(request: web.Request) -> tuple[Any, dict[int, UploadedFile]]:
    payload, files = {}, {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        data = bytes(await part.read())
        if part.name == "payload_json":
            payload = json.loads(data)
        elif number := re.fullmatch(r"files\[(\d+)\]", part.name or ""):
            files[int(number[1])] = UploadedFile(part.filename or "unknown", data)
    return payload, files
