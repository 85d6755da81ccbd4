"""Where an order is taken: checked, admitted, its pictures fetched, and put in the queue."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from bot.background import Background
from bot.clock import now
from bot.errors import (
    DrainingRefusal,
    JobGoneError,
    NoRoomRefusal,
    OverAlreadyRefusal,
    ShuttingDownRefusal,
    SizeRefusal,
    TooMuchWorkRefusal,
)
from bot.jobs.completion import JobCompleter
from bot.jobs.forecast import Forecaster
from bot.jobs.runner import Runner
from bot.models import Job, Reply, State, new_id
from bot.options import DreamOptions
from bot.settings import BotSettings
from bot.storage.blocklist import Blocklist
from bot.storage.disk_errors import describe_storage_error, is_storage_error
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from bot.storage.servers import ServerStore
from bot.submission.downloads import Intake
from bot.telemetry.log import current_job, job_context
from dream_engine.errors import DreamError, GuideError, PictureError
from dream_engine.settings import DreamSettings
from dream_engine.shapes import Shape, octave_shapes, shrunk_shape, work

_log = logging.getLogger(__name__)

_MAX_DOWNLOADS = 8
"""So many jobs' pictures are fetched at once, each of which is in memory."""
_LAST_VISITS = 2.0
"""So many seconds a picture may still take to come when the bot stops."""
_EVERYWHERE = 0
"""The bucket of all places that have no allowance of their own."""


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A picture that somebody points at.

    Attributes:
        url: Where it lies, if it is to be fetched.
        digest: Which of the kept pictures it is, if it is kept.
        declared_bytes: How large its file is said to be.
        shape: The height and width in pixels that it is said to have.
    """

    url: str | None = None
    digest: str | None = None
    declared_bytes: int | None = None
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks, and where.

    Attributes:
        user_id: Who.
        role_ids: The roles that they have there.
        server_id: The server, if it has the bot; ``None`` elsewhere.
        channel_ids: The channel, and of a thread its parent as well.
    """

    user_id: int
    role_ids: Collection[int] = ()
    server_id: int | None = None
    channel_ids: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """A person's wish for a dream.

    Attributes:
        requester: Whose.
        options: What is wished for; an empty preset, or size, is chosen here.
        source: The picture.
        guide: The guide picture, if there is one.
        reply: Where the answer goes.
    """

    requester: Requester
    options: DreamOptions
    source: ImageRef
    guide: ImageRef | None
    reply: Reply


