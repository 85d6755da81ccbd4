"""A dream of known length: it sleeps where the network would compute, and all else is real.

Its actors load no TensorFlow, so that one machine can play many, and what is left of a dream's time is what
the cluster costs.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from benchmarks.processes import EXAMPLES
from dream_engine.compute.unencoded_dream import UnencodedDream
from dream_engine.dreams import Dream, DreamRequest, OctaveRecord, Progress
from dream_engine.executors.pool.messages import Failed, WorkerPlan
from dream_engine.executors.ray.actor import DreamActor
from dream_engine.executors.ray.resources import WorkerResources
from dream_engine.images import Limits, Picture, decode, encode, encode_preview
from dream_engine.memory import MemoryUse, resident
from dream_engine.settings import DreamSettings

STEP_SECONDS = 0.1
"""What a step takes; it could tell its progress, as a real one does."""

PREVIEW_SECONDS = 2.0
"""As often as the bot asks for one, as it comes."""

_SIDE = 512


SOURCE = EXAMPLES / "cat.jpg"


def sleep_request(seconds: float) -> DreamRequest:
    """Ask for a dream of so many seconds."""
    settings = DreamSettings(octaves=1, iterations=round(seconds / STEP_SECONDS))
    return DreamRequest(SOURCE.read_bytes(), settings, preview_seconds=PREVIEW_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slept(UnencodedDream):
    """A dream of which only the file is missing, and that is there already: nothing has to be computed."""

    image: bytes

    def finish(self) -> Dream:
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
    """In a Dreamer's place: tells of steps, shows previews and answers with a picture, each of a real size.

    Where others tell a loss, it tells the moment at which it began, on the machine's monotonic clock.
    """

    def grow(self, request: DreamRequest) -> Iterator[Progress | _Slept]:
        """Sleep through the steps that are wished for."""
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

    def rest(self) -> MemoryUse:
        """Tell what is held between two dreams; nothing is let go of."""
        held = resident()
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

    _dreamer: Any  # a Sleeper, which has the methods that an actor calls

    def warm(self, plan: WorkerPlan, need: WorkerResources) -> Failed | None:  # noqa: ARG002 - nothing is computed
        """Get ready, without TensorFlow."""
        self._dreamer = SleepingDreamer()
        list(self._dreamer.grow(sleep_request(STEP_SECONDS)))  # the pictures are made
        return None
