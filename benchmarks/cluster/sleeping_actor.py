"""A dream of known length. It sleeps where the network would compute. Everything else is real.

Its actors load no TensorFlow, so that one machine can run many. The rest of a dream's time is the cluster's
overhead.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from benchmarks.processes import EXAMPLES
from dream_engine.dreams import Dream, DreamRequest, OctaveRecord, Progress
from dream_engine.executors.pool.messages import WorkerPlan
from dream_engine.executors.ray.actor import DreamActor
from dream_engine.frames import Chunk, ChunkRequest, Frame
from dream_engine.images import Limits, Picture, decode, encode, encode_preview
from dream_engine.memory import MemoryUse, resident_bytes
from dream_engine.settings import DreamSettings
from dream_engine.unencoded_dream import UnencodedDream

STEP_SECONDS = 0.1
"""The time of a step, after which it can report progress as a real one does."""

PREVIEW_SECONDS = 2.0
"""The bot's default interval between previews."""

_SIDE = 512


SOURCE = EXAMPLES / "cat.jpg"


def sleep_request(seconds: float) -> DreamRequest:
    """Build a request for a dream that takes this many seconds."""
    settings = DreamSettings(octaves=1, iterations=round(seconds / STEP_SECONDS))
    return DreamRequest(SOURCE.read_bytes(), settings, preview_seconds=PREVIEW_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slept(UnencodedDream):
    """A dream whose file exists already, so that nothing has to be computed."""

    image: bytes

    def encode(self) -> Dream:
        """The dream."""
        return Dream(
            image=self.image,
            file_format="png",
            height=self.picture.height,
            width=self.picture.width,
            settings=self.settings,
            preset=None,
            octaves=self.octaves,
            seconds=self.clock() - self.started,
            precision=self.precision,
        )


class SleepingDreamer:
    """Replaces a Dreamer: reports steps, previews and a picture of realistic sizes.

    In place of the loss it reports the time at which it started, on the machine's monotonic clock.
    """

    def warm(self, settings: DreamSettings) -> None:  # noqa: ARG002 - nothing is computed
        """Prepare the pictures."""
        list(self.dream_unencoded(sleep_request(STEP_SECONDS)))

    def dream_unencoded(self, request: DreamRequest) -> Iterator[Progress | _Slept]:
        """Sleep through the requested steps."""
        height, width = self._picture.height, self._picture.width
        began = preview_due = time.monotonic()
        steps = request.settings.iterations
        for step in range(steps + 1):
            preview = None
            if request.preview_seconds is not None and time.monotonic() >= preview_due:
                preview_due += request.preview_seconds
                preview = self._preview
            fraction = step / steps
            yield Progress(0, 1, step, steps, height, width, began, fraction, preview=preview)
            if step < steps:
                time.sleep(STEP_SECONDS)
        yield _Slept(
            picture=self._picture,
            request=request,
            settings=request.settings,
            octaves=(OctaveRecord(height, width, (), time.monotonic() - began),),
            precision="float32",
            started=began,
            clock=time.monotonic,
            image=self._image,
        )

    def dream_chunk(self, request: ChunkRequest) -> Iterator[Progress | Frame | Chunk]:
        """Refuse, because only whole dreams are measured."""
        raise NotImplementedError

    def share_cores(self, sharers: int) -> None:
        """Ignore it; this dreamer computes nothing."""

    def release_excess_memory(self) -> MemoryUse:
        """Report the memory between two dreams, without releasing any."""
        held = resident_bytes()
        return MemoryUse(resident=held, bound=held)

    @cached_property
    def _picture(self) -> Picture:
        picture = decode(SOURCE.read_bytes(), Limits())
        shrink = _SIDE / max(picture.height, picture.width)
        return picture.resized(round(picture.height * shrink), round(picture.width * shrink))

    @cached_property
    def _preview(self) -> bytes:
        return encode_preview(self._picture.rgb, (self._picture.height, self._picture.width))

    @cached_property
    def _image(self) -> bytes:
        return encode(self._picture, "png")


class SleepingActor(DreamActor):
    """An actor that sleeps."""

    def make_dreamer(self, plan: WorkerPlan) -> SleepingDreamer:  # noqa: ARG002 - nothing is computed
        """Make a dreamer that needs no TensorFlow."""
        return SleepingDreamer()
