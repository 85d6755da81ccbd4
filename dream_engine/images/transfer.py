"""Colour spaces: converts coded signals to light, and light to sRGB.

Transfer functions and primaries are those of Rec. ITU-T H.273, "Coding-independent code points"; PQ and HLG
are defined in Rec. ITU-R BT.2100. Light is relative: 1 is the white of a standard, not an HDR, picture.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

REFERENCE_WHITE = 203.0
"""The luminance in cd/m² of an HDR picture's diffuse white (Rep. ITU-R BT.2408)."""

PQ_PEAK = 10_000.0
"""The luminance in cd/m² of PQ's largest signal."""

_HLG_PEAK, _HLG_GAMMA = 1000.0, 1.2
"""The peak luminance in cd/m² and the system gamma of HLG's reference display (BT.2100, table 5)."""

Chromaticities = tuple[tuple[float, float], ...]
"""x and y of red, green, blue and white (CIE 1931)."""

_D65, _C = (0.3127, 0.329), (0.31, 0.316)
BT709: Chromaticities = ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06), _D65)

PRIMARIES: dict[int, Chromaticities] = {
    1: BT709,
    2: BT709,  # unspecified
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C),
    5: ((0.64, 0.33), (0.29, 0.6), (0.15, 0.06), _D65),
    6: ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), _D65),
    7: ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), _D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046), _D65),
    10: ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (1 / 3, 1 / 3)),
    11: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), (0.314, 0.351)),
    12: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), _D65),
    22: ((0.63, 0.34), (0.295, 0.605), (0.155, 0.077), _D65),
}
"""ColourPrimaries of H.273: BT.709, BT.2020 is 9, Display P3 is 12."""

# From XYZ to the cone responses of Bradford's chromatic adaptation.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

# SMPTE ST 2084, as in table 4 of BT.2100.
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32

# ARIB STD-B67, as in table 5 of BT.2100.
_HLG_A = 0.17883277
_HLG_B = 1 - 4 * _HLG_A
_HLG_C = 0.5 - _HLG_A * np.log(4 * _HLG_A)

Transfer = Callable[[np.ndarray], np.ndarray]
"""A function from signals, 0 to 1, to light."""


def srgb_to_light(signal: np.ndarray) -> np.ndarray:
    """The inverse of :func:`light_to_srgb`."""
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def light_to_srgb(light: np.ndarray) -> np.ndarray:
    """The sRGB transfer function (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def pq_to_light(signal: np.ndarray) -> np.ndarray:
    """The EOTF of PQ."""
    power = signal ** (1 / _M2)
    luminance: np.ndarray = (np.maximum(power - _C1, 0.0) / (_C2 - _C3 * power)) ** (1 / _M1)
    return luminance * (PQ_PEAK / REFERENCE_WHITE)


def light_to_pq(light: np.ndarray) -> np.ndarray:
    """The inverse of :func:`pq_to_light`."""
    power = (light * (REFERENCE_WHITE / PQ_PEAK)) ** _M1
    signal: np.ndarray = ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2
    return signal


def hlg_to_light(signal: np.ndarray) -> np.ndarray:
    """The inverse OETF of HLG: scene light, 0 to 1; :func:`hlg_scale` converts it to display light."""
    return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - _HLG_C) / _HLG_A) + _HLG_B) / 12)


def hlg_scale(luminance: np.ndarray) -> np.ndarray:
    """The OOTF of HLG: the factor from scene light to display light, by luminance."""
    scale: np.ndarray = luminance ** (_HLG_GAMMA - 1.0) * (_HLG_PEAK / REFERENCE_WHITE)
    return scale


def power_law(exponent: float) -> Transfer:
    """A power-law transfer function."""

    def to_light(signal: np.ndarray) -> np.ndarray:
        light: np.ndarray = signal**exponent
        return light

    return to_light


def _logarithm(decades: float) -> Transfer:
    return lambda signal: np.where(signal <= 0.0, 0.0, 10.0 ** (decades * (signal - 1.0)))


def _st428_to_light(signal: np.ndarray) -> np.ndarray:
    light: np.ndarray = signal**2.6 * (52.37 / 48.0)
    return light


TRANSFERS: dict[int, Transfer] = {
    # H.273 does not define the display's transfer function for the video curves. Browsers and viewers treat
    # such pictures as sRGB, which approximates a display gamma of 2.2 to 2.4.
    **dict.fromkeys((1, 2, 6, 7, 11, 12, 13, 14, 15), srgb_to_light),
    4: power_law(2.2),
    5: power_law(2.8),
    8: power_law(1.0),
    9: _logarithm(2.0),
    10: _logarithm(2.5),
    16: pq_to_light,
    17: _st428_to_light,
    18: hlg_to_light,
}
"""TransferCharacteristics of H.273: sRGB is 13, PQ 16, HLG 18."""


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """The relation between a picture's signals and colours.

    Attributes:
        primaries: The chromaticities of red, green, blue and white.
        transfer: The function from signals to light.
        full_range: Whether black is the smallest and white the largest signal, or the range is limited.
    """

    primaries: Chromaticities = BT709
    transfer: Transfer = srgb_to_light
    full_range: bool = True

    @property
    def is_hdr(self) -> bool:
        """Whether light can be brighter than white."""
        return self.transfer in (pq_to_light, hlg_to_light)

    def light_of_samples(self, depth: int) -> np.ndarray:
        """The light of each sample value of ``depth`` bits, float32 ``[2**depth]``."""
        samples = np.arange(2**depth, dtype=np.float64)
        if self.full_range:
            signal = samples / (2**depth - 1)
        else:
            signal = ((samples / 2 ** (depth - 8) - 16) / 219).clip(0.0, 1.0)
        light: np.ndarray = self.transfer(signal).astype(np.float32)
        return light

    def to_bt709(self) -> np.ndarray:
        """The matrix from linear colours to the primaries of sRGB, float32 ``[3, 3]``."""
        white, target = (_BRADFORD @ _xyz(colours[3]) for colours in (self.primaries, BT709))
        adapted = np.linalg.inv(_BRADFORD) @ np.diag(target / white) @ _BRADFORD
        matrix: np.ndarray = np.linalg.inv(_to_xyz(BT709)) @ adapted @ _to_xyz(self.primaries)
        return matrix.astype(np.float32)

    def luminance(self) -> np.ndarray:
        """The weights of red, green and blue in the luminance, float32 ``[3]``."""
        weights: np.ndarray = _to_xyz(self.primaries)[1].astype(np.float32)
        return weights


SRGB = ColourSpace()


def _xyz(chromaticity: tuple[float, float]) -> np.ndarray:
    x, y = chromaticity
    return np.array([x, y, 1 - x - y]) / y


def _to_xyz(primaries: Chromaticities) -> np.ndarray:
    red, green, blue, white = primaries
    columns = np.array([(x, y, 1 - x - y) for x, y in (red, green, blue)]).T
    matrix: np.ndarray = columns * np.linalg.solve(columns, _xyz(white))
    return matrix
