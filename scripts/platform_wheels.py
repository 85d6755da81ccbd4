"""Checks that every pinned package has a wheel for each platform: ``python -m scripts.platform_wheels``.

It needs a network. ``uv`` resolves each lock for each platform and version of Python, without downloading
packages. With ``--write``, which is a part of ``make lock``, it also lists in ``locks/wheels.sha256`` the
files that are installed on any of them, and their hashes. The tests compare that list with the locks.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from scripts.check_platform import GLIBC, MACOS, PYTHONS

ROOT = Path(__file__).parents[1]
LOCKS = tuple(sorted((ROOT / "locks").glob("*.txt")))
LIST = ROOT / "locks" / "wheels.sha256"
SOURCES = frozenset({"yattag"})
"""The packages that exist only as source, and that setuptools alone can build."""


_SDIST_TAG = -1


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform that the project is installed on.

    Attributes:
        name: Its name in messages.
        uv: Its name for ``uv``.
        tags: The platform tags of its wheels, the best first.
        markers: What markers of requirements read, except the version of Python.
    """

    name: str
    uv: str
    tags: tuple[str, ...]
    markers: tuple[tuple[str, str], ...]


def _markers(os_name: str, sys_platform: str, system: str, machine: str) -> tuple[tuple[str, str], ...]:
    return (
        ("os_name", os_name),
        ("sys_platform", sys_platform),
        ("platform_system", system),
        ("platform_machine", machine),
        ("platform_release", ""),
        ("platform_version", ""),
        ("platform_python_implementation", "CPython"),
        ("implementation_name", "cpython"),
        ("extra", ""),
    )


def _linux(machine: str) -> Platform:
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC[1], 16, -1)]
    tags.append(f"manylinux2014_{machine}")
    if machine == "x86_64":
        tags += [f"manylinux_2_{minor}_{machine}" for minor in range(16, 4, -1)]
        tags += [f"manylinux2010_{machine}", f"manylinux1_{machine}"]
    return Platform(
        f"Linux {machine}",
        f"{machine}-manylinux_{GLIBC[0]}_{GLIBC[1]}",
        tuple(tags),
        _markers("posix", "linux", "Linux", machine),
    )


PLATFORMS = (
    _linux("x86_64"),
    _linux("aarch64"),
    Platform(
        "macOS arm64",
        "aarch64-apple-darwin",
        tuple(mac_platforms(MACOS, "arm64")),
        _markers("posix", "darwin", "Darwin", "arm64"),
    ),
    Platform(
        "Windows x86-64",
        "x86_64-pc-windows-msvc",
        ("win_amd64",),
        _markers("nt", "win32", "Windows", "AMD64"),
    ),
)


@dataclass(frozen=True, slots=True)
class Environment:
    """A version of Python on a platform.

    Attributes:
        platform: The platform.
        python: The version of Python.
    """

    platform: Platform
    python: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.platform.name}, Python {self.python[0]}.{self.python[1]}"

    def needs(self, pin: Requirement) -> bool:
        """Whether a pin applies in this environment."""
        version = ".".join(map(str, self.python))
        python = {
            "python_version": version,
            "python_full_version": f"{version}.0",
            "implementation_version": f"{version}.0",
        }
        return pin.marker is None or pin.marker.evaluate({**dict(self.platform.markers), **python})

    @cache  # noqa: B019 - there are few environments, and they live as long as the program
    def tags(self) -> dict[Tag, int]:
        """The tags of the wheels that can be installed, with their ranks; the best has the lowest."""
        interpreter = f"cp{self.python[0]}{self.python[1]}"
        own = cpython_tags(self.python, [interpreter], self.platform.tags)
        shared = compatible_tags(self.python, interpreter, self.platform.tags)
        ranks: dict[Tag, int] = {}
        for tag in (*own, *shared):
            ranks.setdefault(tag, len(ranks))
        return ranks

    def file_of(self, pin: Requirement, names: Sequence[str]) -> str | None:
        """Return the file that pip installs for a pin, or ``None`` if there is none.

        Args:
            pin: The pin.
            names: The names of the package's files.
        """
        ranks = self.tags()
        ranked = {name: rank for name in names if (rank := _rank(name, pin, ranks)) is not None}
        return min(ranked, key=lambda name: ranked[name], default=None)


ENVIRONMENTS = tuple(Environment(platform, python) for platform in PLATFORMS for python in PYTHONS)


def _rank(name: str, pin: Requirement, ranks: dict[Tag, int]) -> int | None:
    """How good a file is in an environment; ``None`` if it is another package's or cannot be installed."""
    (specifier,) = pin.specifier
    wanted = canonicalize_name(pin.name), Version(specifier.version)
    if name.endswith(".whl"):
        project, version, _, tags = parse_wheel_filename(name)
        if (project, version) != wanted:
            return None
        return min((ranks[tag] for tag in tags if tag in ranks), default=None)
    return _SDIST_TAG if wanted[0] in SOURCES and parse_sdist_filename(name) == wanted else None


