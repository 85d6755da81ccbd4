"""The records of a request for a dream: who asks, for which pictures, and with which options."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.models import Job, Lender, Reply
from bot.options import DreamOptions
from dream_engine.shapes import Shape


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A reference to a picture, either at a URL or in the picture store.

    Attributes:
        url: The URL to fetch the picture from, if it is not stored yet.
        digest: The digest of the stored picture, if it is stored.
        declared_bytes: The file size in bytes that Discord declares.
        shape: The height and width in pixels that Discord declares.
    """

    url: str | None = None
    digest: str | None = None
    declared_bytes: int | None = None
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Requester:
    """The person who requests a dream, and the place of the request.

    Attributes:
        user_id: The person's id.
        role_ids: The ids of the person's roles in the server.
        server_id: The id of the server, if the bot is installed there; ``None`` elsewhere.
        channel_ids: The id of the channel, and for a thread also its parent's.
    """

    user_id: int
    role_ids: Collection[int] = ()
    server_id: int | None = None
    channel_ids: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """A request for one dream.

    Attributes:
        requester: The person, and the place of the request.
        options: The options that the person chose; an empty preset or size is filled in on admission.
        source: The picture to dream.
        guide: The guide picture, if there is one.
        reply: The address of the answer.
        mask: The mask, if only a part of the picture dreams.
        origin: The job whose stored pictures are dreamed again, perhaps another user's.
    """

    requester: Requester
    options: DreamOptions
    source: ImageRef
    guide: ImageRef | None
    reply: Reply
    mask: ImageRef | None = None
    origin: Job | None = None

    @property
    def lenders(self) -> tuple[Lender, ...]:
        """The jobs of other users whose pictures, or dreams of them, are dreamed."""
        if self.origin is None:
            return ()
        lenders = (*self.origin.lenders, Lender(self.origin.id, self.origin.user_id))
        return tuple(lender for lender in lenders if lender.user_id != self.requester.user_id)
