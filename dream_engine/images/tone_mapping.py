"""Compresses light brighter than white into the range of a standard picture."""

import numpy as np

from dream_engine.images.transfer import light_to_pq, pq_to_light

_POINTS = 4096
"""The number of points at which the curve is sampled, for linear interpolation."""

_PEAK_QUANTILE = 0.9999
"""The share of pixels that are not brighter than the peak; the few brighter ones become white."""


def peak_of(light: np.ndarray) -> float:
    """The peak light of a picture, a high quantile.

    Args:
        light: The light of the brightest channel of each pixel.
    """
    return float(np.quantile(light, _PEAK_QUANTILE))


class ToneCurve:
    """The curve of Rep. ITU-R BT.2390, 5.4.1 ("EETF"), from a picture's own peak to white.

    Light up to the knee is unchanged; above, a spline in PQ leads to white. A picture without light brighter
    than white is unchanged. All channels of a pixel are scaled by one factor, which preserves hues.

    Args:
        peak: The picture's peak light; 1 is white.
    """

    def __init__(self, peak: float) -> None:
        self.is_needed = peak > 1.0
        if not self.is_needed:
            return
        largest = float(light_to_pq(np.array(peak)))
        white = float(light_to_pq(np.array(1.0))) / largest
        knee = 1.5 * white - 0.5
        signal = np.linspace(0.0, 1.0, _POINTS)
        above = ((signal - knee) / (1 - knee)).clip(0.0, 1.0)
        spline = (
            (2 * above**3 - 3 * above**2 + 1) * knee
            + (above**3 - 2 * above**2 + above) * (1 - knee)
            + (-2 * above**3 + 3 * above**2) * white
        )
        mapped = np.where(signal < knee, signal, spline)
        self._light = pq_to_light(signal * largest)
        self._scale = np.ones(_POINTS)
        self._scale[1:] = pq_to_light(mapped[1:] * largest) / self._light[1:]

    def scale(self, brightest: np.ndarray) -> np.ndarray:
        """The factor for each pixel's light.

        Args:
            brightest: The light of each pixel's brightest channel.
        """
        scale: np.ndarray = np.interp(brightest, self._light, self._scale).astype(np.float32)
        return scale
