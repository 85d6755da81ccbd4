"""DeepDream engine: turns a picture and settings into a dream.

The package does not depend on Discord. It is usable as a library and as the ``dream`` command.
Importing it loads none of its modules: each public name loads its module at first use, and only the
computation of a dream loads TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dream_engine import errors, image_classes, presets
    from dream_engine.dreams import Dream, DreamRequest, OctaveRecord, Progress
    from dream_engine.errors import DreamError
    from dream_engine.executors.local import LocalExecutor
    from dream_engine.executors.ray import RayExecutor
    from dream_engine.frames import Chunk, ChunkRequest, Frame
    from dream_engine.motion.preparation import MotionRequest
    from dream_engine.motion.runner import MotionDream, MotionProgress, dream_motion
    from dream_engine.motion.settings import MotionSettings
    from dream_engine.motion.store import FrameStore
    from dream_engine.objectives import Objective, channel, layer
    from dream_engine.session import DreamSession, animate, dream
    from dream_engine.settings import DreamSettings

    __version__: str

__all__ = [
    "Chunk",
    "ChunkRequest",
    "Dream",
    "DreamError",
    "DreamRequest",
    "DreamSession",
    "DreamSettings",
    "Frame",
    "FrameStore",
    "LocalExecutor",
    "MotionDream",
    "MotionProgress",
    "MotionRequest",
    "MotionSettings",
    "Objective",
    "OctaveRecord",
    "Progress",
    "RayExecutor",
    "animate",
    "channel",
    "dream",
    "dream_motion",
    "errors",
    "image_classes",
    "layer",
    "presets",
]

_MODULES = {
    "Chunk": "frames",
    "ChunkRequest": "frames",
    "Dream": "dreams",
    "DreamError": "errors",
    "DreamRequest": "dreams",
    "DreamSession": "session",
    "DreamSettings": "settings",
    "Frame": "frames",
    "FrameStore": "motion.store",
    "LocalExecutor": "executors.local",
    "MotionDream": "motion.runner",
    "MotionProgress": "motion.runner",
    "MotionRequest": "motion.preparation",
    "MotionSettings": "motion.settings",
    "Objective": "objectives",
    "OctaveRecord": "dreams",
    "Progress": "dreams",
    "RayExecutor": "executors.ray",
    "animate": "session",
    "channel": "objectives",
    "dream": "session",
    "dream_motion": "motion.runner",
    "layer": "objectives",
}
"""The module that defines each public name."""


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - takes longer to load than all else here

        # An update of the package must not change the version of a process that runs.
        return globals().setdefault(name, version("dream-bot"))
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    if name in __all__:  # a module that is public as a whole
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "__version__", *__all__})
