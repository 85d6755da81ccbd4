"""Says in one sentence why this project cannot be installed: ``python scripts/check_platform.py [VARIANT]``.

``make setup`` and ``make run`` run this file before they install anything, with the Python that they would
use. It needs only the standard library, and its syntax is that of Python 2.7, so that an old Python reports
its version instead of a syntax error.

TensorFlow decides what is supported: it is published only as wheels, and each wheel is for one version of
Python, one system and one kind of processor. ``locks/wheels.sha256`` lists those that are installed.
"""

import os
import platform
import struct
import sys
import sysconfig

PYTHONS = ((3, 11), (3, 12), (3, 13))
GLIBC = (2, 28)
MACOS = (14, 0)
MACHINES = {
    "linux": ("x86_64", "amd64", "aarch64", "arm64"),
    "darwin": ("arm64",),
    "win32": ("amd64", "x86_64"),
}

_DOCKER = "use the Docker image, or another machine"


class Facts(object):
    """Describes a Python and the machine that it runs on.

    Args:
        implementation: The interpreter, such as ``CPython``.
        version: The major and minor version of the language.
        system: The system, as ``sys.platform`` names it.
        machine: The kind of processor, as ``platform.machine`` names it.
        bits: The size of a pointer.
        build: The platform for which Python was built, as ``sysconfig.get_platform`` names it.
        free_threaded: Whether Python was built without the global interpreter lock.
        glibc: The version of the GNU C library; ``None`` if Linux has another C library.
        macos: The version of macOS; ``None`` if it is unknown.
        processor_flags: The instructions that Linux lists for an x86 processor; ``None`` if they are unknown.
    """

    def __init__(
        self,
        implementation="CPython",  # type: str
        version=(3, 12),  # type: tuple[int, int]
        system="linux",  # type: str
        machine="x86_64",  # type: str
        bits=64,  # type: int
        build="linux-x86_64",  # type: str
        free_threaded=False,  # type: bool
        glibc=(2, 36),  # type: tuple[int, int] | None
        macos=None,  # type: tuple[int, int] | None
        processor_flags=None,  # type: frozenset[str] | None
    ):
        # type: (...) -> None
        self.implementation = implementation
        self.version = version
        self.system = system
        self.machine = machine
        self.bits = bits
        self.build = build
        self.free_threaded = free_threaded
        self.glibc = glibc
        self.macos = macos
        self.processor_flags = processor_flags


def problem(facts, variant="cpu"):
    # type: (Facts, str) -> str | None
    """Return the sentence that says what prevents an installation, or ``None``.

    Args:
        facts: The Python and its machine.
        variant: ``cpu``, or ``gpu`` for an NVIDIA card.
    """
    return _about_python(facts) or _about_machine(facts) or _about_system(facts, variant)


def _about_python(facts):
    # type: (Facts) -> str | None
    wanted = "dream-bot needs Python 3.11, 3.12 or 3.13"
    number = "%d.%d" % facts.version
    if facts.version < PYTHONS[0]:
        return "%s, and this is Python %s; %s." % (wanted, number, _select(facts))
    if facts.version > PYTHONS[-1]:
        reason = "because TensorFlow has no package for Python " + number
    elif facts.implementation != "CPython":
        reason = "because TensorFlow has no package for " + facts.implementation
    elif facts.free_threaded:
        reason = "because TensorFlow has no package for a free-threaded Python"
    else:
        return None
    return "%s, %s; %s." % (wanted, reason, _select(facts))


def _about_machine(facts):
    # type: (Facts) -> str | None
    system = _family(facts.system)
    if system not in MACHINES:
        reason = "because TensorFlow has packages for Linux, macOS and Windows alone"
        return "dream-bot cannot run on %s, %s; %s." % (facts.system, reason, _DOCKER)
    if facts.bits != 64:
        return (
            "dream-bot needs a 64-bit Python, because TensorFlow has no package for %d bits; install a "
            "64-bit system (on a Raspberry Pi, the 64-bit Raspberry Pi OS) or a 64-bit Python." % facts.bits
        )
    if facts.machine.lower() in MACHINES[system]:
        return None
    if system == "darwin":
        return (
            "dream-bot cannot run on an Intel Mac, because TensorFlow has no package for it: use the Docker "
            "image there, and on a Mac with Apple silicon a Python for arm64 in place of this one for %s."
            % facts.machine
        )
    reason = "because TensorFlow has no package for a processor of the kind " + facts.machine
    return "dream-bot cannot run here, %s; %s." % (reason, _DOCKER)


