"""The record of a job."""

import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from bot.options import DreamOptions
from dream_engine.dreams import Dream


class State(StrEnum):
    """Where a job is on its way."""

    RECEIVED = "received"
    """Admitted; its pictures are being fetched."""
    QUEUED = "queued"
    """Its pictures are here; it waits for its turn."""
    RUNNING = "running"
    """It is being dreamed."""
    DREAMED = "dreamed"
    """The dream is kept here, and not delivered yet."""
    KEPT = "kept"
    """It could not be delivered; its owner gets it at the next contact."""
    DELIVERED = "delivered"
    """Its owner has it."""
    CANCELLED = "cancelled"
    """Its owner, or a moderator, stopped it."""
    REFUSED = "refused"
    """Something in it cannot be dreamed, as its owner was told."""
    FAILED = "failed"
    """It failed through our fault, as its owner was told."""
    LOST = "lost"
    """There is nowhere left to answer to."""


OPEN = (State.RECEIVED, State.QUEUED, State.RUNNING, State.DREAMED)
"""The states of jobs that somebody still waits for."""


class Reply(BaseModel):
    """Where a job's answer goes, and how to speak there; enough to go on after a restart.

    Attributes:
        application_id: The application that was asked.
        token: The interaction's token; empty once the job is over.
        expires_at: Until when the token can be used, in Unix seconds.
        user_id: Who asked.
        server_id: The server where that was; ``None`` for a direct message.
        channel_id: The channel where that was.
        message_id: The message that is the answer, if Discord told its number.
        reachable: Whether the bot itself can write into the channel, and not only the interaction's answer.
        private: Whether nobody else may see the answer.
        max_bytes: The largest file that can be uploaded there.
        locale: The language of who asked.
        attempt: The way by which the dream was last being sent, written down before it was, unless that was
            the interaction's answer; after a kill it tells where the dream may be.
        interaction_id: Which interaction that was; ``None`` in what was kept before this was noted.
    """

    model_config = ConfigDict(frozen=True, validate_by_name=True, serialize_by_alias=True)

    application_id: int
    token: str = Field(repr=False)
    expires_at: float
    user_id: int
    server_id: int | None = None
    channel_id: int | None
    message_id: int | None = None
    reachable: bool
    private: bool
    max_bytes: int = Field(validation_alias="most_bytes", serialization_alias="most_bytes")
    locale: str
    attempt: str | None = None
    interaction_id: int | None = None

    def attempting(self, route: str | None) -> Self:
        """The same, but for the way by which the dream is being sent."""
        return self.model_copy(update={"attempt": route})


class Outcome(BaseModel):
    """What a finished dream's card tells.

    Attributes:
        layers: The layers that were raised, in words that need no translation.
        octaves: Over how many scales.
        iterations: With how many steps at each.
        keep_colour: Whether the source's colours were kept.
        guided: Whether the dream grew towards a guide.
        seed: The chance that was used.
        seconds: How long it took.
        height: In pixels.
        width: In pixels.
        file_format: What it is encoded as.
        dreamed_height: In pixels, before it was made smaller to fit.
        dreamed_width: In pixels.
        wanted_height: In pixels, where there was no memory for so many.
        wanted_width: In pixels.
        is_cut_short: Whether the source's file broke off, so that a part of the picture is missing.
        guide_is_cut_short: Whether the guide's file broke off, so that a part of the guide is missing.
    """

    model_config = ConfigDict(frozen=True)

    layers: str
    octaves: int
    iterations: int
    keep_colour: bool = False
    guided: bool = False
    seed: int
    seconds: float
    height: int
    width: int
    file_format: str
    dreamed_height: int
    dreamed_width: int
    wanted_height: int | None = None
    wanted_width: int | None = None
    is_cut_short: bool = False
    guide_is_cut_short: bool = False

    @classmethod
    def of(cls, dream: Dream) -> Self:
        """What is told about a dream."""
        settings, last = dream.settings, dream.octaves[-1]
        wanted_height, wanted_width = dream.requested_shape or (None, None)
        return cls(
            layers=" + ".join(settings.layer_weights),
            octaves=len(dream.octaves),
            iterations=settings.iterations,
            keep_colour=settings.keep_colour,
            guided=settings.guide is not None,
            seed=settings.seed or 0,
            seconds=dream.seconds,
            height=dream.height,
            width=dream.width,
            file_format=dream.file_format,
            dreamed_height=last.height,
            dreamed_width=last.width,
            wanted_height=wanted_height,
            wanted_width=wanted_width,
            is_cut_short=dream.is_cut_short,
            guide_is_cut_short=dream.guide_is_cut_short,
        )


@dataclass(frozen=True, slots=True)
class Job:
    """One person's request on its way through the bot.

    Attributes:
        id: Its name in buttons, files and logs.
        state: Where it is on its way.
        user_id: Whose it is.
        server_id: The server in which it was asked for; ``None`` outside of any.
        options: What is wished for.
        reply: Where the answer goes.
        source_url: Where the source is fetched from; ``None`` once it is kept.
        guide_url: The same of the guide.
        source: The digest of the source.
        guide: The digest of the guide; ``None`` for none.
        dream: The digest of the dream.
        outcome: What the dream's card tells.
        original: The digest of the source without what a camera wrote into it, once that was asked for.
        original_bytes: For how many bytes at most it was made.
        pending_message: How the job ended, in words that its owner has not been told yet.
        turn: Its place among other people's jobs.
        work: How much there is to do, in 10⁶ pixels of all steps.
        attempts: How often it was begun.
        max_running: How many jobs of its owner may be dreamed at once.
        bucket: The server whose bucket paid for it, 0 for the one of everywhere, ``None`` if none did.
        created_at: When it was accepted, in Unix seconds.
        ended_at: When it was over.
        interaction_id: Which interaction asked for it; no two jobs have the same.
    """

    id: str
    state: State
    user_id: int
    server_id: int | None
    options: DreamOptions
    reply: Reply
    created_at: float
    source_url: str | None = None
    guide_url: str | None = None
    source: str | None = None
    guide: str | None = None
    dream: str | None = None
    outcome: Outcome | None = None
    original: str | None = None
    original_bytes: int | None = None
    pending_message: str | None = None
    turn: int = 0
    work: float = 0.0
    attempts: int = 0
    max_running: int = 1
    bucket: int | None = None
    ended_at: float | None = None
    interaction_id: int | None = None

    @property
    def digests(self) -> frozenset[str]:
        """The digests of its pictures."""
        return frozenset(filter(None, (self.source, self.guide, self.dream, self.original)))

    def but(self, **changes: Any) -> Self:
        """The same job but for some attributes."""
        return replace(self, **changes)


def new_id() -> str:
    """A name for a job that nobody can guess."""
    return secrets.token_hex(8)
