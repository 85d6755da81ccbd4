"""The ``dream`` command in a process that loads no TensorFlow: each dream is its source."""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from dream_engine.__main__ import run
from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.settings import DreamSettings


class Dreamer:
    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def dream(self, request: DreamRequest) -> Iterator[Progress | Dream]:
        for step in range(10, 101, 10):
            yield Progress(0, 1, step, 100, 80, 120, 1.0, step / 100, None)
        yield Dream(request.source, "png", 80, 120, DreamSettings(seed=1), "mild", (), 2.0, "float32")


module: Any = ModuleType("dream_engine.compute.dreamer")
module.Dreamer = Dreamer
sys.modules[module.__name__] = module
sys.exit(run())
