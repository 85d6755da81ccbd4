"""Forecasts for waiting jobs: their places in the queue, and when they will be done."""

import contextlib
from collections.abc import Callable, Collection, Mapping
from functools import partial

from bot.clock import now
from bot.delivery import cards
from bot.delivery.notifier import Notifier
from bot.jobs.active_job import ActiveJob
from bot.jobs.queue import FairQueue, Forecast, Running, Slowdown
from bot.jobs.speeds import Speeds
from bot.models import Job
from bot.options import DreamOptions
from dream_engine.errors import DreamError
from dream_engine.settings import DreamSettings

_UNKNOWN_SECONDS = 60.0
"""The time after which a refused person may try again, if no running dream has an estimate."""
_NEWS_SECONDS = 20.0
"""A forecast must shift by this much before its card is edited."""


class Forecaster:
    """Estimates when jobs will be done, and shows it on the cards of those that wait.

    Args:
        notifier: Shows the cards.
        speeds: Estimates how long a dream takes.
        settings_of: Converts options into the engine's settings.
        clock: Returns the time in Unix seconds.
    """

    def __init__(
        self,
        *,
        notifier: Notifier,
        speeds: Speeds,
        settings_of: Callable[[DreamOptions], DreamSettings],
        clock: Callable[[], float] = now,
    ) -> None:
        self._notifier = notifier
        self._speeds = speeds
        self._settings_of = settings_of
        self._clock = clock
        self._forecasts: dict[str, Forecast] = {}

    def estimate(self, options: DreamOptions, work: float) -> float | None:
        """Estimate how many seconds a dream will take; ``None`` while that is unknown.

        Args:
            options: The dream's options.
            work: The pixels of all steps together, in units of 10⁶.
        """
        with contextlib.suppress(DreamError):  # options from before an update may be invalid now
            return self._speeds.estimate(self._settings_of(options).backbone, options.preset, work)
        return None

    def of(self, job_id: str) -> Forecast | None:
        """The forecast of a job; ``None`` if the job does not wait."""
        return self._forecasts.get(job_id)

    def next_free_slot_at(self, user_id: int, active: Collection[ActiveJob]) -> float:
        """Estimate when one more job of a person could be queued, in Unix seconds.

        Args:
            user_id: The person's id.
            active: The running jobs. The end of one of the person's own frees a slot, or else of any.
        """
        theirs = [one for one in active if one.job.user_id == user_id] or active
        known = [seconds for one in theirs if (seconds := one.seconds_left()) is not None]
        return self._clock() + max(min(known, default=_UNKNOWN_SECONDS), 1.0)

    def renew(
        self,
        queue: FairQueue,
        waiting: Mapping[str, Job],
        active: Collection[ActiveJob],
        workers: int,
        slowdown: Slowdown,
    ) -> None:
        """Simulate the queue, and show on each waiting job's card its place and time.

        Args:
            queue: The queue.
            waiting: The jobs in the queue, by id.
            active: The running jobs.
            workers: How many jobs can be dreamed at the same time.
            slowdown: Returns how many times as long a job takes among a number of jobs that run at once.
        """
        running = [
            Running(one.job.user_id, one.seconds_left(), one.job.motion is not None, one.chunk_seconds)
            for one in active
        ]
        self._forecasts = queue.forecast(running, workers, slowdown)
        for job_id, forecast in self._forecasts.items():
            job = waiting[job_id]
            done_at = None if forecast.seconds is None else self._clock() + forecast.seconds
            draw = partial(cards.waiting, self._notifier.texts(job), job, forecast.place, done_at)
            key = (forecast.place, done_at and round(done_at / _NEWS_SECONDS))
            self._notifier.live_card(job).show(draw, key)
