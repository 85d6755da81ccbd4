"""Gradient ascent on a picture: a compiled step, and the loop over the steps of an octave.

Pictures are float32 ``[1, height, width, 3]`` in [-1, 1]. The step is traced once for all sizes. The
network's weights never change, so that its convolutions pack them once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dream_engine.backbones import Backbone
from dream_engine.compute import conditioning, large_steps
from dream_engine.compute.conditioning import Conditioning
from dream_engine.compute.folding import forgetting_gradients
from dream_engine.compute.objectives import Objective
from dream_engine.compute.reductions import mean_magnitude
from dream_engine.compute.regions import Region, WholePicture
from dream_engine.compute.smoothing import smooth, smooth_in_bands, smoothing_kernel
from dream_engine.compute.threads import ThreadedFunction, ThreadShare
from dream_engine.compute.tiles import ALIGNMENT, TileWindow, tiles
from dream_engine.errors import NotFiniteError
from dream_engine.runtime import keras, tf
from dream_engine.settings import DreamSettings

MIN_GRADIENT = 1e-6
"""The smallest mean magnitude by which a gradient is divided."""

_FLOAT32_SHARE = 0.6
"""Steps in float32 take longer, so two threads pay from this share of ``Backbone.one_thread_pixels`` on.

It was measured with EfficientNet-Lite0.
"""

_NO_MASK = np.zeros((1, 0, 0, 1), np.float32)


@dataclass(frozen=True, slots=True)
class AscentState:
    """The state of an ascent.

    Attributes:
        step: The number of steps done.
        step_fraction: The share of the next step that is done, from 0 to 1; always 0 without tiles.
        loss: The loss that the last step started from; ``None`` before the first step is done.
        image: The picture after the last step; the next step over tiles changes it in place.
    """

    step: int
    step_fraction: float
    loss: float | None
    image: Any


@dataclass(frozen=True, slots=True)
class _Draws:
    """The random numbers of a step: its shift in pixels, the tiles' boundaries, and the scale."""

    shift: np.ndarray
    boundaries: np.ndarray
    scale: float


