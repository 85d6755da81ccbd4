import contextlib
import gc
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from dream_engine.errors import (
    DamagedPictureError,
    NotAPictureError,
    PictureBombError,
    TooManyPixelsError,
    TooSmallError,
)
from dream_engine.images import Limits, decode, refit
from dream_engine.images.subprocess import DecoderProcess, DecoderProcessError, shared_decoder
from tests.dream_engine.images.files import gradient, saved

PNG = saved(gradient(), "PNG")
HARD_WORK = saved(Image.new("RGB", (5000, 5000)), "PNG", compress_level=1)


def run_lengths() -> bytes:
    """A small BMP that Pillow reads for seconds."""
    runs = b"\1\5" * 1_900_000
    sizes = struct.pack("<iiHHIIiiII", 8000, 8000, 1, 8, 1, len(runs), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHII", 1078 + len(runs), 0, 0, 1078, 40) + sizes + bytes(1024) + runs


RUN_LENGTHS = run_lengths()


@pytest.fixture
def decoder():
    decoder = DecoderProcess()
    yield decoder
    decoder.close()


def test_a_picture_comes_back_as_it_is(decoder):
    see_through = gradient()
    see_through.putalpha(Image.linear_gradient("L").resize(see_through.size))
    for content in (
        PNG,
        saved(see_through, "PNG"),
        saved(gradient(), "JPEG")[:-2],
        saved(gradient(), "JPEG")[:-300],
    ):
        here, there = decode(content), decoder.decode(content)
        assert np.array_equal(there.rgb, here.rgb)
        assert (there.alpha is None) == (here.alpha is None)
        assert here.alpha is None or np.array_equal(there.alpha, here.alpha)
        assert there.is_cut_short == here.is_cut_short
        assert there.rgb.flags.writeable


def test_what_was_asked_for_reaches_the_child(decoder):
    assert decoder.decode(PNG, size=64).rgb.shape == (48, 64, 3)
    with pytest.raises(TooSmallError, match="128 × 96"):
        decoder.decode(PNG, Limits(shortest_side=100))
    with pytest.raises(TooManyPixelsError, match="more than 0 mega"):
        decoder.decode(PNG, most_decoded=1000)


def test_one_child_serves_one_picture_after_the_other_and_refusals_too(decoder):
    decoder.decode(PNG)
    first = decoder.pid
    with pytest.raises(NotAPictureError, match="a text"):
        decoder.decode(b"Dear bot, please dream.")
    decoder.decode(PNG)
    assert decoder.pid == first


def test_many_threads_may_ask_one_child(decoder):
    shapes = []
    threads = [
        threading.Thread(
            target=lambda side=side: shapes.append((side, decoder.decode(PNG, size=side).rgb.shape[1]))
        )
        for side in (50, 60, 70, 80)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shapes) == 4
    assert all(asked == got for asked, got in shapes)


@pytest.mark.parametrize("bounds", [{"seconds": 0.0}, {"cpu_seconds": 0.0}], ids=["time", "processor"])
def test_a_picture_that_takes_too_long_is_refused_and_its_child_ended(bounds):
    decoder = DecoderProcess(**bounds)
    decoder.start()
    child = psutil.Process(decoder.pid)
    with pytest.raises(PictureBombError):
        decoder.decode(RUN_LENGTHS)
    assert not child.is_running()
    assert decoder.pid is None
    decoder.close()


def test_a_picture_that_takes_too_much_memory_is_refused(decoder, monkeypatch):
    monkeypatch.setattr("dream_engine.images.subprocess._SPARE_BYTES", 0)
    monkeypatch.setattr("dream_engine.images.subprocess.DECODING_BYTES", 1)
    large = saved(Image.new("RGB", (2000, 2000)), "PNG")
    with pytest.raises(PictureBombError):
        decoder.decode(large, Limits(megapixels=4))
    monkeypatch.undo()
    assert decoder.decode(large).rgb.shape == (2000, 2000, 3)


def in_the_midst(decoder: DecoderProcess, number: signal.Signals) -> threading.Thread:
    """Send the child a signal as soon as it works."""

    def send() -> None:
        child = psutil.Process(decoder.pid)
        before = sum(child.cpu_times()[:2])
        while sum(child.cpu_times()[:2]) - before < 0.02:
            time.sleep(0.001)
        child.send_signal(number)

    decoder.decode(PNG)
    thread = threading.Thread(target=send)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("number", "refusal"), [(signal.SIGSEGV, DamagedPictureError), (signal.SIGKILL, PictureBombError)]
)
def test_a_picture_that_ends_the_child_is_refused_and_the_next_is_read(decoder, number, refusal):
    thread = in_the_midst(decoder, number)
    with pytest.raises(refusal):
        decoder.decode(HARD_WORK)
    thread.join()
    assert decoder.decode(PNG).rgb.shape == (96, 128, 3)


