import asyncio
import io

import pytest

from dream_engine.executors.process.pipes import pack, read, read_async

MESSAGES = ["a text", {"a": (1, 2)}, None, bytes(100_000)]


def fed(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


def test_messages_are_read_one_after_the_other():
    pipe = io.BytesIO(b"".join(map(pack, MESSAGES)))
    assert [read(pipe) for _ in MESSAGES] == MESSAGES


async def test_messages_are_read_one_after_the_other_without_blocking():
    pipe = fed(b"".join(map(pack, MESSAGES)))
    assert [await read_async(pipe) for _ in MESSAGES] == MESSAGES


@pytest.mark.parametrize("length", [0, 5, 8, 20])
async def test_a_pipe_that_ends_within_a_message_reads_as_closed(length):
    data = pack("a text that is long enough")[:length]
    assert read(io.BytesIO(data)) is None
    assert await read_async(fed(data)) is None
