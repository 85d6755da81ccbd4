"""Finds the devices of this machine without loading TensorFlow."""

import os
import re
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

CPU = "cpu"


def has_gpu_build() -> bool:
    """Whether the installed TensorFlow supports GPUs."""
    return not any(True for _ in metadata.distributions(name="tensorflow-cpu"))


def find_devices(
    environment: Mapping[str, str] = os.environ,
    folder: Path = Path("/dev"),
    has_gpu_build: Callable[[], bool] = has_gpu_build,
) -> tuple[str, ...]:
    """Find every NVIDIA GPU that this process may use, or the CPU if there is none.

    Args:
        environment: ``CUDA_VISIBLE_DEVICES`` in it restricts the choice.
        folder: The folder in which the driver lists its devices.
        has_gpu_build: Returns whether the installed TensorFlow supports GPUs.

    Returns:
        One value for ``CUDA_VISIBLE_DEVICES`` per device, or :data:`CPU` alone.
    """
    if not has_gpu_build():
        return (CPU,)
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        chosen = [name.strip() for name in visible.split(",")]
        # Like CUDA, ignore everything from the first invalid entry on.
        valid = chosen[: chosen.index("-1")] if "-1" in chosen else chosen
        return tuple(filter(None, valid)) or (CPU,)
    cards = [found for found in folder.glob("nvidia*") if re.fullmatch(r"nvidia\d+", found.name)]
    # CUDA numbers the cards that it sees from 0, independently of the numbers in their file names.
    return tuple(str(number) for number in range(len(cards))) or (CPU,)


def environment_for(device: str) -> dict[str, str]:
    """The environment variables that restrict a process to one device."""
    return {"CUDA_VISIBLE_DEVICES": "-1" if device == CPU else device}
