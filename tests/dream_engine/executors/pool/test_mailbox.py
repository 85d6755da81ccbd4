"""The mailbox that holds a worker's messages until they are read."""

import pytest

from dream_engine.dreams import Progress
from dream_engine.executors.base import ExecutorError
from dream_engine.executors.pool.mailbox import DeliveredFrames, Mailbox
from dream_engine.frames import Chunk, Frame
from dream_engine.settings import DreamSettings

CHUNK = Chunk(0, 2, b"", DreamSettings(), 1.0, "float32")


def progress(step: int, preview: bytes | None = None) -> Progress:
    return Progress(0, 1, step, 9, 1, 1, None, step / 9, preview=preview)


def frame(index: int) -> Frame:
    return Frame(index, b"", 1, 1)


async def test_only_the_newest_progress_is_kept_but_every_frame_in_order():
    mailbox = Mailbox(1)
    for index in range(3):
        mailbox.put_progress(progress(2 * index))
        mailbox.put_progress(progress(2 * index + 1))
        mailbox.put_frame(frame(index))
    mailbox.put_progress(progress(6))
    mailbox.put_end(CHUNK)
    received = [await mailbox.receive() for _ in range(5)]
    assert received == [frame(0), frame(1), frame(2), progress(6), CHUNK]


async def test_progress_and_frames_are_read_in_the_order_in_which_they_were_reported():
    mailbox = Mailbox(1)
    mailbox.put_progress(progress(1))
    mailbox.put_frame(frame(0))
    assert await mailbox.receive() == progress(1)
    mailbox.put_progress(progress(2))
    assert [await mailbox.receive() for _ in range(2)] == [frame(0), progress(2)]


async def test_an_unread_preview_is_kept_with_newer_progress():
    mailbox = Mailbox(1)
    mailbox.put_progress(progress(1, b"preview"))
    mailbox.put_progress(progress(2))
    assert await mailbox.receive() == progress(2, b"preview")
    mailbox.put_progress(progress(3))
    assert await mailbox.receive() == progress(3)


async def test_frames_are_read_before_the_error_that_follows_them():
    mailbox = Mailbox(1)
    mailbox.put_frame(frame(0))
    mailbox.put_end(ExecutorError("It is over."))
    assert await mailbox.receive() == frame(0)
    with pytest.raises(ExecutorError, match="It is over"):
        await mailbox.receive()


def test_a_frame_is_new_once_and_progress_always():
    delivered = DeliveredFrames()
    events = [progress(1), frame(0), progress(1), frame(1), frame(0)]
    assert [delivered.is_new(event) for event in events] == [True, True, True, True, False]
