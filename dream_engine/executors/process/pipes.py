"""How messages go through a pair of pipes between this process and one that it started.

Each is a pickle behind its length, 8 bytes, big-endian. Both ends are this program on this machine.
"""

import asyncio
import pickle
from typing import Any, BinaryIO

_LENGTH_BYTES = 8


def pack(message: Any) -> bytes:
    """A message as it goes through the pipe."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(_LENGTH_BYTES) + body


def read(pipe: BinaryIO) -> Any:
    """Wait for the next message; ``None`` when the other end is gone."""
    length = pipe.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    body = pipe.read(size := int.from_bytes(length))
    return pickle.loads(body) if len(body) == size else None  # noqa: S301 - from our own process


async def read_async(pipe: asyncio.StreamReader) -> Any:
    """Wait for the next message without blocking; ``None`` when the other end is gone."""
    try:
        length = await pipe.readexactly(_LENGTH_BYTES)
        return pickle.loads(await pipe.readexactly(int.from_bytes(length)))  # noqa: S301 - as above
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
