"""Sends messages through a pair of pipes between a process and its child.

Each message is a pickle, preceded by its length in 8 bytes, big-endian. Unpickling is safe because both ends
run this program on this machine.
"""

import asyncio
import pickle
from typing import Any, BinaryIO

_LENGTH_BYTES = 8


def pack(message: Any) -> bytes:
    """Encode a message for the pipe."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(_LENGTH_BYTES) + body


def read(pipe: BinaryIO) -> Any:
    """Read the next message; ``None`` when the other end is gone."""
    length = pipe.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    body = pipe.read(size := int.from_bytes(length))
    return pickle.loads(body) if len(body) == size else None  # noqa: S301 - see above


async def read_async(pipe: asyncio.StreamReader) -> Any:
    """Read the next message without blocking the event loop; ``None`` when the other end is gone."""
    try:
        length = await pipe.readexactly(_LENGTH_BYTES)
        return pickle.loads(await pipe.readexactly(int.from_bytes(length)))  # noqa: S301 - as above
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
