"""The limits that a child process sets itself before it decodes a file.

Linux enforces all of them. macOS has no limit of the address space, and Windows has none of these limits:
there, the parent ends a child that takes too much memory or time, which it checks 20 times a second.
"""

import contextlib
import ctypes
import math
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator

if sys.platform != "win32":
    import fcntl
    import resource


def forbid_files() -> None:
    """Keep this process from writing files and core dumps."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@contextlib.contextmanager
def resource_limits(memory: int, cpu_seconds: float) -> Iterator[None]:
    """Have the kernel limit memory, and end this process after its processor time, within the context.

    Args:
        memory: How many bytes of address space the process may take beside those that it holds now.
        cpu_seconds: How much processor time it may take.
    """
    if sys.platform == "win32":
        yield
    else:
        used = resource.getrusage(resource.RUSAGE_SELF)
        limits = {resource.RLIMIT_CPU: math.ceil(used.ru_utime + used.ru_stime + cpu_seconds)}
        if sys.platform == "linux":
            page = resource.getpagesize()
            limits[resource.RLIMIT_AS] = _memory_sizes()[0] // page * page + memory
        for kind, limit in limits.items():
            resource.setrlimit(kind, (limit, resource.RLIM_INFINITY))
        try:
            yield
        finally:
            for kind in reversed(limits):
                resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def exit_with_parent(parent: int) -> None:
    """End this process when its parent ends, however that ends.

    On Linux, the kernel ends this process even within a decoder that never returns to Python. Elsewhere, a
    thread does, which needs Python's lock; the decoders release it while they work.

    Args:
        parent: On Linux, a pipe into which nothing is ever written, and whose other end the parent holds;
            elsewhere, the parent's process ID.
    """
    if sys.platform == "linux":
        _have_signal(parent)
    else:
        threading.Thread(target=exit_after, args=(parent,), daemon=True).start()


def exit_after(pid: int) -> None:
    """Wait until another process has ended, then end this one."""
    import psutil  # noqa: PLC0415 - not needed on Linux

    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait()
    os._exit(0)


def resident_bytes() -> int:
    """The resident memory of this process."""
    if sys.platform == "linux":
        return _memory_sizes()[1]
    else:  # noqa: RET505 - for the type checker
        import psutil  # noqa: PLC0415 - not needed on Linux

        return int(psutil.Process().memory_info().rss)


def release_memory() -> None:
    """Return memory that the last picture took to the system."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # only glibc has malloc_trim
            ctypes.CDLL(None).malloc_trim(0)


if sys.platform == "linux":

    def _have_signal(pipe: int) -> None:
        """Have the kernel signal this process when the other end of a pipe is closed.

        The signal has no other cause, because nothing is written to the pipe. Its default action ends the
        process.
        """
        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
        ended = select.poll()
        ended.register(pipe, 0)
        if ended.poll(0):
            sys.exit()

    def _memory_sizes() -> tuple[int, int]:
        """The bytes of address space and of resident memory that this process holds."""
        with open("/proc/self/statm") as file:  # noqa: PTH123 - read for every picture
            size, resident = file.read().split()[:2]
        return int(size) * resource.getpagesize(), int(resident) * resource.getpagesize()
