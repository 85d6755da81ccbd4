"""How precisely a network computes: float32, or bfloat16 where the processor multiplies that twice as fast.

Only what happens inside the network is meant. The picture, the loss and the step stay float32.
"""

from pathlib import Path
from typing import Literal, get_args

Precision = Literal["float32", "bfloat16"]

PRECISIONS: tuple[Precision, ...] = get_args(Precision)

_INSTRUCTIONS = {"avx512_bf16", "amx_bf16"}
"""What Linux calls the instructions that multiply bfloat16."""


def quickest_precision(processor: Path = Path("/proc/cpuinfo")) -> Precision:
    """The precision that this machine's processor is quickest with.

    Args:
        processor: Where Linux describes the processor; elsewhere, there is no such file.

    Returns:
        ``bfloat16`` where the processor has instructions for it, else ``float32``.
    """
    try:
        lines = processor.read_text().splitlines()
    except OSError:
        return "float32"
    flags = next((line for line in lines if line.startswith("flags")), "")
    return "bfloat16" if _INSTRUCTIONS.intersection(flags.split()) else "float32"