@cache
def entries_of(lock: Path) -> tuple[tuple[Requirement, frozenset[str]], ...]:
    """Return each pin of a lock with the hashes of its files."""
    entries = (
        entry.split(" --hash=sha256:") for entry in lock.read_text().replace(" \\\n", " ").splitlines()
    )
    return tuple((Requirement(pin), frozenset(map(str.strip, hashes))) for pin, *hashes in entries)


def read_list(file: Path = LIST) -> dict[str, str]:
    """Read the list of files; returns the hash of each name."""
    lines = (line.split("  ") for line in file.read_text().splitlines())
    return {name: digest for digest, name in lines}


def missing(files: dict[str, str]) -> list[str]:
    """Say which pins have no file in an environment.

    Args:
        files: The hash of each file's name.
    """
    return [
        f"{environment}: {lock.stem} pins {pin.name}, which has no file"
        for environment in ENVIRONMENTS
        for lock in LOCKS
        for pin, hashes in entries_of(lock)
        if environment.needs(pin) and _installed(environment, pin, hashes, files) is None
    ]


def _installed(
    environment: Environment, pin: Requirement, hashes: frozenset[str], files: dict[str, str]
) -> str | None:
    project = canonicalize_name(pin.name)
    known = [name for name, digest in files.items() if digest in hashes and _project(name) == project]
    return environment.file_of(pin, known)


@cache
def _project(name: str) -> str:
    return canonicalize_name(name.partition("-")[0] if name.endswith(".whl") else name.rpartition("-")[0])


def write_list(files: dict[str, str], file: Path = LIST) -> None:
    """List the files that are installed in at least one environment.

    Args:
        files: The hash of each file's name.
        file: The list.
    """
    used = {
        name
        for environment in ENVIRONMENTS
        for lock in LOCKS
        for pin, hashes in entries_of(lock)
        if environment.needs(pin) and (name := _installed(environment, pin, hashes, files))
    }
    file.write_text("".join(f"{files[name]}  {name}\n" for name in sorted(used, key=str.lower)))


def _published() -> dict[str, str]:
    """The files of all pinned packages, with their hashes, as the index lists them."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "pylock.toml"
        options = [
            "--universal",
            "--no-deps",
            "--quiet",
            "--format",
            "pylock.toml",
            "--output-file",
            str(lock),
        ]
        subprocess.run([_uv(), "pip", "compile", str(ROOT / "constraints.txt"), *options], check=True)
        packages: list[dict[str, Any]] = tomllib.loads(lock.read_text())["packages"]
    found = [file for package in packages for file in package.get("wheels", [])]
    found += [package["sdist"] for package in packages if package["name"] in SOURCES]
    return {Path(file["url"]).name: file["hashes"]["sha256"] for file in found}


def _resolve(environment: Environment, lock: Path, folder: Path) -> str | None:
    """Have uv resolve a lock; returns its complaint."""
    macos = {"MACOSX_DEPLOYMENT_TARGET": ".".join(map(str, MACOS))}
    platform = ["--python-platform", environment.platform.uv]
    python = ["--python-version", ".".join(map(str, environment.python))]
    files = ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
    files += [option for name in sorted(SOURCES) for option in ("--no-binary", name)]
    command = [_uv(), "pip", "install", "--dry-run", "--target", str(folder), *platform, *python, *files]
    command += ["-r", str(lock)]
    ended = subprocess.run(command, env={**os.environ, **macos}, capture_output=True, text=True, check=False)
    return None if ended.returncode == 0 else f"{environment}, {lock.name}:\n{ended.stderr}"


def _uv() -> str:
    return str(Path(sys.executable).with_name("uv"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the locks, and write the list of files if asked to.

    Args:
        arguments: The command line. Defaults to this process's own.

    Returns:
        The exit status: 0 if every pin has a file everywhere.
    """
    parser = argparse.ArgumentParser("python -m scripts.platform_wheels", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write locks/wheels.sha256")
    write = parser.parse_args(arguments).write
    files = _published()
    complaints = missing(files)
    if write:
        write_list(files)
    with tempfile.TemporaryDirectory() as folder:
        for environment in ENVIRONMENTS:
            found = [_resolve(environment, lock, Path(folder)) for lock in LOCKS]
            complaints += filter(None, found)
            counts = [sum(environment.needs(pin) for pin, _ in entries_of(lock)) for lock in LOCKS]
            print(f"{environment}: {sum(counts)} pins in {len(LOCKS)} locks", flush=True)
    print(*complaints, sep="\n", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
