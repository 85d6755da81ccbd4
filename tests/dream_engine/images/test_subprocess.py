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
    TooManyBytesError,
    TooManyPixelsError,
    TooSmallError,
)
from dream_engine.images import Limits, decode, refit
from dream_engine.images.decoder_child import DecoderProcessError
from dream_engine.images.subprocess import DecoderProcess, shared_decoder
from tests.dream_engine.images.files import gradient, saved

PNG = saved(gradient(), "PNG")
HARD_WORK = saved(Image.new("RGB", (5000, 5000)), "PNG", compress_level=1)


def run_lengths() -> bytes:
    """A small BMP that Pillow takes seconds to decode."""
    runs = b"\1\5" * 1_900_000
    sizes = struct.pack("<iiHHIIiiII", 8000, 8000, 1, 8, 1, len(runs), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHII", 1078 + len(runs), 0, 0, 1078, 40) + sizes + bytes(1024) + runs


RUN_LENGTHS = run_lengths()


@pytest.fixture
def decoder():
    decoder = DecoderProcess()
    yield decoder
    decoder.close()


def test_a_picture_is_decoded_as_in_process(decoder):
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


def test_arguments_reach_the_child(decoder):
    assert decoder.decode(PNG, size=64).rgb.shape == (48, 64, 3)
    with pytest.raises(TooSmallError, match="128 × 96"):
        decoder.decode(PNG, Limits(shortest_side=100))
    with pytest.raises(TooManyPixelsError, match="over the limit of 0 mega"):
        decoder.decode(PNG, max_decoded_pixels=1000)


def test_one_child_decodes_many_pictures_and_survives_refusals(decoder):
    decoder.decode(PNG)
    first = decoder.pid
    with pytest.raises(NotAPictureError, match="a text file"):
        decoder.decode(b"Dear bot, please dream.")
    decoder.decode(PNG)
    assert decoder.pid == first


def test_many_threads_can_share_one_child(decoder):
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


def in_the_midst(decoder: DecoderProcess, number: signal.Signals, times: int) -> threading.Thread:
    """Send a signal to the child as soon as it works, and to the children that replace it."""

    def send() -> None:
        ended = set()
        while len(ended) < times:
            pid = decoder.pid
            with contextlib.suppress(psutil.NoSuchProcess):
                if pid not in {None, *ended} and sum(psutil.Process(pid).cpu_times()[:2]) > worked:
                    os.kill(pid, number)
                    ended.add(pid)
            time.sleep(0.001)

    decoder.decode(PNG)
    worked = sum(psutil.Process(decoder.pid).cpu_times()[:2]) + 0.05
    thread = threading.Thread(target=send)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("number", "refusal"), [(signal.SIGSEGV, DamagedPictureError), (signal.SIGKILL, PictureBombError)]
)
def test_a_picture_that_ends_the_child_is_refused_and_the_next_is_read(decoder, number, refusal):
    thread = in_the_midst(decoder, number, times=2)
    with pytest.raises(refusal):
        decoder.decode(HARD_WORK)
    thread.join()
    assert decoder.decode(PNG).rgb.shape == (96, 128, 3)


def test_a_picture_is_retried_once_if_its_child_is_lost(decoder):
    thread = in_the_midst(decoder, signal.SIGKILL, times=1)
    assert np.array_equal(decoder.decode(HARD_WORK).rgb, decode(HARD_WORK).rgb)
    thread.join()


def test_a_child_lost_between_two_pictures_is_replaced(decoder):
    decoder.decode(PNG)
    os.kill(decoder.pid, signal.SIGKILL)
    assert decoder.decode(PNG).rgb.shape == (96, 128, 3)


