"""DeepDream in plain PyTorch: eager, channels last, in float32 or under bfloat16 autocast.

It needs only PyTorch, NumPy and Pillow, in an environment of its own. Batch normalisation is already folded
into the weights. The recipes repeat the engine's settings.
"""

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from benchmarks.torch_networks import NETWORKS, Network, Weights

OCTAVE_SCALE = 1.4
MIN_GRADIENT = 1e-6
BORDER = 2

Shape = tuple[int, int]
"""Height and width in pixels."""


@dataclass(frozen=True)
class Recipe:
    """The settings of a dream. ``anchored`` says how an octave restores its detail."""

    network: str
    layers: Mapping[str, float]
    octaves: int
    iterations: int
    step_size: float
    max_loss: float
    jitter: int
    clip: bool
    anchored: bool


RECIPES = {
    "classic": Recipe(
        "inception_v3",
        {"mixed4": 1.0, "mixed5": 1.5, "mixed6": 2.0, "mixed7": 2.5},
        octaves=3,
        iterations=20,
        step_size=0.01,
        max_loss=15.0,
        jitter=0,
        clip=False,
        anchored=False,
    ),
    "intense": Recipe(
        "efficientnet_lite0",
        {"block11/expand": 1.0, "block8/expand": 1.0, "block6/depthwise": 1.0},
        octaves=5,
        iterations=30,
        step_size=0.02,
        max_loss=float("inf"),
        jitter=64,
        clip=True,
        anchored=True,
    ),
}


class AnchoredGrowth:
    """Adds the dream's own changes to the source at every size, channel by channel."""

    def __init__(self, source: np.ndarray) -> None:
        self._source = source
        self._dream: np.ndarray | None = None

    def enter(self, shape: Shape) -> Tensor:
        """The picture that an octave starts from, ``[1, 3, height, width]``."""
        planes = []
        for colour in range(3):
            source = self._source[..., colour]
            plane = _resized(source, shape, Image.Resampling.BILINEAR)
            if self._dream is not None:
                dream = self._dream[..., colour]
                added = dream - _resized(source, dream.shape, Image.Resampling.BILINEAR)
                plane = plane + _resized(added, shape, Image.Resampling.BICUBIC)
            planes.append(plane)
        return _to_tensor(np.stack(planes, -1))

    def leave(self, image: Tensor) -> Tensor:
        """Keep the octave's result."""
        self._dream = _to_array(image)
        return image


class ReferenceGrowth:
    """Enlarges the dream, and adds the detail that the source lost when it was shrunk."""

    def __init__(self, source: np.ndarray) -> None:
        self._source = _to_tensor(source)
        self._dream = self._source
        self._shrunk: Tensor | None = None

    def enter(self, shape: Shape) -> Tensor:
        """The picture that an octave starts from, ``[1, 3, height, width]``."""
        return _sampled(self._dream, shape)

    def leave(self, image: Tensor) -> Tensor:
        """Restore the detail."""
        shape = tuple(image.shape[2:])
        same_size = _sampled(self._source, shape)
        shrunk = same_size if self._shrunk is None else self._shrunk
        self._dream, self._shrunk = image + same_size - _sampled(shrunk, shape), same_size
        return self._dream


def dream(
    rgb: np.ndarray, recipe: Recipe, network: Network, seed: int, dtype: torch.dtype = torch.float32
) -> tuple[np.ndarray, list[list[float]], float]:
    """Dream uint8 ``[height, width, 3]``.

    Returns:
        The dreamed pixels, the losses by octave, and the seconds of the steps.
    """
    random = np.random.default_rng(seed)
    height, width = rgb.shape[:2]
    shapes = [
        (int(height / OCTAVE_SCALE**i), int(width / OCTAVE_SCALE**i)) for i in reversed(range(recipe.octaves))
    ]
    losses: list[list[float]] = []
    started = time.perf_counter()
    values = rgb.astype(np.float32) / 127.5 - 1.0
    growth = AnchoredGrowth(values) if recipe.anchored else ReferenceGrowth(values)
    for shape in shapes:
        image = growth.enter(shape)
        losses.append([])
        for _ in range(recipe.iterations):
            shift = random.integers(-recipe.jitter, recipe.jitter, size=2, endpoint=True)
            random.uniform(-1.0, 1.0, size=2)  # the engine draws the tile grid of large pictures here
            loss, image = step(image, recipe, network, (int(shift[0]), int(shift[1])), dtype)
            losses[-1].append(loss)
            if loss > recipe.max_loss:
                break
        image = growth.leave(image)
    seconds = time.perf_counter() - started
    pixels = ((_to_array(image).clip(-1.0, 1.0) + 1.0) * 127.5).round().astype(np.uint8)
    return pixels, losses, seconds


def step(
    image: Tensor, recipe: Recipe, network: Network, shift: Shape, dtype: torch.dtype
) -> tuple[float, Tensor]:
    """One step of gradient ascent. Returns the loss before it and the picture after it."""
    image = image.requires_grad_()
    rolled = torch.roll(image, shift, (2, 3)) if recipe.jitter else image
    with torch.autocast("cpu", dtype, enabled=dtype is not torch.float32):
        activations = network(rolled)
    loss = torch.zeros(())
    for name, weight in recipe.layers.items():
        inner = activations[name][:, :, BORDER:-BORDER, BORDER:-BORDER]
        loss = loss + weight * inner.square().sum(dtype=torch.float32) / activations[name].numel()
    (gradient,) = torch.autograd.grad(loss, image)
    with torch.no_grad():
        gradient /= gradient.abs().mean().clamp(min=MIN_GRADIENT)
        stepped = image + recipe.step_size * gradient
        return loss.item(), stepped.clamp(-1.0, 1.0) if recipe.clip else stepped


def _to_tensor(values: np.ndarray) -> Tensor:
    tensor = torch.from_numpy(np.ascontiguousarray(values, np.float32))
    return tensor.permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last)


def _to_array(image: Tensor) -> np.ndarray:
    array: np.ndarray = image[0].permute(1, 2, 0).numpy()
    return array


def _sampled(image: Tensor, shape: Shape) -> Tensor:
    sampled = functional.interpolate(image, shape, mode="bilinear", align_corners=False)
    # Resizing three channels loses the memory format.
    return sampled.contiguous(memory_format=torch.channels_last)


def _resized(plane: np.ndarray, shape: Shape, resampling: Image.Resampling) -> np.ndarray:
    return np.asarray(Image.fromarray(plane).resize(shape[::-1], resampling))


def main() -> None:
    """Dream one picture and write it. If it is dreamed several times, the last one is reported."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--octaves", type=int, help="instead of the recipe's")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    arguments = parser.parse_args()
    recipe = RECIPES[arguments.recipe]
    if arguments.octaves:
        recipe = replace(recipe, octaves=arguments.octaves)
    dtype = getattr(torch, arguments.precision)
    network = NETWORKS[recipe.network](Weights(arguments.weights))
    rgb = np.asarray(Image.open(arguments.source).convert("RGB"))
    for _ in range(arguments.times):
        pixels, losses, seconds = dream(rgb, recipe, network, arguments.seed, dtype)
    Image.fromarray(pixels).save(arguments.output)
    report = {"losses": losses, "seconds": seconds, "precision": arguments.precision}
    arguments.report.write_text(json.dumps(report))


if __name__ == "__main__":
    main()