class SubmissionService:
    """Takes orders.

    Args:
        settings: What the operator set.
        settings_of: What a wish comes to.
        servers: What servers' managers decided.
        blocklist: Whom the operator does not serve.
        store: Keeps jobs.
        pictures: Keeps pictures.
        intake: Fetches pictures.
        forecaster: Knows how long a dream will take.
        runner: Sees jobs through.
        completer: Ends those that come to nothing.
        background: Where orders of before a restart are taken up.
        clock: Tells the Unix seconds.
    """

    def __init__(
        self,
        settings: BotSettings,
        settings_of: Callable[[DreamOptions], DreamSettings],
        servers: ServerStore,
        blocklist: Blocklist,
        store: JobStore,
        pictures: PictureStore,
        intake: Intake,
        forecaster: Forecaster,
        runner: Runner,
        completer: JobCompleter,
        background: Background,
        clock: Callable[[], float] = now,
    ) -> None:
        self._settings = settings
        self._settings_of = settings_of
        self._servers = servers
        self._blocklist = blocklist
        self._store = store
        self._pictures = pictures
        self._intake = intake
        self._forecaster = forecaster
        self._runner = runner
        self._completer = completer
        self._background = background
        self._clock = clock
        self._is_open = True
        self._is_draining = False
        self._fetching = asyncio.Semaphore(_MAX_DOWNLOADS)
        self._visits: set[asyncio.Task[Any]] = set()
        self._fetches: dict[str, asyncio.Task[Job]] = {}

    @property
    def is_open(self) -> bool:
        """Whether anybody is attended to; not so once the bot stops."""
        return self._is_open

    @property
    def is_draining(self) -> bool:
        """Whether no order is taken, while what was taken is seen through."""
        return self._is_draining

    def drain(self) -> None:
        """Take no order until :meth:`resume`, or a restart."""
        self._is_draining = True

    def resume(self) -> None:
        """Take orders again."""
        self._is_draining = False

    async def start(self) -> None:
        """Take up the orders whose pictures were not here yet when the bot stopped."""
        for job in await self._store.in_states(State.RECEIVED):
            with job_context(job.id):
                self._background.start(self._take_up(job), f"taking up job {job.id}")

    async def close(self) -> None:
        """Take no order any more; one whose picture does not come soon is taken up after a restart."""
        self._is_open = False
        if self._visits:
            await asyncio.wait(self._visits, timeout=_LAST_VISITS)
        for visit in tuple(self._visits):
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    async def take(self, submission: Submission) -> Job:
        """Take an order.

        Returns:
            The job, which waits for its turn; or has ended, as its owner is being told.

        Raises:
            DuplicateInteractionError: It was taken already.
            DreamError: It is not accepted, because of something that the person can put right.
        """
        await self._store.check_new(submission.reply.interaction_id)
        if not self._is_open:
            raise ShuttingDownRefusal
        if self._is_draining:
            raise DrainingRefusal
        visit = asyncio.current_task()
        if visit is not None:
            self._visits.add(visit)
        try:
            return await self._bring_in(await self._admit(submission))
        finally:
            if visit is not None:
                self._visits.discard(visit)

    async def _admit(self, submission: Submission) -> Job:
        """Write an order down, if its owner may have it."""
        requester, options = submission.requester, submission.options
        await self._blocklist.check(requester.user_id, submission.reply.server_id)
        rules = await self._servers.rules(requester.server_id)
        rules.check_channel(requester.channel_ids)
        largest = min(self._settings.largest_size, rules.largest_size or self._settings.largest_size)
        if submission.source.digest is not None:  # a dream of before; what is allowed may be less by now
            options = options.model_copy(update={"size": min(options.size or largest, largest)})
        options = self._completed(options, rules.preset, largest)
        for picture in filter(None, (submission.source, submission.guide)):
            if picture.url is not None:
                self._intake.check(picture.url, picture.declared_bytes)
        allowance = rules.allowance_of(requester.role_ids, self._settings.allowance)
        job = Job(
            id=new_id(),
            state=State.RECEIVED,
            user_id=requester.user_id,
            server_id=requester.server_id,
            options=options,
            reply=submission.reply,
            created_at=self._clock(),
            source=submission.source.digest,
            source_url=submission.source.url,
            guide=submission.guide.digest if submission.guide else None,
            guide_url=submission.guide.url if submission.guide else None,
            work=self._work(options, submission.source.shape),
            max_running=allowance.running if allowance else self._settings.queue,
            bucket=requester.server_id if rules.has_own_limits else _EVERYWHERE,
            interaction_id=submission.reply.interaction_id,
        )
        room_at = self._runner.room_at(requester.user_id)
        job = await self._store.admit(job, allowance, self._settings.queue, room_at)
        current_job.set(job.id)
        _log.info("Job %s was accepted: preset %s.", job.id, options.preset)
        return job

    def _completed(self, options: DreamOptions, preset: str | None, largest: int) -> DreamOptions:
        """The wish with everything chosen that its owner left open, the same after a restart."""
        settings = self._settings
        if options.size is not None and options.size > largest:
            raise SizeRefusal(largest=str(largest))
        completed = options.model_copy(
            update={
                "preset": options.preset or preset or settings.default_preset,
                "size": min(options.size or settings.default_size, largest),
                "seed": secrets.randbelow(2**32) if options.seed is None else options.seed,
            }
        )
        self._settings_of(completed)  # complains of what is wrong with it
        return completed

    def _work(self, options: DreamOptions, shape: Shape | None) -> float:
        """How much there is to do, in 10⁶ pixels of all steps; a picture of unknown shape is a square.

        Raises:
            TooMuchWorkRefusal: It would take longer than a dream may.
        """
        dream = self._settings_of(options)
        size = dream.size or self._settings.largest_size
        shapes = octave_shapes(shrunk_shape(shape or (size, size), size), dream.octaves, dream.octave_scale)
        amount = work(shapes, dream.iterations) / 1e6
        seconds = self._forecaster.estimate(options, amount)
        if seconds is not None and seconds > self._settings.time_limit:
            limit = self._settings.time_limit / 60
            raise TooMuchWorkRefusal(minutes=round(seconds / 60), limit=round(limit, 1))
        return amount

    async def abandon(self, jobs: Collection[str]) -> None:
        """Fetch nothing more for jobs that were deleted.

        Args:
            jobs: Their ids.
        """
        fetches = [fetch for job_id, fetch in self._fetches.items() if job_id in jobs]
        for fetch in fetches:
            fetch.cancel()
        await asyncio.gather(*fetches, return_exceptions=True)

    async def _take_up(self, job: Job) -> None:
        """Resume a job that was accepted before a restart, unless Discord shows that the job had ended."""
        if not await self._runner.end_as_shown(job):
            await self._bring_in(job)

    async def _bring_in(self, job: Job) -> Job:
        """Fetch a job's pictures, and let it wait for its turn; or end it, and tell its owner why."""
        try:
            job = await self._fetched(job)
            return await self._runner.enqueue(job)
        except (JobGoneError, OverAlreadyRefusal):
            self._completer.forgotten(job)
            return job.but(state=State.CANCELLED)
        except DreamError as error:
            return await self._completer.refused(job, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, its owner is told
            if is_storage_error(error):
                _log.error("Job %s is refused. %s", job.id, describe_storage_error(error))
                return await self._completer.refused(job, NoRoomRefusal())
            return await self._completer.failed(job, error)

    async def _fetched(self, job: Job) -> Job:
        """Fetch a job's pictures in a task of its own, which ends when the job is deleted.

        Raises:
            JobGoneError: It was.
        """
        fetch = asyncio.create_task(self._fetch(job))
        self._fetches[job.id] = fetch
        try:
            await asyncio.wait([fetch])
        finally:
            del self._fetches[job.id]
            if not fetch.done():  # whoever waits was cancelled
                fetch.cancel()
                await asyncio.wait([fetch])
        if fetch.cancelled():
            raise JobGoneError
        return fetch.result()

    async def _fetch(self, job: Job) -> Job:
        """Fetch a job's pictures and keep them; both are held until the job names them."""
        async with self._fetching, contextlib.AsyncExitStack() as held:
            source = await self._kept(held, job, job.source, job.source_url)
            try:
                guide = await self._kept(held, job, job.guide, job.guide_url)
            except PictureError as error:
                raise GuideError(problem=error) from error
            if (source, guide) == (job.source, job.guide):
                return job
            return await self._store.change(job, source=source, guide=guide)

    async def _kept(
        self, held: contextlib.AsyncExitStack, job: Job, digest: str | None, url: str | None
    ) -> str | None:
        if digest is not None:
            await self._pictures.touch(digest)
            return digest
        if url is None:
            return None
        content = await self._intake.fetch(url)
        return await held.enter_async_context(self._pictures.keeping(content, job.user_id))
