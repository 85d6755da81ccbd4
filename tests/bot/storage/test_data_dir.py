"""Tests of the lock of the data directory."""

import subprocess
import sys
import textwrap

import pytest

from bot.errors import ConfigurationError, InUseError
from bot.storage.data_dir import claimed

HOLD = textwrap.dedent("""
    import sys
    from pathlib import Path
    from bot.storage.data_dir import claimed
    with claimed(Path(sys.argv[1])):
        print("locked", flush=True)
        sys.stdin.read()
    """)
HOLD_WITH_FLOCK = textwrap.dedent("""
    import fcntl, sys
    with open(sys.argv[1] + "/lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        print("locked", flush=True)
        sys.stdin.read()
    """)
"""How earlier versions of the bot locked the directory."""

NEEDS_FLOCK = pytest.mark.skipif(sys.platform == "win32", reason="earlier versions did not run on Windows")


@pytest.fixture
def hold(tmp_path):
    """Locks the directory in another process, and returns that process."""
    started = []

    def start(program):
        command = [sys.executable, "-c", program, str(tmp_path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout.readline() == b"locked\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_directory_is_created_for_its_owner_alone(tmp_path):
    with claimed(tmp_path / "new" / "data"):
        assert (tmp_path / "new" / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(HOLD, id="this version"),
        pytest.param(HOLD_WITH_FLOCK, id="an earlier one", marks=NEEDS_FLOCK),
    ],
)
def test_a_second_bot_is_refused_in_a_sentence(tmp_path, hold, program):
    hold(program)
    with pytest.raises(InUseError) as refused, claimed(tmp_path):
        pass
    assert str(refused.value) == f"Another bot is running in DREAM_DATA_DIR ({tmp_path})."


@NEEDS_FLOCK
def test_an_earlier_version_is_refused_while_this_one_runs(tmp_path):
    with claimed(tmp_path):
        command = [sys.executable, "-c", HOLD_WITH_FLOCK, str(tmp_path)]
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert "BlockingIOError" in ended.stderr


def test_the_lock_is_free_once_its_process_is_killed(tmp_path, hold):
    process = hold(HOLD)
    process.kill()
    process.wait()
    with claimed(tmp_path):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows reports a directory as a file in use")
def test_a_directory_that_cannot_be_used_is_not_reported_as_taken(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "lock").mkdir()
    for folder in (tmp_path / "file", tmp_path):
        with (
            pytest.raises(ConfigurationError, match="must be a directory that can be written"),
            claimed(folder),
        ):
            pass
