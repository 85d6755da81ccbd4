"""Which devices this machine has, found without loading TensorFlow."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

CPU = "cpu"


def find_devices(environment: Mapping[str, str] = os.environ, folder: Path = Path("/dev")) -> tuple[str, ...]:
    """Every NVIDIA GPU that may be used, or the CPU where there is none.

    Args:
        environment: Where ``CUDA_VISIBLE_DEVICES`` may restrict the choice.
        folder: Where the driver lists its devices.

    Returns:
        The values for ``CUDA_VISIBLE_DEVICES``, one for each device, or :data:`CPU` alone.
    """
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        chosen = [name.strip() for name in visible.split(",")]
        # As CUDA reads it: what follows an invalid entry is not seen.
        valid = chosen[: chosen.index("-1")] if "-1" in chosen else chosen
        return tuple(filter(None, valid)) or (CPU,)
    numbers = [found.name.removeprefix("nvidia") for found in folder.glob("nvidia*")]
    return tuple(sorted((n for n in numbers if re.fullmatch(r"\d+", n)), key=int)) or (CPU,)


def environment_for(device: str) -> dict[str, str]:
    """The environment variables that let a process see one device only."""
    return {"CUDA_VISIBLE_DEVICES": "-1" if device == CPU else device}