def test_a_child_that_cannot_be_started_is_not_blamed_on_the_picture(decoder, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(DecoderProcessError, match="cannot be started"):
        decoder.decode(PNG)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(DecoderProcessError, match="exits immediately"):
        decoder.decode(PNG)


def test_a_closed_child_leaves_nothing_behind(decoder):
    decoder.decode(PNG)
    child = psutil.Process(decoder.pid)
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    decoder.close()
    assert not psutil.pid_exists(child.pid) or child.ppid() != os.getpid()
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before - 3
    assert decoder.pid is None
    decoder.close()
    gc.collect()  # would warn of unclosed resources


def test_a_child_that_holds_too_much_memory_is_replaced(decoder, monkeypatch):
    decoder.decode(PNG)
    monkeypatch.setattr("dream_engine.images.subprocess._MAX_IDLE_BYTES", 1)
    decoder.decode(PNG)
    assert decoder.pid is None
    decoder.start()
    with pytest.raises(NotAPictureError):
        decoder.decode(b"a text")
    assert decoder.pid is None


def test_an_interrupted_decoder_reads_no_more_pictures(decoder):
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
from dream_engine.images.fitting import Rendition
from dream_engine.images.subprocess import DecoderProcess
decoder = DecoderProcess()
decoder.decode(Path(sys.argv[1]).read_bytes())
print(decoder.pid, flush=True)
if sys.argv[2] == "busy":
    work = Path(sys.argv[1]).with_name("work.bmp").read_bytes()
    threading.Thread(target=lambda: decoder.decode(work), daemon=True).start()
time.sleep(60)
"""


@pytest.mark.parametrize("state", ["busy", "idle"])
def test_the_child_ends_with_its_parent_in_any_case(tmp_path, state):
    path = tmp_path / "picture.png"
    path.write_bytes(PNG)
    (tmp_path / "work.bmp").write_bytes(RUN_LENGTHS)
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
            assert time.monotonic() - began < 3  # long before the picture is done
            time.sleep(0.01)


def test_the_child_loads_no_tensorflow_and_sees_no_secret(decoder, monkeypatch):
    monkeypatch.setenv("DREAM_TOKEN", "secret")
    decoder.decode(PNG)
    child = psutil.Process(decoder.pid)
    assert "DREAM_TOKEN" not in child.environ()
    assert not [mapped for mapped in child.memory_maps() if "tensorflow" in mapped.path]
    assert child.memory_info().rss < 120e6


def test_the_child_inherits_only_the_environment_that_it_needs(decoder, monkeypatch):
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    decoder.decode(PNG)
    seen = psutil.Process(decoder.pid).environ()
    assert (seen["PATH"], seen["LANG"]) == (os.environ["PATH"], "ko_KR.UTF-8")
    assert (seen["OMP_NUM_THREADS"], seen["OPENBLAS_NUM_THREADS"], seen["MALLOC_ARENA_MAX"]) == (
        "1",
        "1",
        "2",
    )


def test_the_child_writes_no_files_and_is_bounded_only_while_it_decodes(decoder):
    decoder.decode(PNG)
    child = psutil.Process(decoder.pid)
    assert child.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert child.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    began = time.monotonic()
    while child.rlimit(psutil.RLIMIT_AS)[0] != psutil.RLIM_INFINITY:  # it answers before it lifts the limit
        assert time.monotonic() - began < 5
    assert child.rlimit(psutil.RLIMIT_CPU)[0] == psutil.RLIM_INFINITY


def test_the_child_outlives_the_interruption_of_its_parent(decoder):
    decoder.decode(PNG)
    before = decoder.pid
    os.kill(decoder.pid, signal.SIGINT)
    decoder.decode(PNG)
    assert decoder.pid == before


def test_a_decoder_can_start_its_child_before_the_first_picture():
    decoder = DecoderProcess()
    assert decoder.pid is None
    decoder.start()
    begun = decoder.pid
    assert begun is not None
    decoder.decode(PNG)
    assert decoder.pid == begun
    decoder.close()


def test_a_file_of_too_many_bytes_is_not_sent_to_the_child(decoder):
    limits = Limits(megabytes=(len(PNG) - 1) / 1e6)
    for ask in (lambda: decoder.decode(PNG, limits), lambda: decoder.refit(PNG, 100, limits)):
        with pytest.raises(TooManyBytesError):
            ask()
    assert decoder.pid is None
    decoder.decode(PNG, Limits(megabytes=len(PNG) / 1e6))


def test_the_shared_decoder_is_a_singleton():
    assert shared_decoder() is shared_decoder()
    assert Path(f"/proc/{os.getpid()}").exists()
