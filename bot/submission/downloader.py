"""Downloads pictures from Discord's servers, within strict limits."""

import asyncio
import ipaddress
import logging
from collections.abc import Collection

import aiohttp
from yarl import URL

from bot.errors import DownloadRefusal, ForeignHostRefusal
from dream_engine.errors import TooManyBytesError

_log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 30.0
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.5
_TEMPORARY = (408, 425, 429)
"""The client errors after which a retry may succeed."""


class PictureDownloader:
    """Downloads pictures from allowed hosts, up to a limit of bytes.

    Args:
        session: The HTTP session, without cookies and without the bot's token.
        hosts: The allowed hosts, each with or without a port.
        megabytes: The largest allowed file, in units of 10⁶ bytes.
    """

    def __init__(self, session: aiohttp.ClientSession, hosts: Collection[str], megabytes: float) -> None:
        self._session = session
        self._hosts = frozenset(host.lower() for host in hosts)
        self._megabytes = megabytes

    def serves(self, url: str | None) -> bool:
        """Return whether the URL is on an allowed host."""
        try:
            self._check_address(url or "")
        except ForeignHostRefusal:
            return False
        return True

    def check(self, url: str, declared_bytes: int | None = None) -> None:
        """Refuse a picture that can be refused without a download.

        Args:
            url: The picture's URL.
            declared_bytes: The file size that Discord declares.

        Raises:
            ForeignHostRefusal: The host is not allowed.
            TooManyBytesError: The declared size is too large.
        """
        self._check_address(url)
        if declared_bytes is not None and declared_bytes > self.max_bytes:
            raise TooManyBytesError(limit=self._megabytes)

    async def fetch(self, url: str) -> bytes:
        """Download a picture, with retries.

        Raises:
            ForeignHostRefusal: The host is not allowed.
            TooManyBytesError: The file is too large.
            DownloadRefusal: The file does not exist, or the download failed.
        """
        address = self._check_address(url)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with asyncio.timeout(_TIMEOUT_SECONDS):
                    return await self.read(address)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                _log.info("A download from %s failed: %s", address.host, type(error).__name__)
                status = error.status if isinstance(error, aiohttp.ClientResponseError) else None
                final = status is not None and status < 500 and status not in _TEMPORARY
                if final or attempt == _ATTEMPTS:
                    raise DownloadRefusal(is_absent=final) from error
                await asyncio.sleep(_PAUSE_SECONDS * attempt)
        raise DownloadRefusal

    @property
    def max_bytes(self) -> float:
        """The largest allowed file, in bytes."""
        return self._megabytes * 1e6

    async def read(self, address: URL) -> bytes:
        """Download a file from a checked address, without retries.

        Raises:
            TooManyBytesError: The file is too large.
            aiohttp.ClientError: The file does not exist, or the download failed.
        """
        async with self._session.get(address, allow_redirects=False) as response:
            if response.status != 200:
                raise aiohttp.ClientResponseError(response.request_info, (), status=response.status)
            if (response.content_length or 0) > self.max_bytes:
                raise TooManyBytesError(limit=self._megabytes)
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > self.max_bytes:
                    raise TooManyBytesError(limit=self._megabytes)
            return bytes(content)

    def _check_address(self, url: str) -> URL:
        try:
            address = URL(url)
            host = (address.host or "").lower()
            allowed = {
                host,
                f"{host}:{address.port}",
            } & self._hosts  # a host without a port allows every port
        except ValueError:
            raise ForeignHostRefusal(host="?") from None
        is_local_http = address.scheme == "http" and _is_loopback(host)
        if not allowed or not (address.scheme == "https" or is_local_http) or address.user is not None:
            raise ForeignHostRefusal(host=host or "?")
        return address


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
