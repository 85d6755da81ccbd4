"""The Dreamer: turns requests into dreams, and yields progress while it computes."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from dream_engine import backbones
from dream_engine.compute.frame_dreamer import FrameDreamer
from dream_engine.compute.growth import Snapshot
from dream_engine.compute.masks import Mask
from dream_engine.compute.motion import ChunkDreamer, ChunkTools
from dream_engine.compute.networks import Networks
from dream_engine.compute.objective_builder import GUIDE_SIDE, build_objective
from dream_engine.compute.objectives import ChannelsObjective
from dream_engine.compute.octaves import DETAIL_STRATEGIES
from dream_engine.compute.padding import mirror_pad
from dream_engine.compute.progress import ProgressReporter
from dream_engine.compute.request_settings import device_precision, finished_pixels, has_gpu, resolve_settings
from dream_engine.compute.threads import ThreadShare
from dream_engine.dreams import Dream, DreamRequest, OctaveRecord, Progress
from dream_engine.errors import GuideError, MaskError, PictureError
from dream_engine.frames import Chunk, ChunkRequest, Frame
from dream_engine.images import Limits, Picture, check_encodable, encode
from dream_engine.images.subprocess import DecoderProcess, shared_decoder
from dream_engine.memory import Memory, MemoryUse
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings, limits_of
from dream_engine.shapes import TILES, Shape, octave_shapes
from dream_engine.unencoded_dream import UnencodedDream


class Dreamer:
    """Dreams on this process's device, and keeps networks and compiled steps between dreams.

    Args:
        weights: Weights files by backbone name, used instead of the backbones' own weights.
        limits: The bounds of a source's size and shape.
        precision: The number format that networks compute in; ``None`` for the fastest on this processor.
        memory: Plans how much memory a dream may take; by default, all that the machine has available.
        clock: Returns the time in seconds.
        decoder: Decodes pictures; by default, this process's shared decoder.
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
        self._decoder.start()  # it starts up while the network is loaded
        self._precision = precision or device_precision()
        self._limits = limits or Limits()
        self._memory = memory or Memory()
        self._clock = clock
        self._share = ThreadShare(fixed=has_gpu())
        self._networks = Networks(weights or {}, self._precision, self._memory, self._share)

    def dream(self, request: DreamRequest) -> Iterator[Progress | Dream]:
        """Compute and encode a dream.

        Args:
            request: The request.

        Yields:
            Progress after every step, and between tiles; finally the dream. Closing the iterator stops the
            dream.

        Raises:
            PictureError: The source, the guide or the mask cannot be read, or the mask has other proportions
                than the source.
            SettingsError: The settings conflict with the guide or the mask.
            WeightsError: The backbone's weights cannot be used.
            TimeLimitError: The dream took longer than the request allows.
        """
        for event in self.dream_unencoded(request):
            yield event.encode() if isinstance(event, UnencodedDream) else event

    def dream_unencoded(self, request: DreamRequest) -> Iterator[Progress | UnencodedDream]:
        """Compute a dream without encoding it.

        Another thread can encode it while the next dream is computed. This is like :meth:`dream`, but
        finally yields an :class:`UnencodedDream`.
        """
        started = self._clock()
        self._share.begin()
        source, settings, requested_shape = self._read_source(request)
        guide = None if request.guide is None else self._read_guide(request.guide)
        mask = None if request.mask is None else self._read_mask(request.mask, source)
        records: list[OctaveRecord] = []
        image = yield from self._run_octaves(source, guide, mask, settings, request, started, records)
        pixels = finished_pixels(image, source, mask, settings)
        del image
        picture = Picture(pixels, source.alpha, source.is_cut_short)
        self.release_excess_memory()
        yield UnencodedDream(
            picture=picture,
            request=request,
            settings=settings,
            octaves=tuple(records),
            precision=self._precision,
            started=started,
            clock=self._clock,
            requested_shape=requested_shape,
            guide_is_cut_short=guide is not None and guide.is_cut_short,
            mask_is_cut_short=mask is not None and mask.is_cut_short,
            sharers=self._share.mean_sharers,
        )

    def dream_chunk(self, request: ChunkRequest) -> Iterator[Progress | Frame | Chunk]:
        """Compute some frames of a motion.

        Args:
            request: The request.

        Yields:
            Progress after every step, each frame when it is finished, and finally the chunk. Closing the
            iterator stops it.

        Raises:
            PictureError: A picture, the guide or the mask cannot be read.
            SettingsError: The settings conflict with the guide or the mask.
            WeightsError: The backbone's weights cannot be used.
            TimeLimitError: The chunk took longer than the request allows.
        """
        started = self._clock()
        if not request.pictures and request.state is None:
            raise ValueError("the first chunk of a motion needs a picture")
        whole = DreamRequest(
            request.pictures[0] if request.pictures else b"",
            request.settings,
            request.guide,
            request.preset,
            preview_seconds=request.preview_seconds,
            time_limit=request.time_limit,
            mask=request.mask,
        )
        settings = resolve_settings(whole)
        guide = None if request.guide is None else self._read_guide(request.guide)
        masks: dict[Shape, Mask] = {}

        def mask_for(picture: Picture) -> Mask | None:
            shape = (picture.height, picture.width)
            if request.mask is not None and shape not in masks:
                masks[shape] = self._read_mask(request.mask, picture)
            return masks.get(shape)

        def dream_whole(
            picture: Picture, snapshots: list[Snapshot] | None
        ) -> Generator[Progress, None, np.ndarray]:
            mask = mask_for(picture)
            image = yield from self._run_octaves(
                picture, guide, mask, settings, whole, started, [], snapshots
            )
            return finished_pixels(image, picture, mask, settings)

        if request.pictures and (settings.strongest or settings.tile is None):
            first = self._decode_frame(request.pictures[0], settings)
            settings = self._with_tile(settings, first.rgb.shape[:2], masked=request.mask is not None)
            settings = self._with_fixed_channels(settings, first)
        request = replace(request, settings=settings)
        tools = ChunkTools(
            decode=lambda data: self._decode_frame(data, settings),
            whole=dream_whole,
            frames=lambda picture: FrameDreamer(
                settings, build_objective(settings, picture.rgb, guide, self._networks), self._networks
            ),
            mask_for=mask_for,
            clock=self._clock,
            started=started,
        )
        state = yield from ChunkDreamer(request, tools).run()
        seconds = self._clock() - started
        yield Chunk(request.first, request.count, state, settings, seconds, self._precision)

    def warm(self, settings: DreamSettings) -> None:
        """Load the network for some settings, and compile the step over whole pictures of any size.

        Small and large pictures compute on different numbers of threads, for which it is compiled apart. The
        first dream with other layers, with a guide, or over tiles still compiles its own step.

        Raises:
            WeightsError: The backbone's weights cannot be used.
        """
        side = max(2 * backbones.get(settings.backbone).minimum_side, self._limits.shortest_side)
        grey = Picture(np.full((side, side, 3), 127, np.uint8))
        quick = settings.replace(octaves=1, iterations=1, size=None, guide=None, mask=None)
        usual = self._share.fixed
        try:
            for self._share.fixed in sorted({usual, True}):
                for _ in self.dream(DreamRequest(encode(grey, "png"), quick)):
                    pass
        finally:
            self._share.fixed = usual
        self._memory.record_baseline()

    def share_cores(self, sharers: int) -> None:
        """Compute on fewer threads from the next step on, because other processes use the same cores.

        Args:
            sharers: How many processes compute on them, this one included. Any thread may call this.
        """
        self._share.sharers = sharers

    def release_excess_memory(self) -> MemoryUse:
        """Drop compiled steps while the process exceeds its memory bound; see :class:`Networks`.

        Returns:
            The memory that the process holds then. If it still exceeds the bound, only a new process holds
            less.
        """
        return self._networks.release_excess_memory()

    def _read_source(self, request: DreamRequest) -> tuple[Picture, DreamSettings, Shape | None]:
        """Decode the source at the requested size, or at the largest for which memory suffices.

        Returns:
            The source, the settings that reproduce this dream, and the requested shape if memory does not
            suffice for it.
        """
        settings = resolve_settings(request)
        max_decoded_pixels = self._memory.max_decoded_pixels()
        source = self._decoder.decode(request.source, self._limits, settings.size, max_decoded_pixels)
        check_encodable(source, request.file_format)
        whole = (source.height, source.width)
        masked = request.mask is not None
        settings = self._with_tile(settings, whole, masked=masked)
        step_bytes = _step_bytes(settings)
        shape = self._memory.fit_shape(
            whole, step_bytes, settings.tile_side, settings.backbone, masked=masked
        )
        if shape == whole:
            return source, settings, None
        del source  # otherwise both sources would be in memory
        settings = settings.replace(size=min(max(shape), limits_of("size")[1]))
        shrunk = self._decoder.decode(request.source, self._limits, settings.size, max_decoded_pixels)
        return shrunk, settings, whole

    def _with_tile(self, settings: DreamSettings, shape: Shape, *, masked: bool) -> DreamSettings:
        """Load the network to measure its memory, and fill in the tile that memory then allows."""
        self._networks.network(settings.backbone, settings.layer_names)
        if settings.tile is not None:
            return settings
        if has_gpu():  # only the memory of the machine is known
            return settings.replace(tile=TILES[0])
        step_bytes = _step_bytes(settings)
        tile = self._memory.choose_tile(shape, step_bytes, settings.backbone, masked=masked)
        return settings.replace(tile=tile)

    def _decode_frame(self, data: bytes, settings: DreamSettings) -> Picture:
        return self._decoder.decode(data, self._limits, settings.size, self._memory.max_decoded_pixels())

    def _with_fixed_channels(self, settings: DreamSettings, picture: Picture) -> DreamSettings:
        """Name the channels that a picture excites most, so that all chunks maximise the same."""
        if not settings.strongest:
            return settings
        objective = build_objective(settings, picture.rgb, None, self._networks)
        if not isinstance(objective, ChannelsObjective):
            return settings
        return settings.replace(strongest=None, channels=objective.channels)

    def _read_guide(self, guide: bytes) -> Picture:
        try:
            return self._decoder.decode(guide, self._limits, GUIDE_SIDE, self._memory.max_decoded_pixels())
        except PictureError as error:
            raise GuideError(problem=error) from error

    def _read_mask(self, mask: bytes, source: Picture) -> Mask:
        try:
            picture = self._decoder.decode(mask, self._limits, None, self._memory.max_decoded_pixels())
            return Mask.scaled(picture, (source.height, source.width))
        except PictureError as error:
            raise MaskError(problem=error) from error

    def _run_octaves(
        self,
        source: Picture,
        guide: Picture | None,
        mask: Mask | None,
        settings: DreamSettings,
        request: DreamRequest,
        started: float,
        records: list[OctaveRecord],
        snapshots: list[Snapshot] | None = None,
    ) -> Generator[Progress, None, np.ndarray]:
        """Run the ascent at every octave, append a record of each, and return the final picture.

        A snapshot of each step is appended, too, if there is a list for it.
        """
        objective = build_objective(settings, source.rgb, guide, self._networks)
        ascent = self._networks.ascent(settings.backbone, type(objective), objective.layers)
        shapes = octave_shapes((source.height, source.width), settings.octaves, settings.octave_scale)
        reporter = ProgressReporter(request, shapes, settings.iterations, self._clock, started, source.alpha)
        strategy = DETAIL_STRATEGIES[settings.detail](source.rgb, mask)
        random = np.random.default_rng(settings.seed)
        minimum_side = backbones.get(settings.backbone).minimum_side
        for octave, shape in enumerate(shapes):
            octave_started = self._clock()
            losses: list[float] = []
            padded, inside = mirror_pad(strategy.start_octave(shape), minimum_side)
            weights = None if mask is None else mirror_pad(mask.weights(shape), minimum_side)[0]
            for state in ascent.run(padded, objective, settings, random, weights):
                if state.loss is not None and state.step > len(losses):
                    losses.append(state.loss)
                    if snapshots is not None:
                        snapshots.append(Snapshot.of(np.asarray(state.image[inside])[0], source.rgb))
                yield reporter.report(octave, state, inside)
            strategy.finish_octave(np.require(state.image[inside], requirements="W"))
            del padded, state  # otherwise the next octave would start with this octave's picture in memory
            records.append(OctaveRecord(*shape, tuple(losses), self._clock() - octave_started))
        yield from reporter.report_end()
        image: np.ndarray = strategy.dream[0]
        return image


def _step_bytes(settings: DreamSettings) -> int:
    """Bytes of the machine's memory that a step takes per pixel that it computes at once."""
    return 0 if has_gpu() else backbones.get(settings.backbone).step_bytes
