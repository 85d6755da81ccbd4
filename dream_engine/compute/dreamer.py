"""The Dreamer: a source and settings in, a dream out, telling progress on the way."""

import hashlib
import secrets
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from dream_engine import backbones
from dream_engine.compute.ascent import Ascent
from dream_engine.compute.folding import WeightsStore, cut_and_fold
from dream_engine.compute.lru_cache import LruCache
from dream_engine.compute.objectives import (
    ChannelsObjective,
    GuideObjective,
    LayersObjective,
    Objective,
    WeightedChannelsObjective,
)
from dream_engine.compute.octaves import GROWTHS
from dream_engine.compute.progress import ProgressReporter
from dream_engine.dreams import Dream, DreamRequest, OctaveRecord, Progress
from dream_engine.errors import GuideError, PictureError, SettingsError
from dream_engine.images import Limits, Picture, check_encodable, encode
from dream_engine.images.subprocess import DecoderProcess, shared_decoder
from dream_engine.memory import Memory, MemoryUse, give_back
from dream_engine.pixels import give_colours, to_pixels, to_values
from dream_engine.precision import Precision, quickest_precision
from dream_engine.runtime import keras, tf
from dream_engine.settings import DreamSettings, limits_of, split_channel
from dream_engine.shapes import Shape, octave_shapes, shrunk_shape
from dream_engine.unencoded_dream import UnencodedDream

_WARM_NETWORKS = 6
"""How many cut networks, and compiled steps, are kept at most; each holds copies of smaller kernels."""

_WARM_BACKBONES = 2
"""How many backbones' weights are kept at most."""

_GUIDE_SIDE = 256
"""The longest side of a guide, in pixels: enough features, and few enough to compare with each."""

_GUIDE_FEATURES = 1024
"""How many of a guide's positions are compared with at most."""

_GUIDE_COMPARISONS = 40_000_000
"""How many comparisons of positions one tile may need: as many floats are in memory at once."""

_STRONGEST_SIDE = 384
"""The longest side of the source, in pixels, when its strongest channels are picked."""


