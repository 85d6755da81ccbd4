"""Takes one job from its turn in the queue to its end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from bot.errors import JobGoneError
from bot.jobs.active_job import ActiveJob, AnswerGoneError
from bot.jobs.completion import JobCompleter
from bot.jobs.dream_delivery import DreamDeliverer
from bot.jobs.execution import JobExecutor
from bot.jobs.motion_execution import FinishedMotion
from bot.jobs.speeds import Speeds
from bot.models import Job, Outcome, State
from bot.rate_limit import price_used
from bot.storage.blocklist import Blocklist
from bot.storage.disk_errors import describe_storage_error, is_storage_error, retry_until_stored
from bot.storage.jobs import JobStore
from bot.telemetry.metrics import Metrics
from dream_engine.dreams import Dream
from dream_engine.errors import DreamError, TensorFlowMissingError, WeightsError
from dream_engine.executors.base import ExecutorClosedError
from dream_engine.shapes import work

_log = logging.getLogger(__name__)

_OPERATOR_ERRORS = (WeightsError, TensorFlowMissingError)
"""Only the operator can put these right, so the job's owner is told of a failure instead."""


class JobLifecycle:
    """Dreams a job, and then stores and delivers its dream or ends it in another way.

    Args:
        job_executor: Dreams the job.
        store: Stores how far the job is.
        completer: Ends jobs without a dream.
        deliverer: Stores and delivers the dream.
        blocklist: The users and servers that the operator has blocked.
        speeds: Learns how long dreams take.
        metrics: Counts finished dreams.
    """

    def __init__(
        self,
        *,
        job_executor: JobExecutor,
        store: JobStore,
        completer: JobCompleter,
        deliverer: DreamDeliverer,
        blocklist: Blocklist,
        speeds: Speeds,
        metrics: Metrics,
    ) -> None:
        self._job_executor = job_executor
        self._store = store
        self._completer = completer
        self._deliverer = deliverer
        self._blocklist = blocklist
        self._speeds = speeds
        self._metrics = metrics

    @property
    def capacity(self) -> int:
        """How many jobs can be dreamed at the same time."""
        return self._job_executor.capacity

    def slowdown(self, dreams: int) -> float:
        """How many times as long a dream takes among a number of dreams at once as it takes alone."""
        return self._speeds.slowdown(dreams) if self._job_executor.shares_cores else 1.0

    async def run(self, active: ActiveJob, on_unencoded: Callable[[], None]) -> Job | None:
        """Dream a job, and end it. Only the dreaming can be cancelled.

        Args:
            active: The job, with its progress.
            on_unencoded: Called when only the encoding of the dream is left, so that another job can begin.

        Returns:
            The job if it was interrupted and waits again, and otherwise ``None``.
        """
        end = await self._dream(active, on_unencoded)
        active.settled = True
        try:
            return await end()
        except JobGoneError:
            self._completer.tell_deleted(active.job)
        except Exception as error:  # noqa: BLE001 - the store itself may have failed
            bug = None if is_storage_error(error) else error
            _log.error(
                "Job %s could not be ended; it continues after a restart: %s",
                active.job.id,
                error,
                exc_info=bug,
            )
        return None

    async def _dream(
        self, active: ActiveJob, on_unencoded: Callable[[], None]
    ) -> Callable[[], Awaitable[Job | None]]:
        """Dream a job; returns the call that ends it."""
        job = active.job
        try:
            # The operator may have blocked the owner since the request.
            await retry_until_stored(partial(self._blocklist.check, job.user_id, job.reply.server_id))
            running = {"state": State.RUNNING, "attempts": job.attempts + 1}
            active.job = job = await write_progress(self._store, job, **running)
            dream = await self._job_executor.dream(active, on_unencoded)
        except (asyncio.CancelledError, ExecutorClosedError):
            if active.stopped:
                return partial(self._cancel, job, active)
            return partial(self._put_back, job)
        except Exception as error:  # noqa: BLE001 - the owner is told of every failure, and the queue goes on
            return partial(self._end_without_dream, job, error, active)
        return partial(self._deliver, job, dream, again=active.resumed)

    async def _cancel(self, job: Job, active: ActiveJob) -> None:
        cost = _cost_so_far(job, active)
        job = job.but(source=None) if active.forgotten else job
        await self._completer.end_cancelled(job, active.told_at, refund=False, cost=cost)

    async def _put_back(self, job: Job) -> Job:
        return await self._store.change(job, state=State.QUEUED, attempts=job.attempts - 1)

    async def _end_without_dream(self, job: Job, error: Exception, active: ActiveJob) -> None:
        if isinstance(error, JobGoneError):
            self._completer.tell_deleted(job)
        elif isinstance(error, AnswerGoneError):
            await self._completer.end_lost(job, cost=_cost_so_far(job, active))
        elif isinstance(error, DreamError) and not isinstance(error, _OPERATOR_ERRORS):
            await self._completer.end_refused(job, error)
        else:
            await self._completer.end_failed(job, error)

    async def _deliver(self, job: Job, dream: Dream | FinishedMotion, *, again: bool) -> None:
        outcome = dream.outcome if isinstance(dream, FinishedMotion) else Outcome.of(dream)
        await self._deliverer.store_and_deliver(job, dream.image, outcome, again=again)
        if isinstance(dream, FinishedMotion):  # its frames take other times than stills
            self._metrics.motion_done(outcome)
        else:
            await self._learn_speed(job, dream)

    async def _learn_speed(self, job: Job, dream: Dream) -> None:
        """Store how long a dream took; without disk space, go on without it."""
        shapes = [(octave.height, octave.width) for octave in dream.octaves]
        amount = work(shapes, dream.settings.iterations) / 1e6
        backbone, preset = dream.settings.backbone, job.options.preset
        speed = self._speeds.learn(backbone, preset, amount, dream.seconds, dream.sharers)
        self._metrics.dream_done(preset, backbone, dream.seconds)
        try:
            await self._store.speeds.save(backbone, preset, speed)
        except Exception as error:
            if not is_storage_error(error):
                raise
            _log.error(
                "The speed of preset %s could not be stored. %s", preset, describe_storage_error(error)
            )


def _cost_so_far(job: Job, active: ActiveJob) -> int | None:
    """The part of a running job's price that is used; ``None`` if it costs no more than a still."""
    return price_used(job.price, active.fraction) if job.price > 1 else None


async def write_progress(store: JobStore, job: Job, **changes: Any) -> Job:
    """Store how far a job is; without disk space, go on without it, because the dream matters more.

    Args:
        store: Stores the job.
        job: The job.
        **changes: The new values of its attributes.

    Returns:
        The changed job.

    Raises:
        JobGoneError: The job was deleted meanwhile.
    """
    try:
        return await store.change(job, **changes)
    except Exception as error:
        if not is_storage_error(error):
            raise
        _log.error(
            "Job %s continues, but a change to it could not be stored. %s",
            job.id,
            describe_storage_error(error),
        )
        return job.but(**changes)
