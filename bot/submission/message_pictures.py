"""Finds the picture in a message that somebody points at."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import discord
from yarl import URL

from bot.delivery.media import ShownMedia, media_in
from bot.errors import NoPictureRefusal
from bot.submission.downloads import Intake
from bot.submission.file_kinds import Kind, kind_of
from bot.submission.requests import ImageRef
from dream_engine.shapes import Shape

_STICKER_SHAPE = (320, 320)

_Part: TypeAlias = discord.Message | discord.MessageSnapshot


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture in a message.

    Attributes:
        picture: Where it lies.
        spoiler: Whether it is hidden until it is clicked.
        forwarded: Whether it is in a message that was forwarded.
    """

    picture: ImageRef
    spoiler: bool
    forwarded: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What may be a picture.

    Attributes:
        urls: Where it lies; the first that is on a known host is taken.
        kind: What it is, as far as can be told without its bytes.
        spoiler: Whether it is hidden.
        shape: The height and width that it is said to have.
        size: How many bytes it is said to have.
        uploaded: Whether it was uploaded, so that a host that is not known is worth a word.
    """

    urls: tuple[str | None, ...]
    kind: Kind
    spoiler: bool
    shape: Shape | None = None
    size: int | None = None
    uploaded: bool = False


def find_picture(message: discord.Message, intake: Intake) -> FoundPicture:
    """The first picture of a message, or of what it forwards, that can be read by all appearances.

    Only where there is none such, one of an uncertain kind is taken, and then one that cannot be read: its
    refusal says what it is.

    Args:
        message: The message.
        intake: Knows from which hosts pictures are fetched.

    Raises:
        NoPictureRefusal: There is no picture.
    """
    best, found = Kind.NO_PICTURE, None
    for part in _parts(message):
        for candidate in _candidates(part):
            if candidate.kind < best and (picture := _served(candidate, intake)) is not None:
                forwarded = isinstance(part, discord.MessageSnapshot)
                best, found = candidate.kind, FoundPicture(picture, candidate.spoiler, forwarded)
    if found is None:
        raise NoPictureRefusal
    return found


def _parts(message: discord.Message) -> Iterator[_Part]:
    """A message and what Discord shows in its place: what it forwards, or what a thread began with."""
    yield message
    yield from message.message_snapshots
    origin = message.reference
    begins_thread = message.type is discord.MessageType.thread_starter_message
    if begins_thread and origin is not None and isinstance(origin.resolved, discord.Message):
        yield origin.resolved


def _served(candidate: _Candidate, intake: Intake) -> ImageRef | None:
    urls = [url for url in candidate.urls if url]
    url = next(filter(intake.serves, urls), urls[0] if candidate.uploaded and urls else None)
    return None if url is None else ImageRef(url, declared_bytes=candidate.size, shape=candidate.shape)


def _candidates(part: _Part) -> Iterator[_Candidate]:
    """Everything in a message, or in one that it forwards, that may be a picture."""
    shown = list(media_in(part.components))
    hidden = {_address(one.media.url) for one in shown if one.spoiler}
    for attachment in part.attachments:
        yield _from_attachment(attachment, hidden)
    yield from map(_from_component, shown)
    yield from _from_embeds(part.embeds, hidden=_hides_links(part.content))
    for sticker in part.stickers:
        if sticker.format is not discord.StickerFormatType.lottie:  # which is a drawing in JSON
            yield _Candidate((sticker.url,), Kind.READABLE, spoiler=False, shape=_STICKER_SHAPE)


def _from_attachment(attachment: discord.Attachment, hidden: set[str]) -> _Candidate:
    shape = _shape(attachment)
    kind = kind_of(attachment.filename, attachment.content_type)
    if kind is None:  # Discord measures the pictures that it knows
        kind = Kind.NO_PICTURE if shape is None else Kind.UNCERTAIN
    return _Candidate(
        (attachment.url, attachment.proxy_url),
        kind,
        spoiler=attachment.is_spoiler() or _address(attachment.url) in hidden,
        shape=shape,
        size=attachment.size,
        uploaded=True,
    )


def _from_component(shown: ShownMedia) -> _Candidate:
    media, shape = shown.media, _shape(shown.media)
    kind = kind_of(_name(media.url), media.content_type)
    if kind is None:
        kind = Kind.NO_PICTURE if shown.is_file and shape is None else Kind.READABLE
    spoiler = shown.spoiler or _name(media.url).startswith("SPOILER_")
    return _Candidate((media.url, media.proxy_url), kind, spoiler, shape, shown.size)


def _from_embeds(embeds: Iterable[discord.Embed], *, hidden: bool) -> Iterator[_Candidate]:
    for embed in embeds:
        is_gif = embed.type == "gifv"  # its video is the GIF in another form, its thumbnail a still of it
        if is_gif:
            video = _kind_of_media(embed.video)
            kind = Kind.NO_PICTURE if video is None else video
            yield _Candidate((embed.video.proxy_url,), kind, hidden, _shape(embed.video))
        for media in (embed.image, embed.thumbnail):
            # Of a GIF only Discord's copy is fetched: the address itself is somebody else's.
            urls = (media.proxy_url,) if is_gif else (media.proxy_url, media.url)
            kind = Kind.UNREADABLE if _kind_of_media(media) is Kind.UNREADABLE else Kind.READABLE
            yield _Candidate(urls, kind, hidden, _shape(media))


def _kind_of_media(media: Any) -> Kind | None:
    return kind_of(_name(media.proxy_url or media.url), getattr(media, "content_type", None))


def _hides_links(content: str) -> bool:
    """Whether a text has an address between the marks that hide what they enclose, and so its embed."""
    enclosed = content.split("||")[1:-1:2]
    return any("://" in text for text in enclosed)


def _shape(media: Any) -> Shape | None:
    return (media.height, media.width) if media.height and media.width else None


def _name(url: str | None) -> str:
    """The last part of an address's path."""
    try:
        return URL(url or "").name
    except ValueError:
        return ""


def _address(url: str) -> str:
    """An address without its signature, which changes from time to time."""
    return url.partition("?")[0]
