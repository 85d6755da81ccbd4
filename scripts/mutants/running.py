"""Runs a module's tests on changed copies of the repository."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.context import ForkServerContext
from pathlib import Path
from queue import SimpleQueue

from scripts.mutants.changes import Change

_PRELOADED = ["discord", "numpy", "PIL.Image", "scripts.mutants.running", "tensorflow"]
"""Libraries that the fork server imports once, so that the test runs need not."""
_PYTEST = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "no:randomly")
_MIN_LIMIT_SECONDS, _LIMIT_FACTOR = 20.0, 4.0


class TestRuns:
    """Runs tests in copies of the repository, one run at a time in each.

    Args:
        copies: The folders of the copies. Their number limits the parallel runs.
    """

    __test__ = False

    def __init__(self, copies: Sequence[Path]) -> None:
        self._copies: SimpleQueue[Path] = SimpleQueue()
        for copy in copies:
            self._copies.put(copy)
        self._parallel_runs = len(copies)

    def baseline_seconds(self, tests: Sequence[str]) -> float:
        """How long the tests take on the unchanged module, in seconds.

        Raises:
            RuntimeError: The tests fail.
        """
        begun = time.monotonic()
        if not self._passes(None, tests, limit=600.0):
            raise RuntimeError(f"the tests fail without any change: {' '.join(tests)}")
        return time.monotonic() - begun

    def noticed(self, changes: Sequence[Change], tests: Sequence[str], baseline: float) -> Iterator[bool]:
        """Yield whether the tests notice each change. A run that exceeds its time limit counts as noticed.

        Args:
            changes: The changes. Each is made alone.
            tests: Files and folders of tests.
            baseline: How long the tests take without a change, in seconds.
        """
        limit = max(_MIN_LIMIT_SECONDS, _LIMIT_FACTOR * baseline)
        with ThreadPoolExecutor(self._parallel_runs) as threads:
            yield from threads.map(lambda change: not self._passes(change, tests, limit), changes)

    def _passes(self, change: Change | None, tests: Sequence[str], limit: float) -> bool:
        copy = self._copies.get()
        try:
            if change is None:
                return _run(copy, tests, limit)
            module = copy / change.module
            original = module.read_text("utf-8")
            try:
                module.write_text(change.source, "utf-8")
                return _run(copy, tests, limit)
            finally:
                module.write_text(original, "utf-8")
        finally:
            self._copies.put(copy)


def copy_repository(repository: Path, folder: Path) -> Path:
    """Copy the files that git tracks or would track, and compile them.

    Args:
        repository: The repository's root.
        folder: The copy, which must not exist.
    """
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=repository, capture_output=True, check=True).stdout.decode()
    for name in filter(None, names.split("\0")):
        if (repository / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(repository / name, folder / name)
    # Check compiled files by content, so that two changes within one second are told apart.
    compiling = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash"]
    subprocess.run([*compiling, "bot", "dream_engine", "tests", "sandbox"], cwd=folder, check=False)
    return folder


def _run(copy: Path, tests: Sequence[str], limit: float) -> bool:
    """Run tests in a copy. Returns whether they pass within a limit in seconds."""
    run = _server().Process(target=_tested, args=(str(copy), [*_PYTEST, *tests]))
    run.start()
    assert run.pid is not None
    run.join(limit)
    with suppress(ProcessLookupError):  # end the processes that the tests have started
        os.killpg(run.pid, signal.SIGKILL)
    run.join()
    return run.exitcode == 0


def _server() -> ForkServerContext:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(_PRELOADED)
    return server


def _tested(copy: str, arguments: list[str]) -> None:
    os.setsid()
    os.chdir(copy)
    os.environ["PYTHONPATH"] = copy  # for the processes that the tests start
    # A changed module must not be compiled: the next change within the same second would not be seen.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.path.insert(0, copy)
    printed = os.open(f"{copy}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    import pytest  # noqa: PLC0415 - the fork server has loaded it

    os._exit(pytest.main(arguments))  # exits even if a broken module has left threads behind
