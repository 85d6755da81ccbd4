"""Calls a function when somebody wants the process to stop."""

import asyncio
import signal
from collections.abc import Callable

_NAMES = ("SIGINT", "SIGTERM", "SIGBREAK")
"""Ctrl-C, a service manager's request, and on Windows Ctrl-Break or the end of the console."""


def listen_to_stop_signals(callback: Callable[[int], None]) -> None:
    """Have the running event loop call a function with the number of each signal that asks for the end.

    Args:
        callback: The function.
    """
    loop = asyncio.get_running_loop()
    for number in (getattr(signal, name) for name in _NAMES if hasattr(signal, name)):
        try:
            loop.add_signal_handler(number, callback, number)
        except NotImplementedError:  # on Windows
            signal.signal(number, lambda received, _: loop.call_soon_threadsafe(callback, received))
