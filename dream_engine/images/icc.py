"""Reads ICC profiles for samples of more than 8 bits, which Pillow's lcms binding does not support."""

import contextlib
import struct

import numpy as np

from dream_engine.images.transfer import ColourSpace, Transfer

_HEADER = 128
_MAX_TAGS = 100
_D50 = (0.3457, 0.3585)
_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
"""The number of parameters of each kind of parametric curve (ICC.1:2022, 10.18)."""


def tags(profile: bytes) -> dict[bytes, bytes]:
    """Read the tags of a profile by their signatures.

    Raises:
        struct.error: The profile is truncated.
    """
    (count,) = struct.unpack_from(">I", profile, _HEADER)
    entries = (
        struct.unpack_from(">4sII", profile, _HEADER + 4 + 12 * number)
        for number in range(min(count, _MAX_TAGS))
    )
    return {name: profile[offset : offset + length] for name, offset, length in entries}


def matrix_space(profile: bytes) -> ColourSpace | None:
    """Read the colour space of a profile with primaries, one curve for all of them, and no tables.

    Returns:
        ``None`` for any other profile.
    """
    with contextlib.suppress(struct.error, KeyError, ValueError, np.linalg.LinAlgError):
        content = tags(profile)
        if profile[16:20] != b"RGB " or b"A2B0" in content:
            return None
        curves = {content[name] for name in (b"rTRC", b"gTRC", b"bTRC")}
        if len(curves) != 1:
            return None
        columns = [struct.unpack_from(">3i", content[name], 8) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        primaries = tuple((x / (x + y + z), y / (x + y + z)) for x, y, z in columns if x + y + z > 0)
        space = ColourSpace((*primaries, _D50), _curve(curves.pop()))
        if len(primaries) == 3 and np.isfinite(space.to_bt709()).all():
            return space
    return None


def _curve(tag: bytes) -> Transfer:
    if tag.startswith(b"curv"):
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return lambda signal: signal
        values = np.array(struct.unpack_from(f">{count}H", tag, 12))
        if count == 1:
            return lambda signal: signal ** (values[0] / 256)
        return lambda signal: np.interp(signal, np.linspace(0.0, 1.0, count), values / 65535)
    if not tag.startswith(b"para"):
        raise ValueError("a curve of an unknown kind")
    (kind,) = struct.unpack_from(">H", tag, 8)
    numbers = [value / 65536 for value in struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)]
    return _parametric(kind, numbers)


def _parametric(kind: int, numbers: list[float]) -> Transfer:
    """Build a parametric curve: (ax + b)^g + e from the threshold d on, cx + f below it."""
    g, a, b, c, d, e, f = numbers[0], 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if kind in {1, 2}:
        g, a, b = numbers[:3]
        d = -b / a
        e = f = numbers[3] if kind == 2 else 0.0
    elif kind >= 3:
        g, a, b, c, d = numbers[:5]
        e, f = numbers[5:] if kind == 4 else (0.0, 0.0)

    def to_light(signal: np.ndarray) -> np.ndarray:
        above = np.maximum(a * signal + b, 0.0) ** g + e
        return np.where(signal >= d, above, c * signal + f).clip(0.0, 1.0)

    return to_light
