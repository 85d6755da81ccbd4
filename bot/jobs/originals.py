"""Gives people the sources of their dreams without camera metadata."""

import asyncio
import contextlib
import itertools
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

from bot.background import Background
from bot.clock import now
from bot.delivery.animation_refitting import AnimationRefitter
from bot.errors import JobGoneError, NoLongerKeptRefusal, OriginalRateRefusal, RateRefusal
from bot.jobs.queue import FairQueue
from bot.models import Job
from bot.rate_limit import Allowance, Bucket
from bot.storage.blocklist import Blocklist
from bot.storage.disk_errors import describe_storage_error, is_storage_error
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from dream_engine.images.refitting import Refitter
from dream_engine.motion.clips import is_moving

_log = logging.getLogger(__name__)

_ALLOWANCE = Allowance(dreams=10, minutes=10, burst=6, waiting=2)
"""The rate limit for one person's originals."""
_UNKNOWN_SECONDS = 30.0
"""A person who has too many originals waiting may ask again after this time."""


@dataclass(frozen=True, slots=True)
class Original:
    """A source without camera metadata.

    Attributes:
        image: The file's content.
        suffix: The suffix of its file name.
    """

    image: bytes
    suffix: str


class Originals:
    """Makes originals one at a time, and stores them beside the pictures of their jobs.

    People take turns. The bot makes the same original once, however often people ask for it meanwhile.

    Args:
        store: Stores which original a job has.
        pictures: Stores sources and originals.
        refitter: Makes originals of stills.
        animations: Makes originals of moving sources.
        blocklist: The users and servers that the operator has blocked.
        background: Makes originals even if nobody waits for them any more.
        clock: Returns the time in Unix seconds.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        pictures: PictureStore,
        refitter: Refitter,
        animations: AnimationRefitter,
        blocklist: Blocklist,
        background: Background,
        clock: Callable[[], float] = now,
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._refitter = refitter
        self._animations = animations
        self._blocklist = blocklist
        self._background = background
        self._clock = clock
        self._buckets: dict[int, Bucket] = {}
        self._making: dict[tuple[str, int], asyncio.Task[Original]] = {}
        self._queue = FairQueue()
        self._pending: Counter[int] = Counter()
        self._gates: dict[str, asyncio.Event] = {}
        self._tickets = itertools.count()
        self._is_busy = False

    async def get(self, job: Job, max_bytes: int) -> Original:
        """Return a job's source without camera metadata.

        Args:
            job: The job.
            max_bytes: The largest file that can be uploaded, in bytes.

        Raises:
            Refusal: The owner is blocked, or has asked for too many originals.
            NoLongerKeptRefusal: The source is not stored any more.
        """
        await self._blocklist.check(job.user_id, job.reply.server_id)
        if job.source is None:
            raise NoLongerKeptRefusal
        kept = await self._kept(job, max_bytes)
        if kept is not None:
            return kept
        key = (job.source, max_bytes)
        if key not in self._making:
            self._spend(job.user_id)
            making = self._make(job, job.source, max_bytes)
            self._making[key] = task = self._background.start(making, f"the original of job {job.id}")
            self._pending[job.user_id] += 1
            task.add_done_callback(lambda _: self._made(key, job.user_id))
        return await asyncio.shield(self._making[key])

    def _made(self, key: tuple[str, int], user_id: int) -> None:
        del self._making[key]
        self._pending -= Counter([user_id])

    def _spend(self, user_id: int) -> None:
        """Count one more original against a person's rate limit.

        Raises:
            OriginalRateRefusal: The person has asked for too many.
        """
        now = self._clock()
        if self._pending[user_id] >= _ALLOWANCE.waiting:
            raise OriginalRateRefusal(when=now + _UNKNOWN_SECONDS)
        bucket = self._buckets.get(user_id, Bucket(_ALLOWANCE.burst, now))
        try:
            bucket = bucket.spend(_ALLOWANCE, now)
        except RateRefusal as error:
            raise OriginalRateRefusal(**error.details) from None
        full = [user for user, one in self._buckets.items() if one.full_at(_ALLOWANCE) <= now]
        for user in full:
            del self._buckets[user]
        self._buckets[user_id] = bucket

    async def _kept(self, job: Job, max_bytes: int) -> Original | None:
        """Return the original that was made before, for this job or for another with the same source."""
        digest = await self._store.original_of(job, max_bytes)
        if digest is None:
            return None
        try:
            image = await self._pictures.get(digest)
        except NoLongerKeptRefusal:
            return None
        if (job.original, job.original_bytes) != (digest, max_bytes):
            with _ignoring_storage_errors(job):
                await self._store.change(job, original=digest, original_bytes=max_bytes)
        return _original(image)

    async def _make(self, job: Job, source: str, max_bytes: int) -> Original:
        async with self._turn(job.user_id):
            content = await self._pictures.get(source)
            image = await self._clean(content, max_bytes)
        await self._keep(job, image, max_bytes)
        return _original(image)

    async def _clean(self, content: bytes, max_bytes: int) -> bytes:
        if await asyncio.to_thread(is_moving, content):
            return await self._animations.clean(content, max_bytes)
        return (await self._refitter.refit(content, max_bytes, keep_description=False)).image

    async def _keep(self, job: Job, image: bytes, max_bytes: int) -> None:
        """Store an original for as long as its job; without disk space, the bot makes it anew next time."""
        with _ignoring_storage_errors(job):
            async with self._pictures.keeping(image, job.user_id) as digest:
                await self._store.change(job, original=digest, original_bytes=max_bytes)

    @contextlib.asynccontextmanager
    async def _turn(self, user_id: int) -> AsyncIterator[None]:
        """Wait for the person's turn, because making an original holds a whole picture in memory."""
        ticket, gate = str(next(self._tickets)), asyncio.Event()
        self._gates[ticket] = gate
        self._queue.add(ticket, user_id, self._queue.turn_for(user_id))
        try:
            self._call_next()
            await gate.wait()
            yield
        finally:
            del self._gates[ticket]
            if gate.is_set():
                self._is_busy = False
                self._call_next()
            else:
                self._queue.remove(ticket)

    def _call_next(self) -> None:
        if not self._is_busy and (ticket := self._queue.take(Counter())) is not None:
            self._is_busy = True
            self._gates[ticket].set()


@contextlib.contextmanager
def _ignoring_storage_errors(job: Job) -> Iterator[None]:
    """Go on if an original cannot be stored, because the person can have it all the same."""
    try:
        yield
    except JobGoneError:
        _log.info("The original of job %s is not kept: the job was deleted.", job.id)
    except Exception as error:
        if not is_storage_error(error):
            raise
        _log.error("The original of job %s is not kept. %s", job.id, describe_storage_error(error))


def _original(image: bytes) -> Original:
    if image.startswith(b"RIFF"):
        return Original(image, "webp")
    if image.startswith(b"GIF8"):
        return Original(image, "gif")
    if image[4:8] == b"ftyp":
        return Original(image, "mp4")
    return Original(image, "jpeg")  # a picture too large for WebP
