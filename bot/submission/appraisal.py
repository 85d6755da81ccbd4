"""Finds out how the dream of a fetched source moves, and charges its owner for it."""

import asyncio
import math
from collections.abc import Collection

from bot.models import Job
from bot.settings import BotSettings
from bot.storage.jobs import JobStore
from bot.storage.pictures import PictureStore
from bot.storage.servers import ServerStore
from bot.submission.pricing import Pricing
from dream_engine.motion.clips import ClipInfo, ClipLimits, read_clip
from dream_engine.motion.preparation import motion_of
from dream_engine.motion.settings import MotionSettings

_MAX_READING = 2
"""Limits how many clips are opened at the same time, each in a child process."""


class Appraiser:
    """Looks into sources, because only their content shows whether and for how long they move.

    Args:
        settings: The operator's settings.
        servers: The rules that servers' managers have set.
        pictures: Stores the sources.
        store: Stores the jobs and takes their prices from the rate limits.
        pricing: Computes the work and the price.
    """

    def __init__(
        self,
        *,
        settings: BotSettings,
        servers: ServerStore,
        pictures: PictureStore,
        store: JobStore,
        pricing: Pricing,
    ) -> None:
        self._settings = settings
        self._servers = servers
        self._pictures = pictures
        self._store = store
        self._pricing = pricing
        self._slots = asyncio.Semaphore(_MAX_READING)

    async def appraise(
        self, job: Job, *, role_ids: Collection[int] = (), is_size_open: bool | None = None
    ) -> Job:
        """Store how a job's dream moves, its work and its price.

        Args:
            job: The job, whose source is stored.
            role_ids: The ids of its owner's roles in the server.
            is_size_open: Whether its owner named no size; ``None`` if that is not known any more.

        Returns:
            The job; unchanged if its dream is a still.

        Raises:
            JobGoneError: The job was deleted meanwhile.
            RateRefusal: Its owner's rate limit cannot pay for it.
            DreamError: The source cannot be read, or does not suit the motion, or takes too long.
        """
        source, motion = await self._pictures.get(job.source), job.options.motion_settings
        kind = await asyncio.to_thread(motion_of, source, motion)
        if kind == "still":
            return job
        options = job.options
        if is_size_open is None:
            is_size_open = options.size == self._settings.default_size
        if is_size_open:
            options = self._pricing.with_motion_size(options)
        if kind == "clip":
            size = self._pricing.settings_of(options).size
            limits, size = self._settings.clip_limits, size or self._settings.largest_size
            async with self._slots:
                info = await asyncio.to_thread(_info_of, source, limits, motion, size)
            frames = _frames_of(info, motion)
            quote = self._pricing.quote(options, kind, (info.height, info.width), frames)
            work, price = quote.work, quote.price
        else:
            work, price = job.work, job.price
        rules = await self._servers.rules(job.server_id)
        allowance = rules.allowance_of(role_ids, self._settings.allowance)
        job = job.but(options=options, motion=kind, work=work)
        return await self._store.charge(job, allowance, price)


def _info_of(source: bytes, limits: ClipLimits, motion: MotionSettings, size: int) -> ClipInfo:
    with read_clip(source, limits, fps=motion.fps, seconds=motion.seconds, size=size) as clip:
        return clip.info


def _frames_of(info: ClipInfo, motion: MotionSettings) -> int:
    """The most frames that a clip can have, as far as its file tells before it is decoded."""
    frames = motion.frames
    if info.source_frames is not None:
        frames = min(frames, info.source_frames)
    if info.duration is not None:
        frames = min(frames, math.ceil(info.duration / 1000 * motion.fps))
    return max(1, frames)