class Ascent:
    """The compiled step for one network and one kind of objective, at any size and with any parameters.

    Args:
        backbone: Prepares pictures for the network.
        network: The cut, frozen network, from the prepared picture to activations by layer name.
        kind: The kind of objective.
        layers: The layers that the objective reads.
        share: Decides on how many threads a step runs.
    """

    def __init__(
        self,
        backbone: Backbone,
        network: keras.Model,
        kind: type[Objective],
        layers: tuple[str, ...],
        share: ThreadShare,
    ) -> None:
        self._share = share
        self._backbone = backbone
        self._network = network
        self._layers = layers
        self._loss_of = kind.loss
        share_of_pixels = _FLOAT32_SHARE if network.outputs[0].dtype == "float32" else 1.0
        self._one_thread_pixels = share_of_pixels * backbone.one_thread_pixels
        scalar, vector = tf.TensorSpec([], tf.float32), tf.TensorSpec([None], tf.float32)
        picture = tf.TensorSpec([1, None, None, 3], tf.float32)
        kernel, shift = tf.TensorSpec([None, None], tf.float32), tf.TensorSpec([2], tf.int32)
        maps = conditioning.SIGNATURE | {"mask": tf.TensorSpec([1, None, None, 1], tf.float32)}
        parameters = kind.signature(layers)
        # The variants for scale jitter are traced only if a dream uses it.
        whole = [picture, parameters, shift, scalar, scalar, kernel, maps]
        tile = [picture, parameters, vector, vector, vector, vector]
        self._step = ThreadedFunction(self._step_over_whole, whole)
        self._tile = ThreadedFunction(self._gradient_of_tile, tile)
        self._scaled_step = ThreadedFunction(self._step_over_whole, [*whole, shift])
        self._scaled_tile = ThreadedFunction(self._gradient_of_tile, [*tile, shift])

    def run(
        self,
        image: np.ndarray,
        objective: Objective,
        settings: DreamSettings,
        random: np.random.Generator,
        mask: np.ndarray | None = None,
    ) -> Iterator[AscentState]:
        """Run the steps of one octave.

        A step is the Keras example's: the gradient, divided by its mean magnitude, times the step size.

        Args:
            image: The picture to start from; steps over tiles change it in place.
            objective: The objective to maximise, of the kind that this ascent was compiled for.
            settings: Iterations, step size, jitter, clipping, smoothing, largest loss and tile size.
            random: Draws the jitter and the tiles' boundaries.
            mask: The factor of each pixel's change as a share of 255, uint8 ``[1, height, width, 1]``;
                ``None`` for 255 everywhere.

        Yields:
            The state after each step, and before each tile of a step over tiles.

        Raises:
            NotFiniteError: The network's output was NaN or infinite.
        """
        parameters = {name: tf.constant(value) for name, value in objective.parameters.items()}
        maps = Conditioning.from_settings(settings)
        tiled = image.shape[1] * image.shape[2] > settings.tile_side**2
        if mask is not None and not tiled:
            mask = mask * large_steps.MASK_SHARE  # a large mask is converted in bands
        advance = self._over_tiles if tiled else self._over_whole
        state = AscentState(0, 0.0, None, image)
        for _ in range(settings.iterations):
            # Both are drawn with and without tiles, so that a seed gives the same shifts either way.
            shift = random.integers(-settings.jitter, settings.jitter, size=2, endpoint=True)
            boundaries = random.uniform(-1.0, 1.0, size=2)
            scale = 1.0
            if settings.scale_jitter:
                scale += random.uniform(-settings.scale_jitter, settings.scale_jitter)
            draws = _Draws(shift.astype(np.int32), boundaries, scale)
            for advanced in advance(state, parameters, settings, draws, maps, mask):
                if advanced.loss is not None and not np.isfinite(advanced.loss):
                    raise NotFiniteError(backbone=self._backbone.name)
                state = advanced
                yield state
            if settings.max_loss is not None and state.loss is not None and state.loss > settings.max_loss:
                return

    def _over_whole(
        self,
        state: AscentState,
        parameters: Any,
        settings: DreamSettings,
        draws: _Draws,
        maps: Conditioning,
        mask: np.ndarray | None,
    ) -> Iterator[AscentState]:
        height, width = state.image.shape[1:3]
        arguments = (
            self._threads(height, width),
            state.image,
            parameters,
            draws.shift,
            np.float32(settings.step_size),
            _limit(settings),
            smoothing_kernel(settings.smoothing),
            maps.parameters | {"mask": _NO_MASK if mask is None else mask},
        )
        if settings.scale_jitter:
            seen = self._scaled((height, width), draws.scale, 1)
            loss, image = self._scaled_step(*arguments, seen)
        else:
            loss, image = self._step(*arguments)
        yield AscentState(state.step + 1, 0.0, float(loss), image)

    def _over_tiles(
        self,
        state: AscentState,
        parameters: Any,
        settings: DreamSettings,
        draws: _Draws,
        maps: Conditioning,
        mask: np.ndarray | None,
    ) -> Iterator[AscentState]:
        image = state.image[0]
        height, width = image.shape[:2]
        shape = np.array([height, width], np.float32)
        shift = (int(draws.shift[0]), int(draws.shift[1]))
        cut = list(tiles(height, width, settings.tile_side, tuple(draws.boundaries)))
        gradient = np.empty_like(image)
        gradient.fill(0.0)
        loss = 0.0
        for number, tile in enumerate(cut):
            yield AscentState(state.step, number / len(cut), state.loss, state.image)
            pixels = np.empty((1, tile.height, tile.width, 3), np.float32)
            for inside, outside in tile.blocks(height, width, shift):
                pixels[0][inside] = image[outside]
            threads = self._threads(tile.height, tile.width)
            windows = (tile.rows.window, tile.columns.window)
            arguments = (threads, pixels, parameters, *windows, tile.edges, shape)
            if settings.scale_jitter:
                seen = self._scaled((tile.height, tile.width), draws.scale, ALIGNMENT)
                tile_loss, tile_gradient = self._scaled_tile(*arguments, seen)
            else:
                tile_loss, tile_gradient = self._tile(*arguments)
            computed = np.asarray(tile_gradient)[0]
            for inside, outside in tile.blocks(height, width, shift):
                gradient[outside] += computed[inside]
            loss += float(tile_loss)
            del pixels, tile_gradient, computed  # otherwise they would be in memory during the next tile
        gradient = smooth_in_bands(gradient, smoothing_kernel(settings.smoothing))
        if maps.enabled:
            conditioning.condition_in_bands(gradient, maps, threads)
        magnitude = large_steps.mean_magnitude(gradient)
        factor = np.float32(settings.step_size / max(magnitude, MIN_GRADIENT))
        share = maps.share if maps.enabled else None
        large_steps.step_in_place(image, gradient, factor, share, _limit(settings), mask)
        yield AscentState(state.step + 1, 0.0, loss if np.isfinite(magnitude) else np.nan, image[None])

    def _step_over_whole(
        self,
        image: Any,
        parameters: Any,
        shift: Any,
        step_size: Any,
        limit: Any,
        kernel: Any,
        maps: dict[str, Any],
        seen: Any = None,
    ) -> tuple[Any, Any]:
        with forgetting_gradients():
            with tf.GradientTape() as tape:
                tape.watch(image)
                rolled = tf.roll(image, shift, axis=[1, 2])
                if seen is not None:
                    rolled = tf.image.resize(rolled, seen)
                loss = self._loss(rolled, parameters, WholePicture())
            gradient = tape.gradient(loss, image)
        gradient = tf.cond(tf.size(kernel) > 1, lambda: smooth(gradient, kernel), lambda: gradient)
        magnitude, stepped = tf.cond(
            tf.size(maps["colours"]) > 0,
            lambda: _conditioned_step(image, gradient, step_size, limit, maps),
            lambda: _plain_step(image, gradient, step_size, limit),
        )
        mask = maps["mask"]
        image = tf.cond(tf.size(mask) > 0, lambda: image + mask * (stepped - image), lambda: stepped)
        return tf.where(tf.math.is_finite(magnitude), loss, np.nan), image

    def _gradient_of_tile(
        self,
        tile: Any,
        parameters: Any,
        rows: Any,
        columns: Any,
        edges: Any,
        shape: Any,
        seen: Any = None,
    ) -> tuple[Any, Any]:
        with forgetting_gradients():
            with tf.GradientTape() as tape:
                tape.watch(tile)
                pixels = tile
                if seen is not None:
                    pixels = tf.image.resize(tile, seen)
                    shape *= tf.cast(seen, tf.float32) / tf.cast(tf.shape(tile)[1:3], tf.float32)
                    rows, columns = _stretched(rows, seen[0]), _stretched(columns, seen[1])
                loss = self._loss(pixels, parameters, TileWindow(rows, columns, edges, shape))
            return loss, tape.gradient(loss, tile)

    def _threads(self, height: int, width: int) -> int:
        return self._share.for_step(height * width, self._one_thread_pixels)

    def _scaled(self, shape: tuple[int, int], scale: float, multiple: int) -> np.ndarray:
        """The height and width at which the network sees a picture, int32 ``[2]``."""
        least = -(-self._backbone.minimum_side // multiple) * multiple
        sides = [max(least, round(side * scale / multiple) * multiple) for side in shape]
        return np.array(sides, np.int32)

    def _loss(self, image: Any, parameters: Any, region: Region) -> Any:
        activations = self._network(self._backbone.prepare(image))
        return self._loss_of({layer: activations[layer] for layer in self._layers}, parameters, region)


def _plain_step(image: Any, gradient: Any, step_size: Any, limit: Any) -> tuple[Any, Any]:
    """The Keras example's step; returns the mean magnitude of the gradient, and the picture."""
    magnitude = mean_magnitude(gradient)
    gradient /= tf.maximum(magnitude, MIN_GRADIENT)
    return magnitude, tf.clip_by_value(image + step_size * gradient, -limit, limit)


def _conditioned_step(
    image: Any, gradient: Any, step_size: Any, limit: Any, maps: dict[str, Any]
) -> tuple[Any, Any]:
    """The step along the conditioned gradient; returns its mean magnitude, and the picture."""
    gradient = conditioning.condition(gradient, maps)
    magnitude = mean_magnitude(gradient)
    change = (step_size / tf.maximum(magnitude, MIN_GRADIENT)) * gradient
    return magnitude, conditioning.soft_step(image, change, maps["share"], limit)


def _stretched(window: Any, length: Any) -> Any:
    """Resize a window of a tile, ``[length]``."""
    return tf.image.resize(window[None, :, None, None], [length, 1])[0, :, 0, 0]


def _limit(settings: DreamSettings) -> np.float32:
    return np.float32(1.0 if settings.clip else np.inf)
