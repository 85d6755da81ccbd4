"""Makes a process on Linux look like one on another system, as far as this project's own code can tell.

Libraries that are loaded before see the real system. Modules and functions that the other system lacks are
taken away, unless the standard library needs them to start processes here.
"""

import asyncio
import importlib
import os
import select
import signal
import sys

LIBRARIES = (
    *("aiohttp", "aiosqlite", "annotated_types", "av", "discord", "discord.ext.commands", "filelock"),
    *("fluent.runtime", "numpy", "PIL.Image", "PIL.AvifImagePlugin", "pillow_heif", "prometheus_client"),
    *("psutil", "pydantic", "pydantic_settings", "pythonjsonlogger.json", "rich.console", "rich.progress"),
    *("tenacity", "asyncio.subprocess", "concurrent.futures.thread", "ctypes", "logging.handlers"),
    *("multiprocessing.connection", "sqlite3", "ssl", "subprocess", "tempfile", "urllib.request", "uuid"),
)
_ABSENT_MODULES = {"win32": ("fcntl", "resource", "termios", "tty", "pwd", "grp", "syslog"), "darwin": ()}
_ABSENT_NAMES = {
    "win32": (
        (
            os,
            "readv pathconf register_at_fork sched_getaffinity getuid geteuid sysconf killpg O_ASYNC statvfs",
        ),
        (select, "poll epoll"),
        (signal, "SIGXCPU SIGIO SIGUSR1 SIGUSR2 SIGALRM pthread_sigmask"),
    ),
    "darwin": ((os, "sched_getaffinity pidfd_open"), (select, "epoll")),
}


def pretend(system: str) -> None:
    """Look like ``win32`` or ``darwin`` from now on."""
    for name in LIBRARIES:
        importlib.import_module(name)
    sys.platform = system
    for name in _ABSENT_MODULES[system]:
        sys.modules[name] = None  # an import then fails
    for module, names in _ABSENT_NAMES[system]:
        for name in names.split():
            if hasattr(module, name):
                delattr(module, name)
    if system == "win32":
        asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = _not_implemented


def _not_implemented(*_: object) -> None:
    raise NotImplementedError
