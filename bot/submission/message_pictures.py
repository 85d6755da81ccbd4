"""Finds the picture in a message."""

from collections.abc import Iterable, Iterator
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

_Part: TypeAlias = discord.Message | discord.MessageSnapshot


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture in a message.

    Attributes:
        picture: The reference to it.
        spoiler: Whether Discord hides it until it is clicked.
        forwarded: Whether it is in a forwarded message.
    """

    picture: ImageRef
    spoiler: bool
    forwarded: bool


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
    """

    urls: tuple[str | None, ...]
    kind: Kind
    spoiler: bool
    shape: Shape | None = None
    size: int | None = None
    uploaded: bool = False
    is_video: bool = False


def find_picture(message: discord.Message, downloader: PictureDownloader) -> FoundPicture:
    """Find the first picture of a message, or of a message that it forwards, that is probably readable.

    If there is none, the first video is used if videos can be read, then the first of an uncertain kind, and
    then the first unreadable one, whose refusal names its format.

    Args:
        message: The message.
        downloader: Checks the hosts.

    Raises:
        NoPictureRefusal: There is no picture.
        VideoMissingError: There are only videos, and videos cannot be read.
    """
    best, found, video_found = Kind.NO_PICTURE, None, False
    with_videos = has_video_support()
    for part in _parts(message):
        for candidate in _candidates(part):
            if candidate.is_video and not with_videos:
                video_found = video_found or _served(candidate, downloader) is not None
                continue
            if candidate.kind < best and (picture := _served(candidate, downloader)) is not None:
                forwarded = isinstance(part, discord.MessageSnapshot)
                best, found = candidate.kind, FoundPicture(picture, candidate.spoiler, forwarded)
    if found is None and video_found:
        raise VideoMissingError
    if found is None:
        raise NoPictureRefusal
    return found


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


def _candidates(part: _Part) -> Iterator[_Candidate]:
    """Return the files in a message that may be pictures."""
    shown = list(media_in(part.components))
    hidden = {_address(one.media.url) for one in shown if one.spoiler}
    for attachment in part.attachments:
        yield _from_attachment(attachment, hidden)
    yield from map(_from_component, shown)
    yield from _from_embeds(part.embeds, hidden=_hides_links(part.content))
    for sticker in part.stickers:
        if sticker.format is not discord.StickerFormatType.lottie:  # a Lottie sticker is an animation in JSON
            yield _Candidate((sticker.url,), Kind.READABLE, spoiler=False, shape=_STICKER_SHAPE)


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
    )


def _from_component(shown: ShownMedia) -> _Candidate:
    media, shape = shown.media, _shape(shown.media)
    kind = kind_of(_name(media.url), media.content_type)
    if kind is None:
        kind = Kind.NO_PICTURE if shown.is_file and shape is None else Kind.READABLE
    spoiler = shown.spoiler or _name(media.url).startswith("SPOILER_")
    is_video = kind is Kind.VIDEO
    return _Candidate((media.url, media.proxy_url), kind, spoiler, shape, shown.size, is_video=is_video)


def _from_embeds(embeds: Iterable[discord.Embed], *, hidden: bool) -> Iterator[_Candidate]:
    for embed in embeds:
        is_gif = embed.type == "gifv"  # its video is the GIF, and its thumbnail is a still
        if is_gif:
            video = _kind_of_media(embed.video)
            is_video = video is Kind.VIDEO
            kind = Kind.NO_PICTURE if video is None else Kind.READABLE if is_video else video
            urls = (embed.video.proxy_url,)
            yield _Candidate(urls, kind, hidden, _shape(embed.video), is_video=is_video)
        for media in (embed.image, embed.thumbnail):
            # A GIF's own URL is on a foreign host, so only Discord's copy is used.
            addresses = (media.proxy_url,) if is_gif else (media.proxy_url, media.url)
            kind = Kind.UNREADABLE if _kind_of_media(media) is Kind.UNREADABLE else Kind.READABLE
            yield _Candidate(addresses, kind, hidden, _shape(media))


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


def _address(url: str) -> str:
    """Return a URL without its signature, which changes from time to time."""
    return url.partition("?")[0]
