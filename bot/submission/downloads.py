"""From where a picture lies on Discord's servers to its bytes, or a clear refusal."""

import asyncio
import ipaddress
import logging
from collections.abc import Collection

import aiohttp
from yarl import URL

from bot.errors import DownloadRefusal, ForeignHostRefusal
from dream_engine.errors import TooManyBytesError

_log = logging.getLogger(__name__)

_SECONDS = 30.0
_TRIES = 3
_PAUSE = 0.5
_PASSING = (408, 425, 429)
"""Refusals that may be none a moment later."""


class Intake:
    """Fetches pictures, from known hosts only and no more bytes than allowed.

    Args:
        session: Fetches; no cookie and no token of ours is in it.
        hosts: The hosts that pictures may lie on, each perhaps with a port.
        megabytes: How large a picture's file may be, in units of 10⁶ bytes.
    """

    def __init__(self, session: aiohttp.ClientSession, hosts: Collection[str], megabytes: float) -> None:
        self._session = session
        self._hosts = frozenset(host.lower() for host in hosts)
        self._megabytes = megabytes

    def serves(self, url: str | None) -> bool:
        """Whether a picture would be fetched from there."""
        try:
            self._check_address(url or "")
        except ForeignHostRefusal:
            return False
        return True

    def check(self, url: str, declared_bytes: int | None = None) -> None:
        """Refuse what need not be fetched to be refused.

        Raises:
            ForeignHostRefusal: It lies on a host that is not known.
            TooManyBytesError: It is said to be too large.
        """
        self._check_address(url)
        if declared_bytes is not None and declared_bytes > self.max_bytes:
            raise TooManyBytesError(limit=self._megabytes)

    async def fetch(self, url: str) -> bytes:
        """Fetch a picture's file.

        Raises:
            ForeignHostRefusal: It lies on a host that is not known.
            TooManyBytesError: It is larger than allowed.
            DownloadRefusal: It is not there, or did not come.
        """
        address = self._check_address(url)
        for attempt in range(1, _TRIES + 1):
            try:
                async with asyncio.timeout(_SECONDS):
                    return await self.read(address)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                _log.info("A picture did not come from %s: %s", address.host, type(error).__name__)
                status = error.status if isinstance(error, aiohttp.ClientResponseError) else None
                final = status is not None and status < 500 and status not in _PASSING
                if final or attempt == _TRIES:
                    raise DownloadRefusal(is_absent=final) from error
                await asyncio.sleep(_PAUSE * attempt)
        raise DownloadRefusal

    @property
    def max_bytes(self) -> float:
        """How large a picture's file may be."""
        return self._megabytes * 1e6

    async def read(self, address: URL) -> bytes:
        """Fetch a file from an address that was checked, once.

        Raises:
            TooManyBytesError: It is larger than allowed.
            aiohttp.ClientError: It is not there, or did not come.
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
            known = {host, f"{host}:{address.port}"} & self._hosts  # a host without a port stands for all
        except ValueError:
            raise ForeignHostRefusal(host="?") from None
        plain = address.scheme == "http" and _is_this_machine(host)
        if not known or not (address.scheme == "https" or plain) or address.user is not None:
            raise ForeignHostRefusal(host=host or "?")
        return address


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
