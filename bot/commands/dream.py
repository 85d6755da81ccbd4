"""`/dream`: dreams an attachment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import discord
from discord import app_commands

from bot.commands._interaction import (
    handle_interaction,
    hides_answer,
    is_age_restricted,
    refuse,
    requester_of,
)
from bot.commands._motion import check_motion, check_readable, format_choices
from bot.commands._pending import hand_over_kept_dreams
from bot.commands._sizes import complete_size
from bot.commands._things import complete_thing, resolve_thing
from bot.errors import ChannelRefusal, ShuttingDownRefusal
from bot.models import Job, Reply, State
from bot.options import MOTIONS, DreamOptions, has_video_support, layer_names
from bot.submission.requests import ImageRef, Submission
from bot.texts import localized
from dream_engine.errors import DreamError
from dream_engine.motion.settings import MotionSettings
from dream_engine.presets import PRESETS
from dream_engine.settings import MAX_STRENGTH, MIN_STRENGTH, limits_of

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

_OPTIONS = (
    "image", "preset", "of", "strength", "size", "iterations", "octaves", "layer", "guide", "mask",
    "keep_colour", "seed", "spoiler", "private", "motion", "seconds", "fps", "file_format",
)  # fmt: skip
_MAX_CHOICES = 25
_SIZES = limits_of("size")
_SECONDS, _FPS = (tuple(map(float, limits_of(name, MotionSettings))) for name in ("seconds", "fps"))
_IMAGE = localized("option-image-or-video-description" if has_video_support() else "option-image-description")


@app_commands.command(name=localized("command-dream"), description=localized("command-dream-description"))
@app_commands.rename(**{option: localized(f"option-{option.replace('_', '-')}") for option in _OPTIONS})
@app_commands.describe(
    **{option: localized(f"option-{option.replace('_', '-')}-description") for option in _OPTIONS[1:]},
    image=_IMAGE,
)
@app_commands.choices(
    preset=[app_commands.Choice(name=localized(f"choice-{name}"), value=name) for name in PRESETS],
    motion=[app_commands.Choice(name=localized(f"motion-{name}-choice"), value=name) for name in MOTIONS],
    file_format=format_choices(with_videos=has_video_support()),
)
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def dream(
    interaction: Interaction,
    image: discord.Attachment,
    preset: str = "",
    of: app_commands.Range[str, 1, 100] | None = None,
    strength: app_commands.Range[float, MIN_STRENGTH, MAX_STRENGTH] = 1.0,
    size: app_commands.Range[int, *_SIZES] | None = None,
    iterations: app_commands.Range[int, *limits_of("iterations")] | None = None,
    octaves: app_commands.Range[int, *limits_of("octaves")] | None = None,
    layer: app_commands.Range[str, 1, 100] | None = None,
    guide: discord.Attachment | None = None,
    mask: discord.Attachment | None = None,
    keep_colour: bool | None = None,
    seed: app_commands.Range[int, *limits_of("seed")] | None = None,
    spoiler: bool = False,
    private: bool = False,
    motion: str | None = None,
    seconds: app_commands.Range[float, *_SECONDS] | None = None,
    fps: app_commands.Range[float, *_FPS] | None = None,
    file_format: str | None = None,
) -> None:
    """Dream an attachment."""
    options = DreamOptions(
        preset=preset,
        of=of,
        strength=strength,
        size=size,
        iterations=iterations,
        octaves=octaves,
        layer=layer,
        keep_colour=keep_colour,
        seed=seed,
        spoiler=spoiler or image.is_spoiler(),
        private=private,
        motion=motion,
        seconds=seconds,
        fps=fps,
        file_format=file_format,
    )
    guide_ref, mask_ref = (None if picture is None else image_ref(picture) for picture in (guide, mask))

    async def run(reply: Reply) -> None:
        check_readable(image)
        await submit(interaction, options, image_ref(image), guide_ref, reply, mask_ref)

    await handle_interaction(interaction, run, private=hides_answer(interaction, private=private))


@dream.autocomplete("layer")
async def complete_layer(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Complete the names of the backbone's layers."""
    names = layer_names(interaction.client.services.settings.backbone)
    found = [name for name in names if typed.lower() in name.lower()]
    return [app_commands.Choice(name=name, value=name) for name in found[:_MAX_CHOICES]]


@dream.autocomplete("of")
async def complete_of(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Complete the names of things."""
    return await complete_thing(interaction, typed)


@dream.autocomplete("size")
async def complete_dream_size(interaction: Interaction, typed: Any) -> list[app_commands.Choice[int]]:
    """Complete the sizes that are allowed in the server."""
    return await complete_size(interaction, typed, _SIZES[0])


async def submit(
    interaction: Interaction,
    options: DreamOptions,
    source: ImageRef,
    guide: ImageRef | None,
    reply: Reply,
    mask: ImageRef | None = None,
    *,
    origin: Job | None = None,
) -> None:
    """Submit a dream, and hand over kept dreams. The job itself answers the interaction.

    Args:
        interaction: The interaction.
        options: The options.
        source: The picture to dream.
        guide: The guide picture, if there is one.
        reply: The address of the answer.
        mask: The mask, if only a part of the picture dreams.
        origin: The job whose stored pictures are dreamed again, perhaps another user's.
    """
    services = interaction.client.services
    if reply.private and not options.private:
        options = options.model_copy(update={"private": True})
    if not options.spoiler and await is_age_restricted(interaction):
        options = options.model_copy(update={"spoiler": True})
    try:
        submission = Submission(requester_of(interaction), options, source, guide, reply, mask, origin)
        job = await _accept(interaction, submission)
    except ShuttingDownRefusal:
        raise
    except DreamError as error:
        await refuse(interaction, reply, error)
        await hand_over_kept_dreams(interaction, reply)
        return
    if job.state is State.QUEUED:
        await hand_over_kept_dreams(interaction, reply, after=services.notifier.live_card(job).answered)
    else:
        await hand_over_kept_dreams(interaction, reply, after=services.completer.answered(job))


async def _accept(interaction: Interaction, submission: Submission) -> Job:
    """Submit a request; returns its job.

    Raises:
        DreamError: The request is refused.
    """
    services = interaction.client.services
    guided = submission.guide is not None
    options = await resolve_thing(interaction, submission.options, guided=guided)
    check_motion(options)
    submission = replace(submission, options=options)
    try:
        return await services.submissions.submit(submission)
    except ChannelRefusal:
        # The refusal names the allowed channels, so deleted channels must leave the rules first.
        rules = await services.reconciler.reconcile_with_timeout(cast("int", submission.requester.server_id))
        rules.check_channel(submission.requester.channel_ids)
        return await services.submissions.submit(submission)


def image_ref(attachment: discord.Attachment) -> ImageRef:
    """Return a reference to an attachment. Only its bytes will show whether it is a picture."""
    shape = (attachment.height, attachment.width) if attachment.height and attachment.width else None
    return ImageRef(attachment.url, declared_bytes=attachment.size, shape=shape)
