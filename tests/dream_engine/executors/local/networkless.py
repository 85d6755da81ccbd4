"""Real worker processes with a dreamer that needs no network, and thus start in a fraction of the time."""

import contextlib
from collections.abc import Iterator

import pytest

from dream_engine.executors.local import executor as executor_module
from dream_engine.executors.local.worker import LocalWorker
from dream_engine.executors.process.client import ProcessClient


class NetworklessWorker(LocalWorker):
    """A worker whose process is ``chunk_worker``."""

    def __init__(self, device, plan):
        ProcessClient.__init__(self, "tests.dream_engine.executors.local.chunk_worker", plan)


@contextlib.contextmanager
def networkless_workers() -> Iterator[None]:
    """Let local executors start such workers in the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(executor_module, "LocalWorker", NetworklessWorker)
        yield
