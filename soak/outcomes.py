"""What became of every request of a soak run."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.models import State
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import arrivals, dreams_among
from fake_discord.interactions import Interaction
from fake_discord.messages import Message
from fake_discord.messages import State as Shown
from soak import bot_messages
from soak.downtime import Absence, Excuses
from soak.interactions import Visit, is_done_forgetting
from soak.request_plan import Order
from soak.store_monitor import Kept

ANSWERED = "answered with a dream, once"
CANCELLED = "cancelled by its owner, or by a moderator"
DELETED = "its message was deleted by a moderator"
FORGOTTEN = "forgotten with its owner, who asked for that"
UNHEARD = "never heard: the bot was away, or Discord took no acknowledgement, and said so"
CUT_OFF = "acknowledged, but neither accepted nor refused before the bot was killed"
FAILED = "failed through the bot's fault"
LATE = "acknowledged too late"
LOST = "lost"
DOUBLED = "answered more than once"
TAKEN_TWICE = "taken as two requests"
UNFORGOTTEN = "answered although its owner was forgotten"
MISJUDGED = "a good picture was refused as a bad one"
NONSENSE = "a bad picture was dreamed"
WRONG = (FAILED, LATE, LOST, DOUBLED, TAKEN_TWICE, UNFORGOTTEN, MISJUDGED, NONSENSE)

_DECIDED_WITHIN = 10.0
"""So many seconds after it was sent, a request is accepted, or refused and its owner told."""
_ON_ITS_WAY = 1.0
"""A dream may have been on its way for so many seconds when its owner was told of having been forgotten."""


@dataclass
class Asked:
    """A request that was sent.

    Attributes:
        order: What was asked for.
        interaction: The same as Discord has it; ``None`` if there was nobody to send it to.
        at: When it was sent, on the monotonic clock.
        cancelled: Whether its owner, or a moderator, clicked on Cancel.
        deleted: Whether a moderator deleted its message.
        discarded: When its owner, or a moderator, clicked on Delete.
    """

    order: Order
    interaction: Interaction | None
    at: float
    cancelled: bool = False
    deleted: bool = False
    discarded: Visit | None = None


class Account:
    """Says of each request what became of it.

    Args:
        discord: Where people see what they got.
        jobs: Every job that the store has ever had.
        absences: When the bot could not hear everybody.
        visits: What else people did; who forgot whom is among it.
    """

    def __init__(
        self,
        discord: DiscordServer,
        jobs: Collection[Kept],
        absences: Sequence[Absence],
        visits: Sequence[Visit] = (),
    ) -> None:
        self._discord = discord
        self._jobs = {job.job_id: job for job in jobs}
        self._excuses = Excuses(discord, absences)
        self._arrivals = arrivals(discord)
        self._forgettings = [visit for visit in visits if visit.kind == "forget-me"]

    def of(self, requests: Iterable[Asked]) -> Counter[str]:
        """How many requests came to which end."""
        return Counter(self.end_of(asked) for asked in requests)

    def end_of(self, asked: Asked) -> str:
        """What became of one request."""
        jobs = self.jobs_of(asked)
        if len(jobs) > 1:
            return TAKEN_TWICE
        arrived = [moment for job in jobs for moment in self._arrivals.get(job, ())]
        if len(arrived) + self._times_refused(asked) > 1:
            return DOUBLED
        if arrived:
            return self._end_with_dream(asked, arrived[0])
        if not jobs and not self._was_acknowledged(asked):
            return self._unacknowledged(asked)
        if any(self._forgettings_of(asked)):  # done, or not: how a visit ended is told of the visit
            return FORGOTTEN
        return self._end_without_dream(asked, next(iter(jobs), None))

    def told_of(self, asked: Asked) -> str:
        """All that is known of one request, for who looks into it."""
        jobs = {job: (self._jobs.get(job), self._arrivals.get(job)) for job in self.jobs_of(asked)}
        message = asked.interaction.message if asked.interaction else None
        shown = (
            [(round(state.at - asked.at, 2), state.text, state.deleted) for state in message.states]
            if message
            else []
        )
        return (
            f"{asked.order.number}: {self.end_of(asked)}: {jobs}: {asked}: {shown}: {self.words_to(asked)!r}"
        )

    def jobs_of(self, asked: Asked) -> frozenset[str]:
        """The jobs that a request became; one, or none, if all is well."""
        interaction, seed = asked.interaction, asked.order.options.get("seed")
        if interaction is None:
            return frozenset()
        message = interaction.message.id if interaction.message else None
        stored = {
            job.job_id
            for job in self._jobs.values()
            if (seed is not None and job.seed == seed)
            or job.token == interaction.token
            or (message is not None and job.message_id == message)
        }
        return frozenset(stored | set(_jobs_shown(interaction)))

    def forgotten_at(self, asked: Asked) -> float | None:
        """When its owner was told that all of theirs is deleted, this request among it."""
        done = (
            is_done_forgetting(visit)
            for visit in self._forgettings_of(asked)
            if self._was_accepted_before(asked, visit.at)
        )
        return min((moment for moment in done if moment is not None), default=None)

    def words_to(self, asked: Asked) -> str:
        """What its owner was told under it; where that says of no end, also what came by direct message."""
        if asked.interaction is None:
            return ""
        own = _words(_answers(asked.interaction))
        if any(bot_messages.meanings(own)) or bot_messages.says("card-cancelled", own):
            return own
        direct = self._discord.direct_channel(asked.interaction.circumstances.user)
        messages = [message for message in direct.messages if message.interaction is None]
        return f"{own}\n{_words(message for message in messages if message.states[0].at > asked.at)}"

    def _forgettings_of(self, asked: Asked) -> Iterator[Visit]:
        """When its owner asked to be forgotten after it was sent."""
        if asked.interaction is None:
            return
        for visit in self._forgettings:
            is_theirs = visit.interaction.circumstances.user == asked.interaction.circumstances.user
            if is_theirs and visit.at >= asked.at:
                yield visit

    def _was_accepted_before(self, asked: Asked, moment: float) -> bool:
        """Whether its job was seen before a moment, in the store or on its card."""
        stored = (self._jobs[job].seen[0] for job in self.jobs_of(asked) if job in self._jobs)
        shown = asked.interaction.message.states if asked.interaction and asked.interaction.message else ()
        carded = (state.at for state in shown if jobs_in(state))
        return any(seen < moment for seen in (*stored, *carded))

    def _was_acknowledged(self, asked: Asked) -> bool:
        acknowledgement = asked.interaction.acknowledgement if asked.interaction else None
        return acknowledgement is not None and not acknowledgement.refused

    def _unacknowledged(self, asked: Asked) -> str:
        if self._excuses.for_silence(asked.interaction, asked.at):
            return UNHEARD
        return LATE if asked.interaction and asked.interaction.acknowledgement else LOST

    def _times_refused(self, asked: Asked) -> int:
        """How many of its answers say that it was refused."""
        answers = _answers(asked.interaction) if asked.interaction else ()
        return sum(
            any(any(bot_messages.meanings(state.text)) for state in answer.states) for answer in answers
        )

    def _end_with_dream(self, asked: Asked, arrived: float) -> str:
        forgotten = self.forgotten_at(asked)
        if forgotten is not None and arrived > forgotten + _ON_ITS_WAY:
            return UNFORGOTTEN
        return ANSWERED if asked.order.is_good else NONSENSE

    def _end_without_dream(self, asked: Asked, job_id: str | None) -> str:
        words = self.words_to(asked)
        told = set(bot_messages.meanings(words))
        state = self._jobs[job_id].state if job_id in self._jobs else None
        if state is State.CANCELLED and asked.cancelled and bot_messages.says("card-cancelled", words):
            return CANCELLED
        if state is State.LOST and asked.deleted:
            return DELETED
        if told & bot_messages.OUR_FAULT:
            return FAILED
        # A bot that could not write a refusal down finds after a kill no more than that the answer is gone.
        if state in (None, State.REFUSED, State.LOST) and told:
            key = "error-guide" if "error-guide" in told else min(told)
            is_misjudged = key in bot_messages.OF_PICTURES and asked.order.is_good
            return MISJUDGED if is_misjudged else f"refused: {bot_messages.label(key)}"
        if job_id is None and self._excuses.was_ended(asked.at, asked.at + _DECIDED_WITHIN):
            return CUT_OFF
        return LOST


def _answers(interaction: Interaction) -> Sequence[Message]:
    """The messages under an interaction; not those that hand over a dream of before."""
    messages = [*filter(None, [interaction.message]), *interaction.followups]
    return [message for message in messages if not any(map(_hands_over, message.states))]


def _words(messages: Iterable[Message]) -> str:
    return "\n".join(state.text for message in messages for state in message.states)


def _hands_over(state: Shown) -> bool:
    return bot_messages.says("card-kept", state.text)


def _jobs_shown(interaction: Interaction) -> Iterator[str]:
    """The jobs whose buttons or dreams an interaction's own answer has shown."""
    for state in interaction.message.states if interaction.message else ():
        if not _hands_over(state):
            yield from jobs_in(state)


def jobs_in(state: Shown) -> set[str]:
    """The jobs of which a message shows buttons or a dream."""
    named = {part["custom_id"] for part in (*state.buttons, *state.selects) if "custom_id" in part}
    buttons = {name.split(":")[2] for name in named if name.startswith("dream:")}  # some name an owner, too
    files = [file.filename for file in state.uploads] + [file.filename for file in state.attachments]
    return buttons | dreams_among(files)
