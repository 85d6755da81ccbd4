"""Replies of a child process, given by a stand-in."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from dream_engine.errors import DamagedPictureError
from dream_engine.images import Limits
from dream_engine.images.decoder_child import DecoderProcessError
from dream_engine.images.fitting import Rendition
from dream_engine.images.subprocess import DecoderProcess
from dream_engine.memory import DECODING_BYTES
from tests.dream_engine.images.decoder_messages import ACCEPTED, head
from tests.dream_engine.images.files import gradient, saved

PNG = saved(gradient(), "PNG")


@pytest.fixture
def decoder():
    decoder = DecoderProcess()
    yield decoder
    decoder.close()


STAND_IN = """#!{python}
import json, sys
incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
task = json.loads(incoming.read(int.from_bytes(incoming.read(4), "big")))
incoming.read(task["bytes"])
open({told!r}, "w").write(json.dumps(task))
outgoing.write({answer!r})
outgoing.flush()
if {stays}:
    incoming.read()
"""


@pytest.fixture
def stand_in(decoder, monkeypatch, tmp_path):
    """Replaces the child's program with one that sends a fixed reply; returns the received task's path."""

    def put(answer: bytes, *, stays: bool = True) -> Path:
        program, told = tmp_path / "child", tmp_path / "task.json"
        script = STAND_IN.format(python=sys.executable, told=str(told), answer=answer, stays=stays)
        program.write_text(script)
        program.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(program))
        return told

    return put


def picture_of(height: int, width: int, **more: object) -> bytes:
    return ACCEPTED + head({"shape": [height, width], "alpha": False, "is_cut_short": False} | more)


def test_the_child_receives_its_memory_limit(decoder, stand_in):
    told = stand_in(picture_of(1, 2) + b"abcdef")
    picture = decoder.decode(PNG, Limits(megapixels=3), size=50, max_decoded_pixels=2_000_000)
    assert picture.rgb.tolist() == [[[97, 98, 99], [100, 101, 102]]]
    task = json.loads(told.read_text())
    assert task == {
        "task": "decode", "limits": asdict(Limits(megapixels=3)), "size": 50, "max_decoded_pixels": 2_000_000,
        "bytes": len(PNG), "cpu_seconds": 30.0,
        "memory": 2_000_000 * DECODING_BYTES + 4 * len(PNG) + 256_000_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("max_decoded_pixels", "pixels"), [(None, 3_000_000), (4_000_000, 3_000_000), (1_000_000, 1_000_000)]
)
def test_the_childs_memory_follows_from_the_smaller_limit(decoder, stand_in, max_decoded_pixels, pixels):
    told = stand_in(ACCEPTED + head({"bytes": 3, "file_format": "webp", "height": 4, "width": 5}) + b"abc")
    rendition = decoder.refit(
        PNG, 1000, Limits(megapixels=3), keep_description=False, max_decoded_pixels=max_decoded_pixels
    )
    assert rendition == Rendition(b"abc", "webp", 4, 5)
    task = json.loads(told.read_text())
    assert task["memory"] == pixels * DECODING_BYTES + 4 * len(PNG) + 256_000_000
    assert (task["task"], task["max_bytes"], task["keep_description"]) == ("refit", 1000, False)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (-1, 5), (1000, 1001)])
def test_an_impossible_shape_in_a_reply_is_an_error(decoder, stand_in, shape):
    stand_in(picture_of(*shape))
    with pytest.raises(DecoderProcessError, match="impossible shape"):
        decoder.decode(PNG, Limits(megapixels=1))


@pytest.mark.parametrize("error", ["bug", "OSError", "Path", "NoDreamInside"])
def test_an_error_that_is_not_about_the_picture_is_reported_as_a_failure(decoder, stand_in, error):
    stand_in(ACCEPTED + head({"error": error, "details": "KeyError: 1"}))
    with pytest.raises(DecoderProcessError, match=f"failed: {error}: KeyError: 1"):
        decoder.decode(PNG)


@pytest.mark.parametrize("answer", [head(b"no JSON"), (2**20 + 1).to_bytes(4) + bytes(2**20 + 1)])
def test_a_child_with_an_invalid_first_reply_is_ended(decoder, stand_in, answer):
    stand_in(answer + b"\0" * 4)
    with pytest.raises(DecoderProcessError, match="exits immediately"):
        decoder.decode(PNG)
    assert decoder.pid is None


def test_a_child_that_ends_before_the_last_pixel_is_dropped(decoder, stand_in):
    stand_in(picture_of(2, 2) + b"abc", stays=False)
    with pytest.raises(DamagedPictureError):
        decoder.decode(PNG)
    assert decoder.pid is None


def test_a_header_may_have_a_mebibyte(decoder, stand_in):
    stand_in(
        head(json.dumps({"accepted": True}).encode().ljust(2**20))
        + picture_of(1, 1)[len(ACCEPTED) :]
        + b"abc"
    )
    assert decoder.decode(PNG).rgb.shape == (1, 1, 3)
