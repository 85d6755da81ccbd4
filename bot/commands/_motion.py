"""Motions: the choices of their files, and checks that need no picture."""

import discord
from discord import app_commands

from bot.errors import OptionRefusal
from bot.options import ANIMATIONS, VIDEOS, DreamOptions, file_formats, has_video_support
from bot.submission.file_kinds import Kind, kind_of
from bot.texts import localized
from dream_engine.errors import VideoMissingError


def format_choices(*, with_videos: bool) -> list[app_commands.Choice[str]]:
    """Return the choices of the option ``format``.

    Args:
        with_videos: Whether videos can be written.
    """
    return [
        app_commands.Choice(name=localized(f"format-{name}-choice"), value=name)
        for name in file_formats(with_videos=with_videos)
    ]


def check_motion(options: DreamOptions) -> None:
    """Refuse options of a motion that cannot be dreamed or written.

    Args:
        options: The options.

    Raises:
        SettingsError: A value is out of bounds.
        OptionRefusal: There is no such format.
        VideoMissingError: The format is a video's, and videos cannot be written.
    """
    _ = options.motion_settings
    if options.file_format in (None, *ANIMATIONS):
        return
    if options.file_format not in VIDEOS:
        raise OptionRefusal(value=str(options.file_format)[:100])
    if not has_video_support():
        raise VideoMissingError


def check_readable(attachment: discord.Attachment) -> None:
    """Refuse a video before it is fetched, if videos cannot be read.

    Args:
        attachment: The file to dream.

    Raises:
        VideoMissingError: It is a video by its name and media type, and videos cannot be read.
    """
    is_video = kind_of(attachment.filename, attachment.content_type) is Kind.VIDEO
    if is_video and not has_video_support():
        raise VideoMissingError
