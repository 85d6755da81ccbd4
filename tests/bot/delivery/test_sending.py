"""Dreams that are too large for a place are made smaller."""

import asyncio
import io

import pytest
from PIL import Image

from bot.delivery.routes import Arrival
from bot.models import State
from dream_engine.errors import DamagedPictureError
from dream_engine.images import Rendition
from dream_engine.images.refitting import RefittingError
from tests.bot.delivery.recording_transport import PICTURE, deliver
from tests.bot.records import a_job, a_reply, an_outcome, noise


async def test_a_dream_that_is_too_large_is_made_smaller_until_it_fits_and_says_so(delivery, transport):
    transport.max_bytes = len(PICTURE) // 3
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    assert record.outcome.file_format == "webp"
    assert (record.outcome.width, record.outcome.height) == (120, 120)
    route, content, text = transport.arrived[0]
    assert route == "interaction"
    assert len(content) <= transport.max_bytes
    assert Image.open(io.BytesIO(content)).format == "WEBP"
    assert "to fit the upload limit here" in text
    assert "dream-" in text
    assert ".webp" in text


async def test_a_dream_that_never_fits_goes_to_the_next_route(delivery, transport):
    transport.max_bytes = 10
    record = await deliver(delivery, image=noise(64))
    assert record.state is State.KEPT
    assert set(transport.tried) == {"interaction", "channel", "dm"}


@pytest.mark.parametrize("error", [RefittingError("killed"), DamagedPictureError()])
async def test_a_dream_that_cannot_be_made_smaller_goes_to_the_next_route(
    delivery, transport, monkeypatch, error
):
    async def fail(*_):
        raise error

    monkeypatch.setattr(delivery._sender._refitter, "refit", fail)
    transport.max_bytes = len(PICTURE) // 3
    record = await deliver(delivery)
    assert record.state is State.KEPT
    assert [route for route in transport.tried if route != "interaction"] == ["channel", "dm"]


async def test_a_dream_that_does_not_become_smaller_is_not_retried_forever(delivery, transport, monkeypatch):
    async def as_large(image, *_):
        return Rendition(image, "png", 120, 120)

    monkeypatch.setattr(delivery._sender._refitter, "refit", as_large)
    transport.max_bytes = len(PICTURE) // 3
    async with asyncio.timeout(20):
        record = await deliver(delivery)
    assert record.state is State.KEPT
    assert set(transport.tried) == {"interaction", "channel", "dm"}


async def test_a_dream_is_made_smaller_by_two_fifths_each_time(delivery, transport, monkeypatch):
    calls = []

    async def cut(image, max_bytes):
        calls.append((len(image), max_bytes))
        return Rendition(image[:max_bytes], "webp", 12, 34)

    monkeypatch.setattr(delivery._sender._refitter, "refit", cut)
    transport.max_bytes = 40_000
    record = await deliver(delivery, image=bytes(100_000))
    assert calls == [(100_000, 60_000), (60_000, 36_000)]
    assert (record.outcome.height, record.outcome.width, record.outcome.file_format) == (12, 34, "webp")


async def test_a_kept_dream_that_is_too_large_for_the_new_place_is_made_smaller(delivery, transport):
    transport.max_bytes = len(PICTURE) // 3
    assert await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply()) is Arrival.YES
    assert len(transport.arrived[0][1]) <= transport.max_bytes


@pytest.mark.parametrize(("size", "expected"), [(20_000, [(20_000, 12_000)]), (19_999, [])])
async def test_a_small_file_is_not_made_smaller(delivery, transport, monkeypatch, size, expected):
    calls = []

    async def cut(image, max_bytes):
        calls.append((len(image), max_bytes))
        return Rendition(image[:max_bytes], "webp", 12, 34)

    monkeypatch.setattr(delivery._sender._refitter, "refit", cut)
    transport.max_bytes = 10
    assert await delivery.hand_over(a_job(), an_outcome(), bytes(size), a_reply()) is Arrival.NO
    assert calls == expected
