"""Precision of the networks: float32, or bfloat16 where the processor multiplies it twice as fast.

Precision concerns the network alone. The picture, the loss and the step stay float32.
"""

from pathlib import Path
from typing import Literal, get_args

Precision = Literal["float32", "bfloat16"]

PRECISIONS: tuple[Precision, ...] = get_args(Precision)

_INSTRUCTIONS = {"avx512_bf16", "amx_bf16"}
"""Linux's names of the instructions that multiply bfloat16."""


def quickest_precision(processor: Path = Path("/proc/cpuinfo")) -> Precision:
    """The fastest precision on this machine's processor.

    Args:
        processor: The file in which Linux describes the processor; other systems have none.

    Returns:
        ``bfloat16`` if the processor has instructions for it, otherwise ``float32``.
    """
    try:
        lines = processor.read_text().splitlines()
    except OSError:
        return "float32"
    flags = next((line for line in lines if line.startswith("flags")), "")
    return "bfloat16" if _INSTRUCTIONS.intersection(flags.split()) else "float32"