def test_a_child_that_was_lost_between_two_pictures_is_nobodys_fault(decoder):
    decoder.decode(PNG)
    os.kill(decoder.pid, signal.SIGKILL)
    assert decoder.decode(PNG).rgb.shape == (96, 128, 3)


def test_a_child_that_cannot_be_started_is_no_fault_of_the_picture(decoder, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(DecoderProcessError, match="cannot be started"):
        decoder.decode(PNG)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(DecoderProcessError, match="ends at once"):
        decoder.decode(PNG)


def test_a_closed_child_leaves_nothing_behind(decoder):
    decoder.decode(PNG)
    child = psutil.Process(decoder.pid)
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    decoder.close()
    assert not psutil.pid_exists(child.pid) or child.ppid() != os.getpid()
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before - 2
    assert decoder.pid is None
    decoder.close()
    gc.collect()  # which would warn of what is left


def test_a_child_that_holds_much_is_replaced(decoder, monkeypatch):
    decoder.decode(PNG)
    monkeypatch.setattr("dream_engine.images.subprocess._KEPT_BYTES", 1)
    decoder.decode(PNG)
    assert decoder.pid is None
    decoder.start()
    with pytest.raises(NotAPictureError):
        decoder.decode(b"a text")
    assert decoder.pid is None


def test_an_interrupted_decoder_reads_nothing_any_more(decoder):
    decoder.decode(PNG)
    interrupting = threading.Timer(0.05, decoder.interrupt)
    interrupting.start()
    with pytest.raises(DecoderProcessError, match="interrupted"):
        decoder.decode(RUN_LENGTHS)
    interrupting.join()
    with pytest.raises(DecoderProcessError, match="interrupted"):
        decoder.decode(PNG)


def test_a_file_is_made_smaller_in_the_child(decoder):
    noise = saved(Image.effect_noise((300, 300), 90), "PNG")
    there, here = decoder.refit(noise, 20_000), refit(noise, 20_000)
    assert there == here
    assert len(there.image) <= 20_000
    with pytest.raises(NotAPictureError):
        decoder.refit(b"a text", 20_000)


PARENT = """
import sys, threading, time
from pathlib import Path
from dream_engine.images.subprocess import DecoderProcess
decoder = DecoderProcess()
decoder.decode(Path(sys.argv[1]).read_bytes())
print(decoder.pid, flush=True)
if sys.argv[2] == "busy":
    threading.Thread(target=lambda: decoder.decode(Path(sys.argv[1]).read_bytes()), daemon=True).start()
time.sleep(60)
"""


@pytest.mark.parametrize("state", ["busy", "idle"])
def test_the_child_ends_with_its_parent_however_that_ends(tmp_path, state):
    path = tmp_path / "picture.png"
    path.write_bytes(HARD_WORK if state == "busy" else PNG)
    parent = subprocess.Popen([sys.executable, "-c", PARENT, path, state], stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(parent.stdout.readline()))
    if state == "busy":
        used = sum(child.cpu_times()[:2])
        while sum(child.cpu_times()[:2]) - used < 0.05:
            time.sleep(0.005)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    began = time.monotonic()
    with contextlib.suppress(psutil.NoSuchProcess):
        while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() - began < 5
            time.sleep(0.01)


def test_the_child_loads_no_tensorflow_and_sees_no_secret(decoder, monkeypatch):
    monkeypatch.setenv("DREAM_TOKEN", "secret")
    decoder.decode(PNG)
    child = psutil.Process(decoder.pid)
    assert "DREAM_TOKEN" not in child.environ()
    assert not [mapped for mapped in child.memory_maps() if "tensorflow" in mapped.path]
    assert child.memory_info().rss < 120e6


def test_this_process_has_one_child_for_all():
    assert shared_decoder() is shared_decoder()
    assert Path(f"/proc/{os.getpid()}").exists()
