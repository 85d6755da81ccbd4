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
import sysconfig

ALWAYS = (
    *(
        "pydantic.main",
        "numpy",
        "PIL.Image",
        "PIL.AvifImagePlugin",
        "pillow_heif",
        "psutil",
        "asyncio.subprocess",
        "ctypes",
    ),
    *(
        "concurrent.futures.thread",
        "logging.handlers",
        "multiprocessing.connection",
        "subprocess",
        "tempfile",
    ),
)
FOR_THE_BOT = (
    *("aiohttp", "aiosqlite", "discord", "discord.ext.commands", "filelock", "fluent.runtime"),
    *("prometheus_client", "pydantic", "pydantic_settings", "pythonjsonlogger.json", "tenacity"),
    *("av", "rich.console", "rich.progress", "sqlite3", "ssl", "urllib.request", "uuid"),
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


def pretend(system: str, libraries: tuple[str, ...]) -> None:
    """Look like ``win32`` or ``darwin`` from now on, except to some libraries."""
    for name in ALWAYS + libraries:
        importlib.import_module(name)
    sysconfig.get_config_vars()
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
