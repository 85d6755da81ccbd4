"""Conditions a gradient on how photographs are: colours vary together, and low frequencies weigh more.

The raw gradient of a network is mostly high-frequency colour noise. tensorflow/lucid avoids that noise by
optimising decorrelated colours in a Fourier basis that is scaled by 1 ÷ frequency. Here the same two maps
precondition the gradient before it is divided by its mean magnitude.

Frequencies are weighed with a pyramid of means, which is local and takes little time: the finest band keeps
its weight, and each coarser band gets more. A large gradient is processed in bands of rows, with the same
result as at once, so that tiles leave no seams.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np

from dream_engine.compute.threads import ThreadedFunction
from dream_engine.runtime import tf
from dream_engine.settings import DreamSettings

_COLOUR_SQRT = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])
"""The square root of the covariance of ImageNet's colours, from tensorflow/lucid."""

_FACTOR = 4
"""The ratio between the picture and the first level of the pyramid, and between the two levels."""

_BAND_CENTRES = np.array([0.5, 2.5, 4.5])
"""Octaves between the finest frequency and the middle of each band, the finest band first."""

_BAND_CELLS = 32
"""The rows of the pyramid's first level that are processed at a time in a large gradient."""

_MAX_MAGNITUDES = 4.0
"""The most mean magnitudes by which a value moves at the middle of the soft range."""

_PICTURE = tf.TensorSpec([1, None, None, 3], tf.float32)
_VECTOR = tf.TensorSpec([None], tf.float32)
_MATRIX = tf.TensorSpec([None, None], tf.float32)

SIGNATURE = {"colours": _MATRIX, "weights": _VECTOR, "share": tf.TensorSpec([], tf.float32)}
"""The specifications of :attr:`Conditioning.parameters` for a compiled step."""


@dataclass(frozen=True)
class Conditioning:
    """How the gradients of one dream are conditioned, and how far a step may go.

    Attributes:
        colours: float32 ``[3, 3]``, multiplied by each pixel's gradient; ``[0, 0]`` for no conditioning.
        weights: float32 ``[3]``: by how much the first and the second level of the pyramid add to the
            gradient, and how much of its mean is taken out.
        share: The largest share of its distance to black or white that a value moves in a step.
    """

    colours: np.ndarray
    weights: np.ndarray
    share: np.float32

    @classmethod
    def from_settings(cls, settings: DreamSettings) -> Self:
        """The conditioning that some settings ask for."""
        share = 1.0
        if settings.soft_range:
            share = min(1.0, _MAX_MAGNITUDES * settings.step_size / settings.soft_range)
        enabled = settings.colour_decorrelation or settings.frequency_emphasis or settings.soft_range
        return cls(
            _colour_matrix(settings.colour_decorrelation) if enabled else np.zeros((0, 0), np.float32),
            _level_weights(settings.frequency_emphasis),
            np.float32(share),
        )

    @property
    def enabled(self) -> bool:
        """Whether steps are conditioned at all."""
        return bool(self.colours.size)

    @property
    def parameters(self) -> dict[str, Any]:
        """The arrays that the compiled step takes as arguments."""
        return {"colours": self.colours, "weights": self.weights, "share": self.share}


def condition(gradient: Any, parameters: dict[str, Any]) -> Any:
    """Condition the gradient of a whole picture, within a graph.

    Args:
        gradient: float32 ``[1, height, width, 3]``.
        parameters: The tensors of :attr:`Conditioning.parameters`.
    """
    colours = parameters["colours"]
    cells = tf.nn.avg_pool2d(gradient, _FACTOR, _FACTOR, "SAME")
    coarse = _coarse_part(cells, parameters["weights"], colours)
    # The product does not depend on the coarse part, so that TensorFlow computes both at the same time.
    return _mix(gradient, colours) + tf.image.resize(coarse, tf.shape(gradient)[1:3])


def condition_in_bands(gradient: np.ndarray, conditioning: Conditioning, threads: int) -> None:
    """Condition a large gradient in place, with the result of :func:`condition`.

    Args:
        gradient: float32 ``[height, width, 3]``.
        conditioning: The maps.
        threads: How many threads compute it; the result does not depend on them.
    """
    height, colours = len(gradient), conditioning.colours
    cells = _cells_in_bands(gradient)
    coarse = _coarse_part(cells, tf.constant(conditioning.weights), tf.constant(colours))[0].numpy()

    def condition_band(top: int) -> None:
        band = gradient[top : top + _FACTOR * _BAND_CELLS]
        rows = _enlarged_rows(coarse, top, top + len(band), height)
        # On one thread, the function computes on the thread that calls it.
        (conditioned,) = _condition_band(1, band[None], rows[None], colours)
        band[:] = conditioned[0]

    with ThreadPoolExecutor(threads, "conditioning") as pool:
        list(pool.map(condition_band, range(0, height, _FACTOR * _BAND_CELLS)))  # raises what a band raised


