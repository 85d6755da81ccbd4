"""Which devices this machine has, found without loading TensorFlow."""

import os
import re
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

CPU = "cpu"


def has_gpu_build() -> bool:
    """Whether the installed TensorFlow can use a GPU at all."""
    return not any(True for _ in metadata.distributions(name="tensorflow-cpu"))


def find_devices(
    environment: Mapping[str, str] = os.environ,
    folder: Path = Path("/dev"),
    has_gpu_build: Callable[[], bool] = has_gpu_build,
) -> tuple[str, ...]:
    """Every NVIDIA GPU that may be used, or the CPU where there is none.

    Args:
        environment: Where ``CUDA_VISIBLE_DEVICES`` may restrict the choice.
        folder: Where the driver lists its devices.
        has_gpu_build: Tells whether the installed TensorFlow can use a GPU.

    Returns:
        The values for ``CUDA_VISIBLE_DEVICES``, one for each device, or :data:`CPU` alone.
    """
    if not has_gpu_build():
        return (CPU,)
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        chosen = [name.strip() for name in visible.split(",")]
        # As CUDA reads it: what follows an invalid entry is not seen.
        valid = chosen[: chosen.index("-1")] if "-1" in chosen else chosen
        return tuple(filter(None, valid)) or (CPU,)
    cards = [found for found in folder.glob("nvidia*") if re.fullmatch(r"nvidia\d+", found.name)]
    # CUDA counts the cards that it sees, whatever the numbers of their files.
    return tuple(str(number) for number in range(len(cards))) or (CPU,)


def environment_for(device: str) -> dict[str, str]:
    """The environment variables that let a process see one device only."""
    return {"CUDA_VISIBLE_DEVICES": "-1" if device == CPU else device}
