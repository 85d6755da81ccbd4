"""Finds the pictures in a message."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import discord
from yarl import URL

from bot.delivery.media import ShownMedia, media_in
from bot.errors import NoPictureRefusal
from bot.options import has_video_support
from bot.submission.downloader import PictureDownloader
from bot.submission.file_kinds import Kind, kind_of
from bot.submission.requests import ImageRef
from dream_engine.errors import VideoMissingError
from dream_engine.shapes import Shape

_STICKER_SHAPE = (320, 320)
_PREVIEW = re.compile(r"(SPOILER_)?growing-[0-9a-f]{16}\.\w+")
"""The name of the preview on the card of a dream that is still growing."""

_Part: TypeAlias = discord.Message | discord.MessageSnapshot


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture in a message.

    Attributes:
        picture: The reference to it.
        spoiler: Whether Discord hides it until it is clicked.
        forwarded: Whether it is in a forwarded message.
        name: The name of its file or sticker; empty if it has none.
        is_gif: Whether it is the video copy of a GIF.
    """

    picture: ImageRef
    spoiler: bool
    forwarded: bool
    name: str = ""
    is_gif: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file in a message that may be a picture.

    Attributes:
        urls: Its URLs; the first on an allowed host is used.
        kind: Its kind, guessed without its bytes.
        spoiler: Whether Discord hides it until it is clicked.
        shape: The height and width in pixels that Discord declares.
        size: The file size in bytes that Discord declares.
        uploaded: Whether it was uploaded; then a host that is not allowed deserves an explanation.
        is_video: Whether it needs video support.
        is_gif: Whether it is the video copy of a GIF.
        name: The name of its file or sticker; by default the last part of its URL.
    """

    urls: tuple[str | None, ...]
    kind: Kind
    spoiler: bool
    shape: Shape | None = None
    size: int | None = None
    uploaded: bool = False
    is_video: bool = False
    is_gif: bool = False
    name: str = ""


def find_pictures(message: discord.Message, downloader: PictureDownloader) -> Sequence[FoundPicture]:
    """Find the pictures and videos of a message, and of a message that it forwards.

    A file that is both attached and shown by a component counts once. The preview of a growing dream counts
    only if the message has nothing else.

    Args:
        message: The message.
        downloader: Checks the hosts.

    Returns:
        The files that are probably readable, pictures before videos, each in order. If there are none, one
        file of an uncertain kind, or else an unreadable one, whose refusal names its format.

    Raises:
        NoPictureRefusal: There is no picture.
        VideoMissingError: There are only videos, and videos cannot be read.
    """
    found, has_video = _found(message, downloader)
    if not found and has_video:
        raise VideoMissingError
    if not found:
        raise NoPictureRefusal
    return found


def count_pictures(message: discord.Message, downloader: PictureDownloader) -> int:
    """Return how many pictures :func:`find_pictures` finds; 0 if it refuses the message.

    Args:
        message: The message.
        downloader: Checks the hosts.
    """
    return len(_found(message, downloader)[0])


def _found(message: discord.Message, downloader: PictureDownloader) -> tuple[list[FoundPicture], bool]:
    """Return what :func:`find_pictures` finds, and whether a video was left out."""
    found: dict[str, tuple[Kind, FoundPicture]] = {}
    with_videos, has_video = has_video_support(), False
    for part in _parts(message):
        forwarded = isinstance(part, discord.MessageSnapshot)
        for alternatives in _candidates(part):
            for candidate in alternatives:
                picture = _served(candidate, downloader)
                if picture is None or candidate.kind is Kind.NO_PICTURE:
                    continue
                if candidate.is_video and not with_videos:
                    has_video = True
                    continue
                name = candidate.name or _name(picture.url)
                one = FoundPicture(picture, candidate.spoiler, forwarded, name, candidate.is_gif)
                found.setdefault(_identity(picture.url), (candidate.kind, one))
                break
    without_previews = [each for each in found.values() if not _PREVIEW.fullmatch(each[1].name)]
    ranked = sorted(without_previews or found.values(), key=lambda each: each[0])
    readable = [one for kind, one in ranked if kind <= Kind.VIDEO]
    return readable or [one for _, one in ranked[:1]], has_video


def _parts(message: discord.Message) -> Iterator[_Part]:
    """Return a message, and the messages that it forwards or that its thread began with."""
    yield message
    yield from message.message_snapshots
    origin = message.reference
    begins_thread = message.type is discord.MessageType.thread_starter_message
    if begins_thread and origin is not None and isinstance(origin.resolved, discord.Message):
        yield origin.resolved


def _served(candidate: _Candidate, downloader: PictureDownloader) -> ImageRef | None:
    urls = [url for url in candidate.urls if url]
    url = next(filter(downloader.serves, urls), urls[0] if candidate.uploaded and urls else None)
    return None if url is None else ImageRef(url, declared_bytes=candidate.size, shape=candidate.shape)


def _candidates(part: _Part) -> Iterator[tuple[_Candidate, ...]]:
    """Return the files in a message that may be pictures, each with the copies that may replace it."""
    shown = list(media_in(part.components))
    hidden = {_address(one.media.url) for one in shown if one.spoiler}
    for attachment in part.attachments:
        yield (_from_attachment(attachment, hidden),)
    for one in shown:
        yield (_from_component(one),)
    yield from _from_embeds(part.embeds, hidden=_hides_links(part.content))
    for sticker in part.stickers:
        if sticker.format is not discord.StickerFormatType.lottie:  # a Lottie sticker is an animation in JSON
            yield (
                _Candidate(
                    (sticker.url,), Kind.READABLE, spoiler=False, shape=_STICKER_SHAPE, name=sticker.name
                ),
            )


def _from_attachment(attachment: discord.Attachment, hidden: set[str]) -> _Candidate:
    shape = _shape(attachment)
    kind = kind_of(attachment.filename, attachment.content_type)
    if kind is None:  # Discord reports a shape for the pictures that it can read
        kind = Kind.NO_PICTURE if shape is None else Kind.UNCERTAIN
    return _Candidate(
        (attachment.url, attachment.proxy_url),
        kind,
        spoiler=attachment.is_spoiler() or _address(attachment.url) in hidden,
        shape=shape,
        size=attachment.size,
        uploaded=True,
        is_video=kind is Kind.VIDEO,
        name=attachment.filename,
    )


def _from_component(shown: ShownMedia) -> _Candidate:
    media, shape = shown.media, _shape(shown.media)
    kind = kind_of(_name(media.url), media.content_type)
    if kind is None:
        kind = Kind.NO_PICTURE if shown.is_file and shape is None else Kind.READABLE
    spoiler = shown.spoiler or _name(media.url).startswith("SPOILER_")
    is_video = kind is Kind.VIDEO
    return _Candidate((media.url, media.proxy_url), kind, spoiler, shape, shown.size, is_video=is_video)


def _from_embeds(embeds: Iterable[discord.Embed], *, hidden: bool) -> Iterator[tuple[_Candidate, ...]]:
    for embed in embeds:
        if embed.type == "gifv":
            yield _from_gif(embed, hidden=hidden)
            continue
        for media in (embed.image, embed.thumbnail):
            yield (_from_still(media, (media.proxy_url, media.url), hidden=hidden),)


def _from_gif(embed: discord.Embed, *, hidden: bool) -> tuple[_Candidate, ...]:
    """Return the video that is the GIF, and the stills that replace it if there is no such video.

    A GIF's own URL is on a foreign host, so only Discord's copies are used.
    """
    video = _kind_of_media(embed.video)
    is_video = video is Kind.VIDEO
    kind = Kind.NO_PICTURE if video is None else Kind.READABLE if is_video else video
    urls, shape = (embed.video.proxy_url,), _shape(embed.video)
    moving = _Candidate(urls, kind, hidden, shape, is_video=is_video, is_gif=is_video)
    stills = (
        _from_still(media, (media.proxy_url,), hidden=hidden) for media in (embed.image, embed.thumbnail)
    )
    return (moving, *stills)


def _from_still(media: Any, urls: tuple[str | None, ...], *, hidden: bool) -> _Candidate:
    kind = Kind.UNREADABLE if _kind_of_media(media) is Kind.UNREADABLE else Kind.READABLE
    return _Candidate(urls, kind, hidden, _shape(media))


def _kind_of_media(media: Any) -> Kind | None:
    return kind_of(_name(media.proxy_url or media.url), getattr(media, "content_type", None))


def _hides_links(content: str) -> bool:
    """Return whether a text has a link inside spoiler marks, which hide its embed too."""
    enclosed = content.split("||")[1:-1:2]
    return any("://" in text for text in enclosed)


def _shape(media: Any) -> Shape | None:
    return (media.height, media.width) if media.height and media.width else None


def _name(url: str | None) -> str:
    """Return the last part of a URL's path."""
    try:
        return URL(url or "").name
    except ValueError:
        return ""


def _identity(url: str | None) -> str:
    """Return what is equal for all addresses of a file: Discord's hosts serve it under the same path."""
    try:
        return URL(url or "").path
    except ValueError:
        return url or ""


def _address(url: str) -> str:
    """Return a URL without its signature, which changes from time to time."""
    return url.partition("?")[0]
