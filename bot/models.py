"""The records of a job: its state, the address of its answer, and its outcome."""

import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

from bot.options import DreamOptions
from dream_engine.dreams import Dream
from dream_engine.motion.animation import AnimationRendition
from dream_engine.motion.runner import MotionDream


class State(StrEnum):
    """The state of a job."""

    RECEIVED = "received"
    """The bot has accepted it and fetches its pictures."""
    QUEUED = "queued"
    """Its pictures are stored, and it waits for its turn."""
    RUNNING = "running"
    """The executor dreams it."""
    DREAMED = "dreamed"
    """The dream is stored and not delivered yet."""
    KEPT = "kept"
    """The dream could not be delivered; its owner gets it when they use the bot again."""
    DELIVERED = "delivered"
    """Its owner has the dream."""
    CANCELLED = "cancelled"
    """Its owner or a moderator cancelled it."""
    REFUSED = "refused"
    """It cannot be dreamed, and its owner was told why."""
    FAILED = "failed"
    """It failed because of a bug, and its owner was told."""
    LOST = "lost"
    """Its message was deleted, so nothing is left to answer."""


OPEN = (State.RECEIVED, State.QUEUED, State.RUNNING, State.DREAMED)
"""The states of unfinished jobs."""


class Reply(BaseModel):
    """The address of an answer, with everything that the bot needs to answer after a restart.

    Attributes:
        application_id: The id of the Discord application.
        token: The interaction's token; empty once the job is over.
        expires_at: The time at which the token expires, in Unix seconds.
        user_id: The id of the interaction's user.
        server_id: The id of the server; ``None`` for a direct message.
        channel_id: The id of the channel.
        message_id: The id of the message with the answer, if Discord has told it.
        reachable: Whether the bot user itself can write into the channel.
        private: Whether only the interaction's user may see the answer.
        max_bytes: The largest file that can be uploaded there, in bytes.
        locale: The language of the interaction's user.
        attempt: The route over which the dream was last being sent, stored before the attempt. After a kill
            it shows where the dream may be. ``None`` for the interaction's answer.
        interaction_id: The id of the interaction; ``None`` in rows from before it was stored.
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
        """Return a copy with another route of the attempt."""
        return self.model_copy(update={"attempt": route})


class Outcome(BaseModel):
    """The facts on a finished dream's card.

    Attributes:
        layers: The names of the layers.
        things: The names of the things that the dream is of.
        octaves: The number of octaves.
        iterations: The number of steps at each octave.
        keep_colour: Whether the dream keeps the source's colours.
        guided: Whether a guide was used.
        seed: The random seed.
        seconds: The duration of the dream.
        height: The height of the file, in pixels.
        width: The width of the file, in pixels.
        file_format: The format of the file.
        dreamed_height: The height before the file was made smaller to fit, in pixels.
        dreamed_width: The width before the file was made smaller to fit, in pixels.
        wanted_height: The requested height, if there was too little memory for it, in pixels.
        wanted_width: The requested width, if there was too little memory for it, in pixels.
        is_cut_short: Whether the source's file was truncated.
        guide_is_cut_short: Whether the guide's file was truncated.
        masked: Whether a mask was used.
        mask_is_cut_short: Whether the mask's file was truncated.
        motion: The kind of motion; ``None`` for a still.
        frames: The number of frames of the animation; 1 for a still.
        fps: The mean number of frames per second of the animation.
        reduced: What the animation has less of so that it fits: ``quality``, ``rate`` or ``size``.
        has_more: Whether the source is longer than the motion.
    """

    model_config = ConfigDict(frozen=True)

    layers: str
    things: tuple[str, ...] = ()
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
    masked: bool = False
    mask_is_cut_short: bool = False
    motion: str | None = None
    frames: int = 1
    fps: float | None = None
    reduced: tuple[str, ...] = ()
    has_more: bool = False

    @classmethod
    def of(cls, dream: Dream) -> Self:
        """Return the facts about a dream."""
        settings, last = dream.settings, dream.octaves[-1]
        wanted_height, wanted_width = dream.requested_shape or (None, None)
        return cls(
            layers=" + ".join(settings.layer_weights),
            things=tuple(name for name, _ in settings.classes),
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
            masked=settings.mask is not None,
            mask_is_cut_short=dream.mask_is_cut_short,
        )

    @classmethod
    def of_motion(cls, dream: MotionDream, *, height: int, width: int) -> Self:
        """Return the facts about a motion.

        Args:
            dream: The motion.
            height: The height of its frames in pixels, before the file was made smaller to fit.
            width: Their width in pixels.
        """
        settings, rendition = dream.settings, dream.rendition
        is_smaller = "size" in rendition.reduced
        return cls(
            layers=" + ".join(settings.layer_weights),
            things=tuple(name for name, _ in settings.classes),
            octaves=settings.octaves,
            iterations=settings.iterations,
            keep_colour=settings.keep_colour,
            guided=settings.guide is not None,
            seed=settings.seed or 0,
            seconds=dream.seconds,
            height=rendition.height,
            width=rendition.width,
            file_format=rendition.file_format,
            dreamed_height=height if is_smaller else rendition.height,
            dreamed_width=width if is_smaller else rendition.width,
            is_cut_short=dream.plan.is_cut_short,
            masked=settings.mask is not None,
            motion=dream.plan.motion,
            frames=rendition.frames,
            fps=rendition.fps,
            reduced=rendition.reduced,
            has_more=dream.plan.has_more,
        )

    def refitted(self, rendition: AnimationRendition) -> Self:
        """Return the facts about an animation after its file was made smaller once more."""
        reduced = (*self.reduced, *(each for each in rendition.reduced if each not in self.reduced))
        changes = {
            "height": rendition.height,
            "width": rendition.width,
            "file_format": rendition.file_format,
            "frames": rendition.frames,
            "fps": rendition.fps,
            "reduced": reduced,
        }
        return self.model_copy(update=changes)


class Lender(NamedTuple):
    """The id and the owner of a job from whose pictures somebody else's job was made."""

    job_id: str
    user_id: int


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted request. Its attributes are the columns of the ``jobs`` table.

    Attributes:
        id: Its id in buttons, files and logs.
        state: Its state.
        user_id: Its owner's id.
        server_id: The id of the server with the bot; ``None`` elsewhere.
        options: The options of the dream.
        reply: The address of the answer.
        source_url: The URL of the source; ``None`` once the source is stored.
        guide_url: The URL of the guide; ``None`` once the guide is stored.
        mask_url: The URL of the mask; ``None`` once the mask is stored.
        source: The digest of the source.
        guide: The digest of the guide; ``None`` for none.
        mask: The digest of the mask; ``None`` for none.
        dream: The digest of the dream.
        outcome: The facts on the dream's card.
        original: The digest of the source without camera metadata, if the owner has asked for it.
        original_bytes: The limit in bytes for which the original was made.
        pending_message: The sentence about the end that its owner has not been told yet.
        turn: Its round in the fair queue.
        work: The pixels of all steps together, in units of 10⁶.
        attempts: How often it was started.
        max_running: How many jobs of its owner may run at the same time.
        bucket: The server whose rate limit paid for it; 0 for the shared one, ``None`` for none.
        created_at: The time of acceptance, in Unix seconds.
        ended_at: The time of the end, in Unix seconds.
        interaction_id: The id of its interaction, which is unique among jobs.
        motion: How its dream moves, known once its pictures are stored; ``None`` for a still.
        price: How many dreams of its owner's allowance it costs.
        lenders: The jobs of other users that its pictures come from, because its owner has joined in.
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
    mask_url: str | None = None
    source: str | None = None
    guide: str | None = None
    mask: str | None = None
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
    motion: str | None = None
    price: int = 1
    lenders: tuple[Lender, ...] = ()

    @property
    def digests(self) -> frozenset[str]:
        """The digests of its pictures."""
        return frozenset(filter(None, (self.source, self.guide, self.mask, self.dream, self.original)))

    def but(self, **changes: Any) -> Self:
        """Return a copy of the job with some attributes changed."""
        return replace(self, **changes)


def new_id() -> str:
    """Return a job id that nobody can guess."""
    return secrets.token_hex(8)
