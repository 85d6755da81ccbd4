"""DeepDream without optimisations, after the Keras example: a peer that the engine is compared with.

The network keeps its batch normalisation, its weights are variables, and every octave's shape is traced anew.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import tensorflow as tf

LAYERS = {"mixed4": 1.0, "mixed5": 1.5, "mixed6": 2.0, "mixed7": 2.5}
STEP_SIZE = 0.01
OCTAVES = 3
OCTAVE_SCALE = 1.4
ITERATIONS = 20
MAX_LOSS = 15.0


@dataclass(frozen=True)
class PlainDream:
    """A dream: uint8 pixels, the octaves' shapes, every step's loss, and the seconds of the steps."""

    pixels: np.ndarray
    shapes: list[tuple[int, int]]
    losses: list[list[float]]
    seconds: float


def dream(
    rgb: np.ndarray, weights: Path, iterations: int = ITERATIONS, *, is_compiled: bool = True
) -> PlainDream:
    """Dream uint8 ``[height, width, 3]`` with InceptionV3.

    Args:
        rgb: The picture.
        weights: The network's weights, a Keras file.
        iterations: The steps in each octave.
        is_compiled: Trace the step as a graph, which pays off only for many iterations.
    """
    step = _make_step(weights)
    if is_compiled:
        step = tf.function(step)
    original = tf.constant(rgb[None].astype(np.float32) / 127.5 - 1.0)
    height, width = rgb.shape[:2]
    shapes = [(int(height / OCTAVE_SCALE**i), int(width / OCTAVE_SCALE**i)) for i in reversed(range(OCTAVES))]
    shrunk_original = tf.image.resize(original, shapes[0])
    image: Any = original
    losses: list[list[float]] = []
    started = time.perf_counter()
    for shape in shapes:
        image = tf.image.resize(image, shape)
        losses.append([])
        for _ in range(iterations):
            loss, image = step(image)
            losses[-1].append(float(loss))
            if loss > MAX_LOSS:
                break
        same_size_original = tf.image.resize(original, shape)
        image += same_size_original - tf.image.resize(shrunk_original, shape)
        shrunk_original = same_size_original
    seconds = time.perf_counter() - started
    pixels = ((image[0].numpy() / 2.0 + 0.5) * 255.0).clip(0, 255).astype(np.uint8)
    return PlainDream(pixels, shapes, losses, seconds)


def _make_step(weights: Path) -> Callable[[Any], tuple[Any, Any]]:
    model = keras.applications.InceptionV3(weights=None, include_top=False)
    model.load_weights(weights)
    extract = keras.Model(model.inputs[0], {name: model.get_layer(name).output for name in LAYERS})

    def step(image: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.zeros(())
            for name, activation in extract(image).items():
                inner = tf.reduce_sum(tf.square(activation[:, 2:-2, 2:-2, :]))
                loss += LAYERS[name] * inner / tf.cast(tf.size(activation), tf.float32)
        gradient = tape.gradient(loss, image)
        gradient /= tf.maximum(tf.reduce_mean(tf.abs(gradient)), 1e-6)
        return loss, image + STEP_SIZE * gradient

    return step


def main() -> None:
    """Dream one picture and write it. The benchmark times the whole process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    arguments = parser.parse_args()
    result = dream(keras.utils.img_to_array(keras.utils.load_img(arguments.source)), arguments.weights)
    keras.utils.save_img(arguments.output, result.pixels)
    arguments.report.write_text(json.dumps({"losses": result.losses, "seconds": result.seconds}))


if __name__ == "__main__":
    main()