class Dreamer:
    """Dreams on this process's device, and keeps networks and compiled steps warm between dreams.

    Args:
        weights: By backbone name, a file of weights to use in place of the backbone's own.
        limits: What a source may be.
        precision: What the networks compute in; ``None`` for what this processor is quickest with.
        memory: Knows how much of it a dream may take; by default, as much as the machine has left.
        clock: Tells the seconds.
        decoder: Reads pictures; by default, the one child process of this process that does.
    """

    def __init__(
        self,
        weights: Mapping[str, Path] | None = None,
        limits: Limits | None = None,
        precision: Precision | None = None,
        memory: Memory | None = None,
        clock: Callable[[], float] = time.monotonic,
        decoder: DecoderProcess | None = None,
    ) -> None:
        self._decoder = decoder or shared_decoder()
        self._decoder.start()  # it gets ready while the network is loaded
        self._precision = precision or _quickest_precision()
        self._weights = dict(weights or {})
        self._limits = limits or Limits()
        self._memory = memory or Memory()
        self._clock = clock
        self._model = LruCache(_WARM_BACKBONES, self._load_model)
        self._network = LruCache(_WARM_NETWORKS, self._cut_network)
        self._ascent = LruCache(_WARM_NETWORKS, self._compile_ascent)

    def dream(self, request: DreamRequest) -> Iterator[Progress | Dream]:
        """Dream.

        Args:
            request: The source and what shall become of it.

        Yields:
            Progress after every step, and between the tiles of one; last the dream. Closing the iterator
            stops the dream.

        Raises:
            PictureError: The source or the guide cannot be read.
            SettingsError: The settings do not fit the guide.
            WeightsError: The backbone's weights cannot be used.
            TimeLimitError: The dream took longer than the request allows.
        """
        for event in self.grow(request):
            yield event.finish() if isinstance(event, UnencodedDream) else event

    def grow(self, request: DreamRequest) -> Iterator[Progress | UnencodedDream]:
        """Dream, but leave the file to be written: another thread can do that while the next dream grows.

        Like :meth:`dream`, but what it yields last is not the dream, only grown.
        """
        started = self._clock()
        source, settings, wanted = self._read(request)
        guide = None if request.guide is None else self._read_guide(request.guide)
        records: list[OctaveRecord] = []
        image = yield from self._grow(source, guide, settings, request, started, records)
        if settings.keep_colour:
            give_colours(image, source.rgb)
        picture = Picture(to_pixels(image), source.alpha, source.is_cut_short)
        del image
        self.rest()
        yield UnencodedDream(
            picture=picture,
            request=request,
            settings=settings,
            octaves=tuple(records),
            precision=self._precision,
            started=started,
            clock=self._clock,
            wanted=wanted,
            guide_is_cut_short=guide is not None and guide.is_cut_short,
        )

    def warm(self, settings: DreamSettings) -> None:
        """Load what these settings need and compile the step over whole pictures.

        A first dream with other layers, with a guide, or over tiles still compiles its own step.

        Raises:
            WeightsError: The backbone's weights cannot be used.
        """
        side = max(2 * backbones.get(settings.backbone).minimum_side, self._limits.shortest_side)
        speck = Picture(np.full((side, side, 3), 127, np.uint8))
        quick = settings.replace(octaves=1, iterations=1, size=None, guide=None)
        for _ in self.dream(DreamRequest(encode(speck, "png"), quick)):
            pass
        self._memory.settle()

    def rest(self) -> MemoryUse:
        """Let go, between two dreams, of what is kept beyond the bound: compiled steps, the oldest first.

        The step that was used last stays, and so does its backbone.

        Returns:
            What is held then. Where it is still too much, only a new process holds less.
        """
        if (use := self._memory.use()).excessive:
            give_back()
        while (use := self._memory.use()).excessive and self._let_go():
            give_back()
        return use

    def _let_go(self) -> bool:
        """Let go of what was not used for longest; returns whether there was anything to let go of."""
        steps = self._ascent.drop_oldest()
        networks = self._network.drop_oldest()
        models = self._model.drop_oldest()
        return steps or networks or models

    def _make_room_for_a_trace(self) -> None:
        """Let go of compiled steps before another is traced, as far as the bound leaves no room for that.

        Tracing takes more memory for a moment than the step holds afterwards.
        """
        if not self._memory.has_room_for_a_trace():
            give_back()
        while not self._memory.has_room_for_a_trace() and self._ascent.drop_oldest(keep=0):
            self._network.drop_oldest()
            give_back()

    def _read(self, request: DreamRequest) -> tuple[Picture, DreamSettings, Shape | None]:
        """Decode the source as large as is wished for, or as there is memory for.

        Returns:
            The source, the settings that make this dream again, and the shape that there is no memory for.
        """
        settings = _settled(request)
        most_decoded = self._memory.most_decoded()
        source = self._decoder.decode(request.source, self._limits, settings.size, most_decoded)
        check_encodable(source, request.file_format)
        self._network(settings.backbone, settings.layer_names)  # to know what it takes
        step_bytes = 0 if _has_gpu() else backbones.get(settings.backbone).step_bytes
        whole = (source.height, source.width)
        shape = self._memory.fitting(whole, step_bytes, settings.tile, settings.backbone)
        if shape == whole:
            return source, settings, None
        del source  # or both would be in memory
        settings = settings.replace(size=min(max(shape), limits_of("size")[1]))
        return (
            self._decoder.decode(request.source, self._limits, settings.size, most_decoded),
            settings,
            whole,
        )

    def _read_guide(self, guide: bytes) -> Picture:
        try:
            return self._decoder.decode(guide, self._limits, _GUIDE_SIDE, self._memory.most_decoded())
        except PictureError as error:
            raise GuideError(problem=error) from error

    def _grow(
        self,
        source: Picture,
        guide: Picture | None,
        settings: DreamSettings,
        request: DreamRequest,
        started: float,
        records: list[OctaveRecord],
    ) -> Generator[Progress, None, np.ndarray]:
        """Climb at every octave, noting down what happened; return the grown picture."""
        objective = self._objective(settings, source.rgb, guide)
        ascent = self._ascent(settings.backbone, type(objective), objective.layers)
        shapes = octave_shapes((source.height, source.width), settings.octaves, settings.octave_scale)
        teller = ProgressReporter(request, shapes, settings.iterations, self._clock, started, source.alpha)
        growth = GROWTHS[settings.detail](source.rgb)
        random = np.random.default_rng(settings.seed)
        minimum_side = backbones.get(settings.backbone).minimum_side
        for octave, shape in enumerate(shapes):
            octave_started = self._clock()
            losses: list[float] = []
            padded, inside = _mirrored_outward(growth.enter(shape), minimum_side)
            for here in ascent.climb(padded, objective, settings, random):
                if here.loss is not None and here.step > len(losses):
                    losses.append(here.loss)
                yield teller.tell(octave, here, inside)
            growth.leave(np.require(here.image[inside], requirements="W"))
            del padded, here  # or the next octave would begin with the picture of this one in memory
            records.append(OctaveRecord(*shape, tuple(losses), self._clock() - octave_started))
        yield from teller.tell_the_end()
        grown: np.ndarray = growth.dream[0]
        return grown

    def _objective(self, settings: DreamSettings, source: np.ndarray, guide: Picture | None) -> Objective:
        weights = settings.layer_weights
        layers = tuple(weights)
        if guide is not None:
            return self._guide_objective(settings, guide.rgb)
        if settings.channels or settings.strongest:
            layer = backbones.get(settings.backbone).layer(layers[0])
            channels = settings.channels
            if settings.strongest:
                activation = self._look(settings.backbone, layers, _shrunk(source))[layer.name]
                excitement = tf.reduce_mean(tf.nn.relu(activation), axis=(0, 1, 2)).numpy()
                strongest = np.argsort(-excitement, kind="stable")[: settings.strongest]
                channels = tuple(int(channel) for channel in strongest)
            return ChannelsObjective(layer.name, channels, layer.channels)
        if settings.has_single_channels:
            depths = {
                name: backbones.get(settings.backbone).layer(name).channels for name in settings.layer_names
            }
            terms = [(*split_channel(name), weight) for name, weight in weights.items()]
            return WeightedChannelsObjective.of(terms, depths)
        return LayersObjective(weights)

    def _guide_objective(self, settings: DreamSettings, rgb: np.ndarray) -> GuideObjective:
        weights = settings.layer_weights
        activations = self._look(settings.backbone, tuple(weights), rgb)
        features = {}
        for layer in weights:
            positions_per_pixel = _positions(activations[layer]) / (rgb.shape[0] * rgb.shape[1])
            most = min(_GUIDE_FEATURES, _GUIDE_COMPARISONS / (settings.tile**2 * positions_per_pixel))
            features[layer] = _features(activations[layer], most)
        return GuideObjective(weights, features)

    def _look(self, backbone: str, layers: tuple[str, ...], rgb: np.ndarray) -> Mapping[str, Any]:
        """The activations of a picture.

        They are computed on a thread of their own: TensorFlow keeps oneDNN's code for each size and thread,
        and forgets it when the thread ends. The next guide has another size anyway.
        """
        shown = backbones.get(backbone)
        padded, _ = _mirrored_outward(to_values(rgb[None]), shown.minimum_side)
        network = self._network(backbone, layers)
        with ThreadPoolExecutor(1) as thread:
            activations = thread.submit(lambda: network(shown.prepare(padded))).result()
        return {layer: tf.cast(activation, tf.float32) for layer, activation in activations.items()}

    def _load_model(self, backbone: str) -> tuple[keras.Model, WeightsStore]:
        return backbones.get(backbone).load(self._weights.get(backbone)), {}

    def _cut_network(self, backbone: str, layers: tuple[str, ...]) -> keras.Model:
        known = backbones.get(backbone)
        keras_names = {name: known.layer(name).keras_name for name in layers}
        with self._memory.loading(backbone):
            model, weights = self._model(backbone)
            return cut_and_fold(model, keras_names, self._precision, weights)

    def _compile_ascent(self, backbone: str, kind: type[Objective], layers: tuple[str, ...]) -> Ascent:
        network = self._network(backbone, layers)
        self._make_room_for_a_trace()
        return Ascent(backbones.get(backbone), network, kind, layers)


