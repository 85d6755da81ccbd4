"""Finds the picture of a person's last dream, and dreams a picture again with a preset alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.commands.dream import submit
from bot.errors import NoLastPictureRefusal, NoLongerKeptRefusal
from bot.models import Job, Reply, State
from bot.options import DreamOptions
from bot.submission.requests import ImageRef

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

_WITH_PICTURE = (State.QUEUED, State.RUNNING, State.DREAMED, State.KEPT, State.DELIVERED)
"""The states of jobs whose source may be stored."""


async def last_job_with_picture(
    interaction: Interaction, suits: Callable[[Job], bool] = lambda _: True
) -> Job:
    """Return the last job of the interaction's user whose source is still stored.

    Args:
        interaction: The interaction.
        suits: Leaves jobs out.

    Raises:
        NoLastPictureRefusal: There is none.
    """
    services = interaction.client.services
    for job in reversed(await services.store.of_user(interaction.user.id, *_WITH_PICTURE)):
        if job.source is not None and suits(job):
            with contextlib.suppress(NoLongerKeptRefusal):
                await services.pictures.touch(job.source)
                return job
    raise NoLastPictureRefusal


def is_private_here(interaction: Interaction, job: Job) -> bool:
    """Return whether others in the interaction's channel may not see what becomes of a job's picture.

    They may see it if the job's dream was public in the same server, or in the same chat. If the picture
    comes from somebody else, only the same channel will do.
    """
    if job.options.private:
        return True
    if interaction.guild_id is None or job.lenders:
        return job.reply.channel_id != interaction.channel_id
    return job.reply.server_id != interaction.guild_id


async def dream_with_preset(
    interaction: Interaction, reply: Reply, job: Job, preset: str, *, private: bool
) -> None:
    """Submit a dream of a job's source with a preset, and with none of the job's other options.

    Args:
        interaction: The interaction.
        reply: The address of the answer.
        job: The job, whose source is stored.
        preset: The preset.
        private: Whether only the interaction's user sees the answer.
    """
    shape = (job.outcome.dreamed_height, job.outcome.dreamed_width) if job.outcome else None
    options = DreamOptions(
        preset=preset,
        size=job.options.size if job.motion is None else None,  # motions are smaller
        spoiler=job.options.spoiler,
        private=private,
        motion="still" if job.options.motion == "still" else None,
    )
    await submit(interaction, options, ImageRef(digest=job.source, shape=shape), None, reply, origin=job)
