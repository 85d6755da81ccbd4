"""Process-wide state that a test may change, and how changes are found and undone.

A test that leaves such a change makes another test fail later, on whichever worker runs both.
"""

import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

_PROJECT_LOGGERS = ("bot", "dream_engine", "discord", "aiosqlite", "asyncio", "ray", "simcord")
_LIBRARY_VARIABLES = (
    *("PYTEST_", "TF_", "TF2_", "KERAS_", "ONEDNN_", "TPU_", "KMP_", "RAY_", "GRPC_", "HDF5_", "CUDA_"),
    "ENABLE_RUNTIME_UPTIME_TELEMETRY",
)
"""TensorFlow, Ray and pytest set these for the whole process when they are loaded."""
_MODULE_ATTRIBUTES = (
    ("discord.http", "Route", "BASE"),
    ("discord.gateway", "DiscordWebSocket", "DEFAULT_GATEWAY"),
    ("PIL.Image", None, "MAX_IMAGE_PIXELS"),
    ("PIL.ImageFile", None, "LOAD_TRUNCATED_IMAGES"),
    ("sys", None, "excepthook"),
    ("threading", None, "excepthook"),
    ("logging", None, "raiseExceptions"),
)

_SIGNALS = {
    f"the handler of {number.name}": number
    for number in signal.valid_signals()
    if isinstance(number, signal.Signals)
}

State = dict[str, Any]


def read_state() -> State:
    """Read the state of the process. The keys name its parts."""
    state: State = {"the working directory": _working_directory(), "the search path": list(sys.path)}
    state |= {f"the variable {name}": value for name, value in _variables().items()}
    state |= {name: signal.getsignal(number) for name, number in _SIGNALS.items()}
    state["the default time-out of sockets"] = socket.getdefaulttimeout()
    state["the level below which logging is disabled"] = logging.root.manager.disable
    for name, logger in _loggers():
        state[f"the level of the logger {name}"] = logger.level
        state[f"the handlers of the logger {name}"] = list(logger.handlers)
        state[f"whether the logger {name} propagates"] = logger.propagate
    for path, owner, attribute in _MODULE_ATTRIBUTES:
        if path in sys.modules:
            state[f"{path}:{owner or ''}:{attribute}"] = getattr(_owner(path, owner), attribute)
    return state


def changes(before: State, after: State) -> list[str]:
    """Name the parts of the state that differ. A part with its default value counts as missing."""
    if before == after:
        return []
    return [
        f"{name}: {before.get(name)!r} became {after.get(name)!r}"
        for name in sorted(before.keys() | after.keys())
        if _differs(name, before, after)
    ]


def restore(before: State) -> None:
    """Restore a state of the process."""
    os.chdir(before["the working directory"])
    sys.path[:] = before["the search path"]
    for name in _variables():
        if f"the variable {name}" not in before:
            del os.environ[name]
    for name, value in before.items():
        if name.startswith("the variable "):
            os.environ[name.removeprefix("the variable ")] = value
        elif name in _SIGNALS and value is not None and signal.getsignal(_SIGNALS[name]) is not value:
            signal.signal(_SIGNALS[name], value)
    socket.setdefaulttimeout(before["the default time-out of sockets"])
    logging.disable(before["the level below which logging is disabled"])
    for name, logger in _loggers():
        logger.setLevel(before.get(f"the level of the logger {name}", logging.NOTSET))
        logger.handlers[:] = before.get(f"the handlers of the logger {name}", [])
        logger.propagate = before.get(f"whether the logger {name} propagates", True)
    for path, owner, attribute in _MODULE_ATTRIBUTES:
        key = f"{path}:{owner or ''}:{attribute}"
        if key in before:
            setattr(_owner(path, owner), attribute, before[key])


@contextlib.contextmanager
def kept_state() -> Iterator[None]:
    """Restore the state of the process at the end of the block."""
    before = read_state()
    try:
        yield
    finally:
        restore(before)


def _differs(name: str, before: State, after: State) -> bool:
    if ":" in name and not (name in before and name in after):
        return False  # the module was loaded meanwhile
    return bool(before.get(name, _default(name)) != after.get(name, _default(name)))


def _default(name: str) -> Any:
    """The default value of a part that did not exist before."""
    if name.startswith("the level of"):
        return logging.NOTSET
    if name.startswith("the handlers of"):
        return []
    return True if name.startswith("whether the logger") else None


def _working_directory() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - it may be deleted
    except FileNotFoundError:
        return os.path.abspath(os.sep)  # noqa: PTH100


def _variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_LIBRARY_VARIABLES)}


def _loggers() -> Iterator[tuple[str, logging.Logger]]:
    yield "root", logging.getLogger()
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name.partition(".")[0] in _PROJECT_LOGGERS:
            yield name, logger


def _owner(path: str, owner: str | None) -> Any:
    module = sys.modules[path]
    return module if owner is None else getattr(module, owner)