def _settled(request: DreamRequest) -> DreamSettings:
    """The settings with what chance and the guide decide filled in."""
    settings, guide = request.settings, request.guide
    if settings.seed is None:
        settings = settings.replace(seed=secrets.randbelow(2**32))
    if guide is not None:
        digest = hashlib.sha256(guide).hexdigest()
        if settings.guide not in (None, digest):
            raise SettingsError(field="guide", bound="the SHA-256 of the guide picture", value="another's")
        return settings.replace(guide=digest)
    if settings.guide is not None:
        raise SettingsError(field="guide", bound="given as a picture", value="only named")
    return settings


def _quickest_precision() -> Precision:
    """What this process's device is quickest with; on a GPU, bfloat16 has not been measured yet."""
    return "float32" if _has_gpu() else quickest_precision()


def _has_gpu() -> bool:
    return bool(tf.config.list_physical_devices("GPU"))


def _mirrored_outward(image: np.ndarray, minimum_side: int) -> tuple[np.ndarray, tuple[slice, ...]]:
    """Continue a picture by its mirror image until a network has something to look at.

    Returns:
        The larger picture, and where in it the given one lies.
    """
    _, height, width, _ = image.shape
    down, across = (max(0, minimum_side - side) for side in (height, width))
    top, left = down // 2, across // 2
    inside = np.s_[:, top : top + height, left : left + width, :]
    if down or across:
        outward = ((0, 0), (top, down - top), (left, across - left), (0, 0))
        image = np.pad(image, outward, "symmetric")
    return image, inside


def _shrunk(rgb: np.ndarray) -> np.ndarray:
    height, width = shrunk_shape(rgb.shape[:2], _STRONGEST_SIDE, shortest=1)
    return Picture(rgb).resized(height, width).rgb


def _positions(activation: Any) -> int:
    return int(activation.shape[1] * activation.shape[2])


def _features(activation: Any, most: float) -> np.ndarray:
    """A guide's features at one layer, ``[positions, channels]``, averaged until they are few enough."""
    while _positions(activation) > max(1.0, most):
        activation = tf.nn.avg_pool2d(activation, 2, 2, "SAME")
    features: np.ndarray = activation.numpy()
    return features.reshape(-1, features.shape[-1])
