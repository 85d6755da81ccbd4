"""Dreams one picture with several presets, small and quickly, on capacity that no job wants."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence

from bot.background import result_of
from bot.errors import ComparisonBusyRefusal, ShuttingDownRefusal
from bot.jobs.runner import Runner
from bot.options import DreamOptions
from bot.telemetry.metrics import Metrics
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.errors import TimeLimitError
from dream_engine.executors.base import DreamExecutor, ExecutorClosedError
from dream_engine.images import encode_frame
from dream_engine.motion.clips import ClipLimits, is_moving, read_clip
from dream_engine.settings import DreamSettings

_log = logging.getLogger(__name__)

SIZE = 256
"""The longest side of a compared dream, in pixels."""
_MAX_STEPS = 8
"""The steps of a compared dream at each octave; larger ones replace further steps."""
_STEP_EXPONENT = 0.8
"""How the step grows with the share of steps that are left out; at 1, presets of things lose the picture."""
_DREAM_SECONDS = 30.0
"""The time limit of one compared dream."""
_MAX_SECONDS = 90.0
"""The time limit of a comparison, in which it waits for capacity most of the time."""


class Comparer:
    """Dreams comparisons, one at a time, and only while no job waits for a worker.

    A job that arrives during a comparison waits for the small dreams that have started, and the comparison
    then waits for the job. Nothing is stored.

    Args:
        executor: Computes the dreams.
        runner: Tells when there is spare capacity.
        settings_of: Converts options into the engine's settings.
        metrics: Measures comparisons.
        clip_limits: The bounds of moving sources.
    """

    def __init__(
        self,
        *,
        executor: DreamExecutor,
        runner: Runner,
        settings_of: Callable[[DreamOptions], DreamSettings],
        metrics: Metrics,
        clip_limits: ClipLimits,
    ) -> None:
        self._executor = executor
        self._runner = runner
        self._settings_of = settings_of
        self._metrics = metrics
        self._clip_limits = clip_limits
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[list[bytes]]] = set()
        self._is_closed = False

    async def compare(self, source: bytes, presets: Sequence[str]) -> list[bytes]:
        """Dream a picture with some presets.

        Args:
            source: The content of the picture's file.
            presets: The names of the presets.

        Returns:
            A small WebP for each preset.

        Raises:
            ComparisonBusyRefusal: There was no spare capacity for too long.
            ShuttingDownRefusal: The bot stops.
            DreamError: The picture cannot be dreamed.
            ExecutorError: The executor failed.
        """
        if self._is_closed:
            raise ShuttingDownRefusal
        task = asyncio.create_task(self._compare(source, presets))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await result_of(task, on_cancel=ShuttingDownRefusal)  # close() cancels the task alone
        except ExecutorClosedError:
            raise ShuttingDownRefusal from None

    async def close(self) -> None:
        """Stop all comparisons, and start no more."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    async def _compare(self, source: bytes, presets: Sequence[str]) -> list[bytes]:
        try:
            async with asyncio.timeout(_MAX_SECONDS), self._lock:
                started = time.monotonic()
                source = await asyncio.to_thread(_first_picture, source, self._clip_limits)
                dreams: list[bytes] = []
                while len(dreams) < len(presets):
                    dreams += await self._dream_some(source, presets[len(dreams) :])
        except (TimeoutError, TimeLimitError):
            raise ComparisonBusyRefusal from None
        seconds = time.monotonic() - started
        self._metrics.compared(seconds)
        _log.info("A comparison of %d presets took %.1f s.", len(presets), seconds)
        return dreams

    async def _dream_some(self, source: bytes, presets: Sequence[str]) -> list[bytes]:
        """Dream the first of some presets, as many as there is capacity for.

        Beside a motion, all are dreamed between the same two chunks.
        """
        spare = await self._runner.wait_for_spare_capacity()
        count = max(1, min(spare, self._executor.ready)) if spare else len(presets)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._dream(source, preset)) for preset in presets[:count]]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _dream(self, source: bytes, preset: str) -> bytes:
        settings = quickened(self._settings_of(DreamOptions(preset=preset, size=SIZE)))
        request = DreamRequest(source, settings, preset=preset, file_format="webp", time_limit=_DREAM_SECONDS)
        async with contextlib.aclosing(self._executor.dream(request)) as events:
            async for event in events:
                if isinstance(event, Dream):
                    return event.image
        raise RuntimeError("the executor ended without a dream")


def _first_picture(source: bytes, limits: ClipLimits) -> bytes:
    """Return the first picture of a moving source, or else the source itself."""
    if not is_moving(source):
        return source
    with read_clip(source, limits, fps=1, seconds=1, size=SIZE) as clip:
        return encode_frame(next(clip).picture)


def quickened(settings: DreamSettings) -> DreamSettings:
    """Return settings with fewer and larger steps, whose dream looks similar."""
    steps = min(settings.iterations, _MAX_STEPS)
    factor = (settings.iterations / steps) ** _STEP_EXPONENT
    return settings.replace(iterations=steps, step_size=settings.step_size * factor)
