"""What can be told of the time ahead: places, moments, and when there will be room."""

import contextlib
from collections.abc import Callable, Collection, Mapping
from functools import partial

from bot.clock import now
from bot.delivery import cards
from bot.delivery.service import Delivery
from bot.jobs.active import Active
from bot.jobs.queue import FairQueue, Forecast, Running
from bot.jobs.speeds import Speeds
from bot.models import Job
from bot.options import DreamOptions
from dream_engine.errors import DreamError
from dream_engine.settings import DreamSettings

_UNKNOWN_SECONDS = 60.0
"""When to try again, where nothing is known of how long it takes."""
_NEWS_SECONDS = 20.0
"""A shift of the forecast by so much is worth an edit."""


class Forecaster:
    """Foresees, and tells those who wait.

    Args:
        delivery: Shows them their cards.
        speeds: How long dreams take.
        settings_of: What a wish comes to.
        clock: Tells the Unix seconds.
    """

    def __init__(
        self,
        delivery: Delivery,
        speeds: Speeds,
        settings_of: Callable[[DreamOptions], DreamSettings],
        clock: Callable[[], float] = now,
    ) -> None:
        self._delivery = delivery
        self._speeds = speeds
        self._settings_of = settings_of
        self._clock = clock
        self._forecasts: dict[str, Forecast] = {}

    def estimate(self, options: DreamOptions, work: float) -> float | None:
        """How many seconds a dream will take, if that can be told.

        Args:
            options: What is wished for.
            work: How much there is to do, in 10⁶ pixels of all steps.
        """
        with contextlib.suppress(DreamError):  # a wish of before the bot was changed may be none any more
            return self._speeds.estimate(self._settings_of(options).backbone, options.preset, work)
        return None

    def of(self, job_id: str) -> Forecast | None:
        """What the owner of a job can be told; ``None`` if it does not wait."""
        return self._forecasts.get(job_id)

    def room_at(self, user_id: int, active: Collection[Active]) -> float:
        """When one more job of a person will find room, in Unix seconds, estimated.

        Args:
            user_id: The person.
            active: What is being dreamed; the end of one of theirs makes room, or else of any.
        """
        theirs = [one for one in active if one.job.user_id == user_id] or active
        known = [seconds for one in theirs if (seconds := one.seconds_left()) is not None]
        return self._clock() + max(min(known, default=_UNKNOWN_SECONDS), 1.0)

    def renew(
        self, queue: FairQueue, waiting: Mapping[str, Job], active: Collection[Active], workers: int
    ) -> None:
        """Play the queue through as it stands, and show those who wait where they are.

        Args:
            queue: Who is next.
            waiting: The jobs in it.
            active: What is being dreamed.
            workers: How many dreams can run at once.
        """
        running = [Running(one.job.user_id, one.seconds_left()) for one in active]
        self._forecasts = queue.forecast(running, workers)
        for job_id, forecast in self._forecasts.items():
            job = waiting[job_id]
            done_at = None if forecast.seconds is None else self._clock() + forecast.seconds
            draw = partial(cards.waiting, self._delivery.texts(job), job, forecast.place, done_at)
            gist = (forecast.place, done_at and round(done_at / _NEWS_SECONDS))
            self._delivery.live_card(job).show(draw, gist)
