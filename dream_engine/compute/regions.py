"""The positions of an activation that count in a loss, and weighted means over them."""

from abc import ABC, abstractmethod
from typing import Any

from dream_engine.compute.reductions import total
from dream_engine.runtime import tf

BORDER = 2
"""The width of an activation's border that does not count, because padding affects it."""


class Region(ABC):
    """The part of a picture that an activation covers, which determines the positions that count."""

    @abstractmethod
    def shares(self, scores: Any) -> Any:
        """The weights with which each position's scores add up to their mean over the picture.

        Args:
            scores: ``[1, height, width, channels]``; only the shape is used.

        Returns:
            float32 ``[1, height, width, 1]``: 0 if a position does not count, otherwise 1 ÷ the number of
            elements in the whole picture, or a fraction of that.
        """

    @abstractmethod
    def position_shares(self, scores: Any) -> Any:
        """The share of the picture at each position, borders included.

        Args:
            scores: ``[1, height, width, channels]``; only the shape is used.

        Returns:
            float32 ``[1, height, width, 1]``; over the whole picture their sum is 1.
        """

    def mean(self, scores: Any) -> Any:
        """Σ scores × shares, a scalar tensor, for float32 scores ``[1, height, width, channels]``."""
        return total(scores * self.shares(scores))


class WholePicture(Region):
    """The whole picture without its border: loss = Σ(scores without the border) ÷ (number of all scores)."""

    def shares(self, scores: Any) -> Any:
        """Exclude the border, as far as the activation is large enough that something remains."""
        rows, columns = (self._inside(tf.shape(scores)[axis]) for axis in (1, 2))
        inside = rows[None, :, None, None] * columns[None, None, :, None]
        return inside / tf.cast(tf.size(scores), tf.float32)

    def position_shares(self, scores: Any) -> Any:
        """The same share everywhere."""
        ones = tf.ones_like(scores[..., :1], tf.float32)
        return ones / tf.cast(tf.size(ones), tf.float32)

    def _inside(self, count: Any) -> Any:
        border = tf.minimum(BORDER, (count - 1) // 2)
        number = tf.range(count)
        return tf.cast((number >= border) & (number < count - border), tf.float32)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def mean_of_squares(activation: Any, shares: Any) -> Any:
    """Σ activation² × share, with a gradient that reads the activation only once.

    Slicing off the border would take another pass, on one core, and so would the gradient of the sum.

    Args:
        activation: ``[1, height, width, channels]``, of any precision; the sum is float32.
        shares: float32 ``[1, height, width, 1]``, from :meth:`Region.shares`.

    Returns:
        A scalar tensor.
    """
    squares = tf.reduce_sum(tf.square(tf.cast(activation, tf.float32)), axis=-1, keepdims=True)

    def gradient(upstream: Any) -> tuple[Any, None]:
        return activation * tf.cast(2.0 * upstream * shares, activation.dtype), None

    return total(squares * shares), gradient


@tf.custom_gradient  # type: ignore[untyped-decorator]
def mean_of_weighted_squares(activation: Any, weights: Any, shares: Any) -> Any:
    """Σ activation² × weight × share, in no more memory than :func:`mean_of_squares`.

    Args:
        activation: ``[1, height, width, channels]``, of any precision; the sum is float32.
        weights: float32 ``[channels]``, of any sign.
        shares: float32 ``[1, height, width, 1]``, from :meth:`Region.shares`.

    Returns:
        A scalar tensor.
    """
    squares = tf.square(tf.cast(activation, tf.float32)) * weights
    sums = tf.reduce_sum(squares, axis=-1, keepdims=True)

    def gradient(upstream: Any) -> tuple[Any, None, None]:
        scaled = activation * tf.cast(2.0 * upstream * shares, activation.dtype)
        return scaled * tf.cast(weights, activation.dtype), None, None

    return total(sums * shares), gradient