def soft_step(image: Any, change: Any, share: Any, limit: Any) -> Any:
    """Move a picture by at most a share of each value's distance to black or white.

    The move is ``clip(change, -share × (limit + image), share × (limit - image))``, written with fewer
    passes over the picture. So skies and nights approach white and black, and keep their depth.

    Args:
        image: float32 from -limit to limit.
        change: The move without a bound, of the same shape.
        share: From above 0 to 1; 1 clips the picture.
        limit: The value of white; infinite for no bound.
    """
    pull = -share * image
    bound = share * limit
    clipped = tf.raw_ops.ClipByValue(t=change - pull, clip_value_min=-bound, clip_value_max=bound)
    return tf.add_n([image, pull, clipped])


def soft_step_in_place(image: np.ndarray, change: np.ndarray, share: np.float32, limit: np.float32) -> None:
    """Move a picture in place, with the result of :func:`soft_step`; ``change`` is overwritten."""
    pull = share * image
    image -= pull
    change += pull
    np.clip(change, -share * limit, share * limit, out=change)
    image += change


def _colour_matrix(decorrelation: float) -> np.ndarray:
    """(1 − c) × identity + c × covariance ÷ its largest element; symmetric."""
    root = _COLOUR_SQRT / np.linalg.norm(_COLOUR_SQRT, axis=0).max()
    covariance = root @ root.T
    mixed = (1 - decorrelation) * np.eye(3) + decorrelation * covariance / covariance.max()
    matrix: np.ndarray = mixed.astype(np.float32)
    return matrix


def _level_weights(emphasis: float) -> np.ndarray:
    """The weights of the levels at which band i weighs 2 ** (emphasis × its octave), the finest band 1.

    The mean is the lowest frequency. It would make the picture darker or brighter with every step.
    """
    gains = 2.0 ** (emphasis * (_BAND_CENTRES - _BAND_CENTRES[0]))
    weights: np.ndarray = np.array([*np.diff(gains), gains[-1] if emphasis else 0.0], np.float32)
    return weights


def _coarse_part(cells: Any, weights: Any, colours: Any) -> Any:
    """Everything that the pyramid adds to the gradient, at the resolution of its first level."""
    blocks = tf.nn.avg_pool2d(cells, _FACTOR, _FACTOR, "SAME")
    mean = tf.reduce_mean(blocks, axis=[1, 2], keepdims=True)
    coarse = weights[1] * blocks - weights[2] * mean
    return _mix(weights[0] * cells + tf.image.resize(coarse, tf.shape(cells)[1:3]), colours)


def _mix(gradient: Any, colours: Any) -> Any:
    return tf.reshape(tf.matmul(tf.reshape(gradient, [-1, 3]), colours), tf.shape(gradient))


def _cells_in_bands(gradient: np.ndarray) -> np.ndarray:
    """The first level of the pyramid, ``[1, rows, columns, 3]``, with the cells of ``avg_pool2d``."""
    height = len(gradient)
    first = min(height, _FACTOR - -height % _FACTOR // 2)
    last = height - (height - first) % _FACTOR
    bounds = sorted({0, *range(first, last, _FACTOR * _BAND_CELLS), last, height})
    return np.concatenate([_cells(gradient[None, top:bottom]) for top, bottom in pairwise(bounds)], axis=1)


def _cells(strip: np.ndarray) -> np.ndarray:
    """Average the cells of a strip that has whole cells in its height, or only a part of one."""
    size = [min(_FACTOR, strip.shape[1]), _FACTOR]
    cells: np.ndarray = tf.nn.avg_pool2d(strip, size, size, "SAME").numpy()
    return cells


def _enlarged_rows(coarse: np.ndarray, top: int, bottom: int, height: int) -> np.ndarray:
    """Rows of the coarse part at the picture's resolution, by the rule of ``tf.image.resize``."""
    scale = np.float32(len(coarse) / height)
    position = (np.arange(top, bottom, dtype=np.float32) + np.float32(0.5)) * scale - np.float32(0.5)
    below = np.floor(position)
    fraction = (position - below)[:, None, None]
    lower = np.maximum(below.astype(int), 0)
    upper = np.minimum(np.ceil(position).astype(int), len(coarse) - 1)
    rows: np.ndarray = coarse[lower] + (coarse[upper] - coarse[lower]) * fraction
    return rows


def _mixed_with_rows(band: Any, rows: Any, colours: Any) -> tuple[Any]:
    """Condition a band, given its rows of the coarse part, which are as wide as the pyramid."""
    return (_mix(band, colours) + tf.image.resize(rows, tf.shape(band)[1:3]),)


_condition_band = ThreadedFunction(_mixed_with_rows, [_PICTURE, _PICTURE, _MATRIX], all_threads=2)
