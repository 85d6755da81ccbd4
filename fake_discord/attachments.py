"""Files that the fake Discord stores, and their addresses."""

import contextlib
import io
import mimetypes
import re
import time
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from fake_discord.world import snowflake

SPOILER = 1 << 3
LIFETIME = 24 * 60 * 60


@dataclass(frozen=True)
class Attachment:
    """A stored file as a message or a command option refers to it."""

    filename: str
    data: bytes = field(repr=False)
    content_type: str
    url: str
    id: int
    width: int | None = None
    height: int | None = None
    description: str | None = None
    declared_size: int | None = None

    @property
    def spoiler(self) -> bool:
        return self.filename.startswith("SPOILER_")

    def picture(self) -> Image.Image:
        """Decode the file."""
        return Image.open(io.BytesIO(self.data))

    def media(self) -> dict[str, Any]:
        """The file as a component shows it."""
        return {
            "id": str(snowflake()),
            "url": self.url,
            "proxy_url": self.url,
            "width": self.width,
            "height": self.height,
            "content_type": self.content_type,
            "loading_state": 2,
            "flags": SPOILER if self.spoiler else 0,
            "attachment_id": str(self.id),
        }

    def payload(self) -> dict[str, Any]:
        payload = {
            "id": str(self.id),
            "filename": self.filename,
            "size": len(self.data) if self.declared_size is None else self.declared_size,
            "url": self.url,
            "proxy_url": self.url,
            "content_type": self.content_type,
            "flags": SPOILER if self.spoiler else 0,
        }
        optional = {"width": self.width, "height": self.height, "description": self.description}
        return payload | {name: value for name, value in optional.items() if value is not None}


class FileStore:
    """Stores files under the addresses of one host."""

    def __init__(self) -> None:
        self.host = ""
        self._files: dict[str, Attachment] = {}

    def keep(
        self,
        data: bytes,
        filename: str,
        content_type: str | None = None,
        *,
        width: int | None = None,
        height: int | None = None,
        description: str | None = None,
    ) -> Attachment:
        number = snowflake()
        filename = re.sub(r"[^\w.\-]+", "_", filename, flags=re.ASCII)
        path = f"/attachments/{snowflake()}/{number}/{filename}"
        now = int(time.time())
        query = f"ex={now + LIFETIME:x}&is={now:x}&hm={number:064x}&"
        if width is None and height is None:
            width, height = _measure(data)
        attachment = Attachment(
            filename,
            data,
            content_type or mimetypes.guess_type(filename)[0] or "application/octet-stream",
            f"http://{self.host}{path}?{query}",
            number,
            width,
            height,
            description,
        )
        self._files[path] = attachment
        return attachment

    def at(self, path: str) -> Attachment | None:
        return self._files.get(path)

    def forget(self, attachment: Attachment) -> None:
        """Remove a file, as Discord does some time after a slash command."""
        self._files = {path: kept for path, kept in self._files.items() if kept.id != attachment.id}


def _measure(data: bytes) -> tuple[int | None, int | None]:
    unreadable = (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning)
    with contextlib.suppress(*unreadable), Image.open(io.BytesIO(data)) as picture:
        return picture.size
    return None, None
