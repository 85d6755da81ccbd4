"""What became of every request of a soak run."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.jobs.record import OPEN, State
from tests.soak.bot import Absence
from tests.soak.orders import Order
from tests.wire.conftest import times_answered
from tests.wire.discord_server import DiscordServer
from tests.wire.interactions import Interaction

ANSWERED = "answered with a dream, once"
CANCELLED = "cancelled by its owner"
DELETED = "its message was deleted by a moderator"
FAILED = "failed, as its owner was told with a reference"
UNHEARD = "never heard: the bot was away, or Discord took no acknowledgement, and said so"
CUT_OFF = "acknowledged, but neither accepted nor refused before the bot was killed"
LOST = "lost"
DOUBLED = "answered more than once"
MISJUDGED = "a good picture was refused as a bad one"
NONSENSE = "a bad picture was dreamed"
WRONG = (LOST, DOUBLED, MISJUDGED, NONSENSE)

_REASONS = {
    "You have dreamed a lot": "too many in a short time",
    "Several of your pictures in a row": "too many pictures in a row that were none",
    "waiting already": "too many waiting",
    "My queue is full": "the queue was full",
    "no room to keep anything": "the disk was full",
    "I have to rest for a moment and cannot do that now": "the bot was about to stop",
    "I could not fetch that picture": "its file could not be fetched",
    "one dream may take": "it would take too long",
}
_OF_PICTURES = {
    "not like a picture that I can read": "no picture",
    "That file is empty": "an empty file",
    "is damaged": "a damaged picture",
    "I need at least": "a picture too small",
    "longer side may be at most": "a picture too narrow",
    "That file is larger than": "a file too large",
    "megapixels, the most that I can read": "a picture too large",
}
_DECIDED_WITHIN = 10.0
"""So many seconds after it was sent, a request is accepted, or refused and its owner told."""


@dataclass
class Asked:
    """A request that was sent.

    Attributes:
        order: What was asked for.
        interaction: The same as Discord has it; ``None`` if there was nobody to send it to.
        at: When it was sent, on the monotonic clock.
        cancelled: Whether its owner clicked on Cancel.
        deleted: Whether a moderator deleted its message.
    """

    order: Order
    interaction: Interaction | None
    at: float
    cancelled: bool = False
    deleted: bool = False


@dataclass(frozen=True)
class Kept:
    """What the store says of a job."""

    job_id: str
    state: State


def kept_jobs(data_dir: Path) -> dict[int, Kept]:
    """The jobs in the store, by the seeds of their dreams."""
    return {seed: Kept(job_id, State(state)) for seed, job_id, state, _ in _rows(data_dir)}


def is_settled(data_dir: Path) -> bool:
    """Whether every job is over, and everybody told."""
    return all(State(state) not in OPEN and telling is None for _, _, state, telling in _rows(data_dir))


def _rows(data_dir: Path) -> Iterable[tuple[int, str, str, str | None]]:
    with closing(sqlite3.connect(f"{(data_dir / 'bot.sqlite3').as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT wish, id, state, telling FROM jobs").fetchall()
    return [(json.loads(wish)["seed"], *others) for wish, *others in rows]


class Account:
    """Says of each request what became of it.

    Args:
        discord: Where people see what they got.
        jobs: What the store says, by the seeds of dreams.
        absences: When the bot could not hear everybody.
    """

    def __init__(self, discord: DiscordServer, jobs: Mapping[int, Kept], absences: Sequence[Absence]) -> None:
        self._discord = discord
        self._jobs = jobs
        self._absences = absences
        self._times = times_answered(discord)

    def of(self, requests: Iterable[Asked]) -> Counter[str]:
        """How many requests came to which end."""
        return Counter(self.end_of(asked) for asked in requests)

    def end_of(self, asked: Asked) -> str:
        """What became of one request."""
        job = self._jobs.get(asked.order.number)
        times = self._times[job.job_id] if job else 0
        if times > 1:
            return DOUBLED
        if times == 1:
            return ANSWERED if asked.order.upload.is_picture else NONSENSE
        acknowledgement = asked.interaction.acknowledgement if asked.interaction else None
        if job is None and (acknowledgement is None or acknowledgement.refused):
            return UNHEARD if self._has_excuse(asked) else LOST
        return self._end_without_dream(asked, job)

    def told_of(self, asked: Asked) -> str:
        """All that is known of one request, for who looks into it."""
        job, words = self._jobs.get(asked.order.number), self._words_to(asked)
        return f"{asked.order.number}: {self.end_of(asked)}: {job}: {asked.order}: {words!r}"

    def _end_without_dream(self, asked: Asked, job: Kept | None) -> str:
        words = self._words_to(asked)
        if job is not None and job.state is State.CANCELLED and asked.cancelled and "was cancelled" in words:
            return CANCELLED
        if job is not None and job.state is State.LOST and asked.deleted:
            return DELETED
        if job is not None and job.state is State.FAILED and "went wrong on my side" in words:
            return FAILED
        if job is None or job.state is State.REFUSED:
            for phrase, reason in (_REASONS | _OF_PICTURES).items():
                if phrase in words:
                    is_judged = phrase in _OF_PICTURES and asked.order.upload.is_picture
                    return MISJUDGED if is_judged else f"refused: {reason}"
        if job is None and any(
            asked.at <= absence.since <= asked.at + _DECIDED_WITHIN
            for absence in self._absences
            if absence.ended
        ):
            return CUT_OFF
        return LOST

    def _words_to(self, asked: Asked) -> str:
        """All that its owner was told, wherever."""
        if asked.interaction is None:
            return ""
        messages = [*filter(None, [asked.interaction.message]), *asked.interaction.followups]
        direct = self._discord.direct_channel(asked.interaction.circumstances.user)
        messages += [message for message in direct.messages if message.interaction is None]
        return "\n".join(state.text for message in messages for state in message.states)

    def _has_excuse(self, asked: Asked) -> bool:
        """Whether the bot was away, or Discord would not take the acknowledgement."""
        if asked.interaction is None or self._was_away(asked.at - 1.0, asked.at + 3.0):
            return True
        calls = self._discord.calls("POST", f"{asked.interaction.token}/callback")
        return any(call.status != 200 for call in calls)

    def _was_away(self, since: float, until: float) -> bool:
        return any(absence.since <= until and since <= absence.until for absence in self._absences)
