"""The loop that every worker runs, in a child process or in a Ray actor."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from dream_engine.dreams import DreamRequest, Progress
from dream_engine.executors.pool.log_forwarding import dream_number
from dream_engine.executors.pool.messages import (
    AtRest,
    Failed,
    Freed,
    Reported,
    Request,
    Stopped,
    WorkerPlan,
    failed,
)
from dream_engine.frames import Chunk, ChunkRequest, Frame
from dream_engine.memory import Memory, MemoryUse
from dream_engine.settings import DreamSettings
from dream_engine.unencoded_dream import UnencodedDream

DreamMessage = AtRest | Reported | Freed | Stopped | Failed
"""The messages that a worker sends about a dream, or about a chunk of a motion."""

# Not named after the module: the command prints warnings of dream_engine.executors.pool, but not of a worker.
_log = logging.getLogger("dream_engine.worker")


class SupportsDreaming(Protocol):
    """The methods of :class:`~dream_engine.compute.dreamer.Dreamer` that a worker calls."""

    def warm(self, settings: DreamSettings) -> None:
        """Load and compile everything that a dream with these settings needs."""

    def dream_unencoded(self, request: DreamRequest) -> Iterator[Progress | UnencodedDream]:
        """Dream, and leave the encoding of the file to the caller."""

    def dream_chunk(self, request: ChunkRequest) -> Iterator[Progress | Frame | Chunk]:
        """Compute a chunk of a motion: progress, each frame as it is finished, and last the chunk."""

    def release_excess_memory(self) -> MemoryUse:
        """Release memory between two dreams; returns how much is held then."""

    def share_cores(self, sharers: int) -> None:
        """Compute on fewer threads, because other processes compute on the same cores, or on all again."""


def make_dreamer(plan: WorkerPlan) -> SupportsDreaming:
    """Load TensorFlow and make the Dreamer that a plan describes."""
    from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - loads TensorFlow, and can fail

    memory = Memory(plan.memory, plan.sharers)
    return Dreamer(plan.weights, plan.limits, plan.precision, memory)


class DreamServer:
    """Warms a Dreamer, runs dreams with it and reports about each in messages.

    It takes the steps of one dream at a time. While it encodes the file of one dream, another thread can run
    the next.

    Args:
        make_dreamer: Makes the Dreamer of a plan.
        report_seconds: The least time between two reports of a dream's progress. Previews and the last step
            are always reported.
    """

    def __init__(
        self,
        make_dreamer: Callable[[WorkerPlan], SupportsDreaming] = make_dreamer,
        *,
        report_seconds: float = 0.0,
    ) -> None:
        self._make_dreamer = make_dreamer
        self._report_seconds = report_seconds
        self._dreamer: SupportsDreaming | None = None
        self._stopped: set[int] = set()
        self._encoding = threading.Lock()

    def warm(self, plan: WorkerPlan) -> Failed | None:
        """Make the Dreamer and warm it; returns the failure, if there was one."""
        try:
            dreamer = self._make_dreamer(plan)
            for settings in plan.warm:
                dreamer.warm(settings)
        except Exception as error:  # noqa: BLE001 - the executor reports any failure
            return failed(None, error)
        self._dreamer = dreamer
        return None

    def stop(self, number: int) -> None:
        """Stop a dream at its next step, whether or not it has begun. Any thread may call this."""
        self._stopped.add(number)

    def share_cores(self, sharers: int) -> None:
        """Share the cores among a number of workers from the next step on. Any thread may call this."""
        if self._dreamer is not None:
            self._dreamer.share_cores(sharers)

    def dream(self, number: int, request: Request) -> Iterator[DreamMessage]:
        """Run a dream, or a chunk of a motion.

        After :class:`Freed`, another thread may advance this iterator: it only has to encode the file.

        Args:
            number: The dream's number, which all its messages carry.
            request: The dream, or the chunk.

        Yields:
            Progress, and the frames of a chunk; then :class:`AtRest`; last the dream or the chunk, or a
            message that says why there is none.
        """
        if self._dreamer is None:
            raise RuntimeError("the worker is not warm")
        dream_number.set(number)
        reported_at, result = -math.inf, None
        try:
            for event in _begin(self._dreamer, request):
                if number in self._stopped:
                    yield AtRest(number, self._dreamer.release_excess_memory())
                    yield Stopped(number)
                    return
                if isinstance(event, Progress):
                    now = time.monotonic()
                    if now >= reported_at + self._report_seconds or event.preview or event.fraction == 1.0:
                        reported_at = now
                        yield Reported(number, event)
                elif isinstance(event, Frame):
                    yield Reported(number, event)
                else:
                    yield AtRest(number, self._dreamer.release_excess_memory())
                    result = event
        except Exception as error:  # noqa: BLE001 - the worker survives a dream that fails
            yield AtRest(number, self._dreamer.release_excess_memory())
            yield failed(number, error)
            return
        finally:
            self._stopped.discard(number)
        if isinstance(result, Chunk):
            _log.info("Dreamed %d frames in %.1f s.", result.count, result.seconds)
            yield Reported(number, result)
        elif result is not None:
            with self._encoding:  # wait for the file of the dream before, so that pictures do not pile up
                yield Freed(number)
                dream_number.set(number)  # this thread may be another than before
                yield _encode(number, result)


def _begin(
    dreamer: SupportsDreaming, request: Request
) -> Iterator[Progress | UnencodedDream] | Iterator[Progress | Frame | Chunk]:
    """Log a request, and return the iterator that runs it."""
    octaves, steps = request.settings.octaves, request.settings.iterations
    if isinstance(request, ChunkRequest):
        frames = (request.first + 1, request.first + request.count, request.total)
        _log.info("Dreaming frames %d to %d of %d: %d octaves of %d steps.", *frames, octaves, steps)
        return dreamer.dream_chunk(request)
    _log.info("Dreaming: %d octaves of %d steps.", octaves, steps)
    return dreamer.dream_unencoded(request)


def _encode(number: int, unencoded: UnencodedDream) -> Reported | Failed:
    """Encode a dream's file; returns the dream, or why there is none."""
    try:
        dream = unencoded.encode()
        _log.info(
            "Dreamed in %.1f s: %d × %d, %s.", dream.seconds, dream.width, dream.height, dream.file_format
        )
        if dream.requested_shape is not None:
            height, width = dream.requested_shape
            _log.warning(
                "There was not enough memory for %d × %d pixels, so the dream is smaller.", width, height
            )
        return Reported(number, dream)
    except Exception as error:  # noqa: BLE001 - the worker survives a dream that fails
        return failed(number, error)
