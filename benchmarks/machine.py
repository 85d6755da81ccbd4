"""Describes the machine that figures were measured on."""

import importlib.metadata
import platform
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dream_engine.cores import available_cores

_RELEVANT_INSTRUCTIONS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
"""The instruction sets that affect these networks, by Linux's names."""


def describe(torch: Path | None) -> dict[str, Any]:
    """Describe this machine and its installed packages.

    Args:
        torch: The Python that has PyTorch, if there is one.
    """
    processor = _read("/proc/cpuinfo")
    model = re.search(r"^model name\s*:\s*(.+)$", processor, re.MULTILINE)
    flags = re.search(r"^flags\s*:\s*(.+)$", processor, re.MULTILINE)
    known = set(flags[1].split()) if flags else set()
    total = re.search(r"MemTotal:\s+(\d+) kB", _read("/proc/meminfo"))
    return {
        "processor": model[1] if model else platform.machine(),
        "instructions": [name for name in _RELEVANT_INSTRUCTIONS if name in known],
        "cores": available_cores(),
        "memory_gib": round(int(total[1]) / 2**20, 1) if total else None,
        "system": _system(),
        "python": platform.python_version(),
        "tensorflow": _version("tensorflow", "tensorflow-cpu"),
        "torch": _torch_version(torch) if torch else None,
    }


def same_hardware(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether figures of two machines are comparable."""
    return all(one[name] == other[name] for name in ("processor", "instructions", "cores"))


def format_machine(machine: Mapping[str, Any]) -> str:
    """Format a machine as one phrase."""
    instructions = ", ".join(machine["instructions"]) or "no vector instructions that matter"
    torch = f", PyTorch {machine['torch']}" if machine["torch"] else ""
    return (
        f"{machine['cores']} cores of the processor {machine['processor']} ({instructions}), "
        f"{machine['memory_gib']} GiB of memory, {machine['system']}, Python {machine['python']}, "
        f"TensorFlow {machine['tensorflow']}{torch}"
    )


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def _version(*distributions: str) -> str | None:
    for name in distributions:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _torch_version(python: Path) -> str:
    program = "import torch; print(torch.__version__)"
    return subprocess.run([python, "-c", program], check=True, capture_output=True, text=True).stdout.strip()
