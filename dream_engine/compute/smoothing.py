"""Smooths a gradient, for softer and more painterly shapes."""

from typing import Any

import numpy as np

from dream_engine.runtime import tf

_BAND_ROWS = 256
"""The rows of a large gradient that are smoothed at a time, to keep temporary copies small."""


def smoothing_kernel(sigma: float) -> np.ndarray:
    """The mean of three Gaussians with half, once and twice a width.

    It keeps fine lines and favours broad ones, like the cascade of gordicaleksa/pytorch-deepdream.

    Args:
        sigma: The middle width in pixels; 0 for no smoothing.

    Returns:
        float32 ``[side, side]`` with sum 1; a single 1 for no smoothing.
    """
    if sigma == 0:
        return np.ones((1, 1), np.float32)
    radius = int(np.ceil(4 * sigma))
    squares = np.arange(-radius, radius + 1) ** 2
    distance = squares[:, None] + squares[None, :]
    gaussians = [np.exp(-distance / (2 * width**2)) for width in (sigma / 2, sigma, sigma * 2)]
    mean: np.ndarray = np.mean([gaussian / gaussian.sum() for gaussian in gaussians], axis=0)
    return mean.astype(np.float32)


def smooth(gradient: Any, kernel: Any) -> Any:
    """Convolve a gradient ``[1, height, width, 3]``, which is mirrored at its border, with a kernel."""
    radius = tf.shape(kernel)[0] // 2
    padded = tf.pad(gradient, [[0, 0], [radius, radius], [radius, radius], [0, 0]], "SYMMETRIC")
    return _convolve(padded, kernel)


def smooth_in_bands(gradient: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Smooth a large gradient ``[height, width, 3]`` in place, with the result of :func:`smooth`."""
    radius = len(kernel) // 2
    if radius == 0:
        return gradient
    padded = np.pad(gradient, ((radius, radius), (radius, radius), (0, 0)), "symmetric")
    for top in range(0, len(gradient), _BAND_ROWS):
        band = padded[top : top + _BAND_ROWS + 2 * radius]
        gradient[top : top + _BAND_ROWS] = _convolve(band[None], kernel)[0]
    return gradient


def _convolve(padded: Any, kernel: Any) -> Any:
    filters = tf.tile(kernel[:, :, None, None], [1, 1, 3, 1])
    return tf.nn.depthwise_conv2d(padded, filters, [1, 1, 1, 1], "VALID")
