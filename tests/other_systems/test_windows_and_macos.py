"""The project's own code on systems that lack what Linux has, as far as Linux can pretend to be one.

The real systems are tested by CI.
"""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image

from dream_engine.images.child_limits import exit_after
from tests.other_systems.pretending import FOR_THE_BOT

ROOT = Path(__file__).parents[2]
SYSTEMS = ["win32", "darwin"]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pretends to be another system")


@pytest.fixture(params=SYSTEMS)
def run(request, tmp_path):
    """Runs a program, and all processes that it starts, as if on another system."""
    customized = tmp_path / "customized"
    customized.mkdir()
    path = os.pathsep.join([str(customized), str(ROOT)])

    def run(program, *, libraries=(), **options):
        (customized / "sitecustomize.py").write_text(
            f"from tests.other_systems.pretending import pretend\npretend({request.param!r}, {libraries!r})\n"
        )
        command = [sys.executable, "-c", textwrap.dedent(program)]
        environment = {**os.environ, "PYTHONPATH": path}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, env=environment, cwd=tmp_path, **pipes, **options)

    return run


def output_of(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.split()


def test_every_module_can_be_imported(run):
    process = run(
        """
        import importlib, pkgutil, bot, dream_engine
        skipped = ("dream_engine.compute", "dream_engine.backbones", "dream_engine.executors.ray")
        names = [
            module.name
            for package in (bot, dream_engine)
            for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".", onerror=print)
            if not module.name.startswith(skipped)
        ]
        for name in names:
            importlib.import_module(name)
        print(len(names))
        """,
        libraries=FOR_THE_BOT,
    )
    assert int(output_of(process)[-1]) > 150


def test_pictures_are_decoded_and_refused_in_a_child_process(run, tmp_path):
    Image.linear_gradient("L").convert("RGB").save(tmp_path / "good.png")
    Image.new("RGB", (6000, 6000)).save(tmp_path / "large.png", compress_level=1)
    process = run("""
        import sys
        from pathlib import Path
        from dream_engine.errors import PictureError
        from dream_engine.images.subprocess import DecoderProcess
        decoder = DecoderProcess()
        print(decoder.decode(Path("good.png").read_bytes()).rgb.shape[:2])
        first = decoder.pid
        for content in (b"text", Path("good.png").read_bytes()[:300]):
            try:
                decoder.decode(content)
            except PictureError as error:
                print(type(error).__name__)
        print(decoder.decode(Path("good.png").read_bytes(), size=64).rgb.shape[:2], decoder.pid == first)
        decoder.close()
        impatient = DecoderProcess(seconds=0)
        try:
            impatient.decode(Path("large.png").read_bytes())
        except PictureError as error:
            print(type(error).__name__, impatient.pid)
        """)
    printed = " ".join(output_of(process))
    assert printed.startswith("(256, 256) NotAPictureError ")
    assert printed.endswith("(64, 64) True PictureBombError None")


def test_a_clip_is_read_frame_by_frame(run, tmp_path):
    frames = [Image.new("RGB", (64, 48), (shade, 0, 0)) for shade in (0, 80, 160)]
    frames[0].save(tmp_path / "clip.gif", save_all=True, append_images=frames[1:], duration=100)
    process = run("""
        from pathlib import Path
        from dream_engine.motion.clips import read_clip
        with read_clip(Path("clip.gif").read_bytes(), fps=10, seconds=5) as clip:
            print([frame.milliseconds for frame in clip])
        """)
    assert " ".join(output_of(process)) == "[100, 100, 100]"


def test_the_child_ends_with_a_parent_that_is_killed(run):
    process = run("""
        import io, sys
        from PIL import Image
        from dream_engine.images.subprocess import DecoderProcess
        decoder, file = DecoderProcess(), io.BytesIO()
        Image.new("RGB", (64, 64)).save(file, "PNG")
        decoder.decode(file.getvalue())
        print(decoder.pid, flush=True)
        sys.stdin.read()
        """)
    child = psutil.Process(int(process.stdout.readline()))
    assert child.is_running()
    process.kill()
    process.communicate()
    psutil.wait_procs([child], timeout=20)
    assert not child.is_running()


def test_a_process_ends_with_another_that_is_not_its_parent():
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    program = f"from {exit_after.__module__} import exit_after; exit_after({other.pid})"
    waiting = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    time.sleep(0.5)
    assert waiting.poll() is None
    other.communicate(b"\n")
    assert waiting.wait(20) == 0
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_a_worker_starts_answers_and_ends(run):
    process = run("""
        import asyncio
        from dream_engine.executors.process.client import ProcessClient
        from tests.other_systems import worker

        async def main():
            client = ProcessClient(worker.__name__, "plan")
            await client.start(60)
            print(client.alive)
            await client.close(10)
            print(client.alive)

        asyncio.run(main())
        """)
    assert output_of(process) == ["True", "False"]


def test_a_second_bot_is_refused(run, tmp_path):
    program = """
        import sys
        from pathlib import Path
        from bot.errors import InUseError
        from bot.storage.data_dir import claimed
        try:
            with claimed(Path("data")):
                print("locked", flush=True)
                sys.stdin.read()
        except InUseError as error:
            print(error)
        """
    first = run(program, libraries=("filelock", "aiosqlite"))
    assert first.stdout.readline() == "locked\n"
    assert (
        " ".join(output_of(run(program, libraries=("filelock", "aiosqlite"))))
        == "Another bot is running in DREAM_DATA_DIR (data)."
    )
    first.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_bot_in_order(run, number):
    process = run("""
        import asyncio
        from bot.stop_signals import listen_to_stop_signals

        async def main():
            stop = asyncio.Event()
            listen_to_stop_signals(lambda number: (print(number), stop.set()))
            print("ready", flush=True)
            await stop.wait()

        asyncio.run(main())
        """)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert output_of(process) == [str(int(number))]


def test_a_file_is_read_and_written(run, tmp_path):
    (tmp_path / "content").write_bytes(b"a\r\nb\x1ac")
    process = run("""
        from pathlib import Path
        from dream_engine import file_content
        from dream_engine.cli.file_names import FolderNames
        content = file_content.read(Path("content"))
        file_content.write(Path("copy"), content)
        file_content.write(Path("copy"), content)
        print(content == Path("copy").read_bytes() == b"a\\r\\nb\\x1ac")
        print(len(next(FolderNames(Path()).paths("x" * 300)).name) <= 255)
        """)
    assert output_of(process) == ["True", "True"]


@pytest.mark.parametrize("run", ["win32"], indirect=True)
def test_a_cluster_is_refused_on_windows_in_a_sentence(run):
    process = run("""
        import asyncio
        from dream_engine.executors.base import ExecutorError
        from dream_engine.executors.ray.executor import RayExecutor
        try:
            asyncio.run(RayExecutor("ray://cluster:10001").start())
        except ExecutorError as error:
            print(error)
        """)
    assert " ".join(output_of(process)).startswith("This project cannot join a cluster from Windows.")


@pytest.mark.parametrize("run", ["win32"], indirect=True)
def test_a_worker_process_dreams(run, tmp_path):
    Image.linear_gradient("L").convert("RGB").resize((96, 64)).save(tmp_path / "source.png")
    process = run("""
        import sys
        from dream_engine.__main__ import run
        options = "--executor local --size 96 --octaves 1"
        sys.argv[1:] = ["source.png", "-o", "dream.png", *options.split()]
        sys.exit(run())
        """)
    output_of(process)
    with Image.open(tmp_path / "dream.png") as dream:
        assert dream.size == (96, 64)