def _about_system(facts, variant):
    # type: (Facts, str) -> str | None
    system = _family(facts.system)
    found = None
    if system == "win32" and facts.build != "win-amd64":
        reason = "because TensorFlow has no package for one that was built for " + facts.build
        found = "dream-bot needs the Python of python.org, %s." % reason
    elif system == "linux" and facts.glibc is None:
        found = (
            "dream-bot cannot run on Alpine or another Linux without glibc, because TensorFlow has no "
            "package for it; use the Docker image, or a Linux such as Debian, Ubuntu or Fedora."
        )
    elif system == "linux" and facts.glibc is not None and facts.glibc < GLIBC:
        found = "dream-bot needs glibc %d.%d or newer, and this Linux has %d.%d" % (GLIBC + facts.glibc)
        found += "; use the Docker image, or a newer system."
    elif system == "darwin" and facts.macos is not None and facts.macos < MACOS:
        found = "dream-bot needs macOS %d or newer, and this is macOS %d.%d" % ((MACOS[0],) + facts.macos)
        found += "; update it, or use the Docker image."
    elif facts.processor_flags is not None and "avx" not in facts.processor_flags:
        found = (
            "dream-bot needs a processor with AVX, which TensorFlow's packages use; in a virtual machine, "
            "give it the host's kind of processor."
        )
    elif variant == "gpu" and (system != "linux" or facts.machine.lower() not in ("x86_64", "amd64")):
        found = "VARIANT=gpu needs Linux on x86-64, because no other TensorFlow has CUDA; leave it out."
    return found


def _select(facts):
    # type: (Facts) -> str
    if facts.system == "win32":
        return "select another, for example with 'py -3.12'"
    return "select another, for example with 'make PYTHON=python3.12 ...'"


def _family(system):
    # type: (str) -> str
    return "linux" if system.startswith("linux") else system  # Python 2 says linux2


def _version(text):
    # type: (str) -> tuple[int, int] | None
    try:
        major, minor = (text.split(".") + ["0"])[:2]
        return int(major), int(minor)
    except ValueError:
        return None


def _glibc():
    # type: () -> tuple[int, int] | None
    try:
        name, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
    except (AttributeError, ValueError, OSError):  # another C library, or another system
        return None
    return _version(version) if name == "glibc" else None


def _macos():
    # type: () -> tuple[int, int] | None
    version = _version(platform.mac_ver()[0])
    # Every newer macOS calls itself 10.16 to programs that were built for an old one.
    return None if version == (10, 16) else version


def _processor_flags():
    # type: () -> frozenset[str] | None
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return None
    try:
        with open("/proc/cpuinfo") as file:
            lines = [line for line in file if line.startswith("flags")]
    except (IOError, OSError):
        return None
    return frozenset(lines[0].split()) if lines else None


def this_machine():
    # type: () -> Facts
    """Return the facts about the Python that runs this."""
    return Facts(
        implementation=platform.python_implementation(),
        version=(sys.version_info[0], sys.version_info[1]),
        system=sys.platform,
        machine=platform.machine(),
        bits=8 * struct.calcsize("P"),
        build=sysconfig.get_platform(),
        free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        glibc=_glibc(),
        macos=_macos(),
        processor_flags=_processor_flags(),
    )


def main(arguments):
    # type: (list[str]) -> int
    """Print the sentence, if there is one.

    Args:
        arguments: The variant to install; ``cpu`` if there is none.

    Returns:
        The exit status: 0 if the project can be installed, otherwise 1.
    """
    sentence = problem(this_machine(), (arguments + ["cpu"])[0])
    if sentence is not None:
        sys.stderr.write(sentence + "\n")
    return 0 if sentence is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
