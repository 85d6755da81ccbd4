"""Classifies the outcome of every request of a soak run."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.models import State
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import delivery_times, jobs_of_dreams
from fake_discord.interactions import Interaction
from fake_discord.messages import Message
from fake_discord.messages import State as Shown
from soak import bot_messages
from soak.downtime import Downtime, DowntimeLog
from soak.interactions import SentInteraction, deletion_confirmed_at
from soak.request_plan import PlannedRequest
from soak.store_monitor import StoredJob

ANSWERED = "answered with one dream"
CANCELLED = "cancelled by its owner or a moderator"
DELETED = "its message was deleted by a moderator"
DATA_DELETED = "deleted with its owner's data"
MISSED = "missed: the bot was down, or Discord rejected the acknowledgement"
INTERRUPTED = "interrupted: acknowledged, but the bot was killed before it decided"
FAILED = "failed with an internal error"
LATE = "acknowledged too late"
LOST = "lost"
ANSWERED_TWICE = "answered more than once"
ACCEPTED_TWICE = "accepted twice"
ANSWERED_AFTER_DELETION = "answered after its owner's data was deleted"
WRONGLY_REFUSED = "a valid picture was refused as invalid"
WRONGLY_DREAMED = "an invalid file was dreamed"
THING_WRONGLY_REFUSED = "a thing that may be dreamed of was refused"
THING_WRONGLY_DREAMED = "a thing that may not be dreamed of was dreamed"
FAILURES = (
    FAILED,
    LATE,
    LOST,
    ANSWERED_TWICE,
    ACCEPTED_TWICE,
    ANSWERED_AFTER_DELETION,
    WRONGLY_REFUSED,
    WRONGLY_DREAMED,
    THING_WRONGLY_REFUSED,
    THING_WRONGLY_DREAMED,
)

_DECISION_SECONDS = 10.0
"""The bot accepts a request, or refuses it and says so, within this many seconds."""
_DELIVERY_SECONDS = 1.0
"""A dream may already be on its way for this long when the bot confirms that it deleted a user's data."""


@dataclass
class SentRequest:
    """A request that was sent.

    Attributes:
        plan: The request as it was planned.
        interaction: The interaction as Discord sees it, or ``None`` if no bot was connected.
        at: When it was sent, on the monotonic clock.
        cancelled: Whether its owner or a moderator clicked on Cancel.
        deleted: Whether a moderator deleted its message.
        delete_click: The click of its owner or a moderator on Delete.
    """

    plan: PlannedRequest
    interaction: Interaction | None
    at: float
    cancelled: bool = False
    deleted: bool = False
    delete_click: SentInteraction | None = None


class OutcomeClassifier:
    """Classifies the outcome of each request.

    Args:
        discord: The server that shows the answers.
        jobs: Every job that was ever in the store.
        downtimes: The periods in which the bot may have missed interactions.
        interactions: The users' other interactions. Requests to delete their data are among them.
    """

    def __init__(
        self,
        discord: DiscordServer,
        jobs: Collection[StoredJob],
        downtimes: Sequence[Downtime],
        interactions: Sequence[SentInteraction] = (),
    ) -> None:
        self._discord = discord
        self._jobs = {job.job_id: job for job in jobs}
        self._downtime_log = DowntimeLog(discord, downtimes)
        self._delivery_times = delivery_times(discord)
        self._deletion_requests = [sent for sent in interactions if sent.kind == "forget-me"]

    def count(self, requests: Iterable[SentRequest]) -> Counter[str]:
        """How many requests had each outcome."""
        return Counter(self.outcome_of(request) for request in requests)

    def outcome_of(self, request: SentRequest) -> str:
        """Classify one request."""
        jobs = self.jobs_of(request)
        if len(jobs) > 1:
            return ACCEPTED_TWICE
        arrived = [time for job in jobs for time in self._delivery_times.get(job, ())]
        if len(arrived) + self._refusal_count(request, arrived) > 1:
            return ANSWERED_TWICE
        if arrived:
            return self._outcome_with_dream(request, arrived[0])
        if not jobs and not self._was_acknowledged(request):
            return self._outcome_unacknowledged(request)
        if any(self._deletion_requests_after(request)):
            return DATA_DELETED
        return self._outcome_without_dream(request, next(iter(jobs), None))

    def describe(self, request: SentRequest) -> str:
        """Everything that is known of one request, for debugging."""
        jobs = {job: (self._jobs.get(job), self._delivery_times.get(job)) for job in self.jobs_of(request)}
        message = request.interaction.message if request.interaction else None
        shown = (
            [(round(state.at - request.at, 2), state.text, state.deleted) for state in message.states]
            if message
            else []
        )
        outcome, text = self.outcome_of(request), self.answer_text(request)
        return f"{request.plan.number}: {outcome}: {jobs}: {request}: {shown}: {text!r}"

    def jobs_of(self, request: SentRequest) -> frozenset[str]:
        """The jobs that a request led to: at most one, unless the bot is wrong.

        A job with the request's seed that the store knows from another interaction does not count, because a
        motion that a user selects below a dream keeps the dream's seed.
        """
        interaction, seed = request.interaction, request.plan.options.get("seed")
        if interaction is None:
            return frozenset()
        message = interaction.message.id if interaction.message else None
        stored = {
            job.job_id
            for job in self._jobs.values()
            if (seed is not None and job.seed == seed and job.token in ("", interaction.token))
            or job.token == interaction.token
            or (message is not None and job.message_id == message)
        }
        return frozenset(stored | set(_jobs_shown(interaction)))

    def data_deleted_at(self, request: SentRequest) -> float | None:
        """When the bot confirmed that it had deleted its owner's data, this request included."""
        done = (
            deletion_confirmed_at(sent)
            for sent in self._deletion_requests_after(request)
            if self._was_accepted_before(request, sent.at)
        )
        return min((time for time in done if time is not None), default=None)

    def answer_text(self, request: SentRequest) -> str:
        """The text of its answers. Without a final one, the owner's direct messages are included."""
        if request.interaction is None:
            return ""
        own = _text_of(_answers(request.interaction))
        if any(bot_messages.error_keys(own)) or bot_messages.contains("card-cancelled", own):
            return own
        direct = self._discord.direct_channel(request.interaction.context.user)
        messages = [message for message in direct.messages if message.interaction is None]
        return f"{own}\n{_text_of(message for message in messages if message.states[0].at > request.at)}"

    def _deletion_requests_after(self, request: SentRequest) -> Iterator[SentInteraction]:
        """The requests of its owner, after it was sent, to delete their data."""
        if request.interaction is None:
            return
        for sent in self._deletion_requests:
            is_theirs = sent.interaction.context.user == request.interaction.context.user
            if is_theirs and sent.at >= request.at:
                yield sent

    def _was_accepted_before(self, request: SentRequest, time: float) -> bool:
        """Whether its job was seen in the store or on its card before a time."""
        stored = (self._jobs[job].seen[0] for job in self.jobs_of(request) if job in self._jobs)
        shown = (
            request.interaction.message.states if request.interaction and request.interaction.message else ()
        )
        on_card = (state.at for state in shown if jobs_in(state))
        return any(seen < time for seen in (*stored, *on_card))

    def _was_acknowledged(self, request: SentRequest) -> bool:
        acknowledgement = request.interaction.acknowledgement if request.interaction else None
        return acknowledgement is not None and not acknowledgement.refused

    def _outcome_unacknowledged(self, request: SentRequest) -> str:
        if self._downtime_log.explains_silence(request.interaction, request.at):
            return MISSED
        return LATE if request.interaction and request.interaction.acknowledgement else LOST

    def _refusal_count(self, request: SentRequest, arrived: Sequence[float]) -> int:
        """How many of its answers are refusals, without those that a restart of the bot has taken back."""
        answers = _answers(request.interaction) if request.interaction else ()
        return sum(
            any(_is_refusal(state) and not self._was_taken_back(state, arrived) for state in answer.states)
            for answer in answers
        )

    def _was_taken_back(self, refusal: Shown, arrived: Sequence[float]) -> bool:
        """Whether the bot was killed before it could store a refusal on a full disk, and then dreamed."""
        if not bot_messages.contains("error-no-room", refusal.text):
            return False
        return any(self._downtime_log.process_ended_between(refusal.at, time) for time in arrived)

    def _outcome_with_dream(self, request: SentRequest, arrived: float) -> str:
        deleted_at = self.data_deleted_at(request)
        if deleted_at is not None and arrived > deleted_at + _DELIVERY_SECONDS:
            return ANSWERED_AFTER_DELETION
        if not request.plan.is_valid:
            return WRONGLY_DREAMED
        return ANSWERED if request.plan.is_thing_allowed else THING_WRONGLY_DREAMED

    def _outcome_without_dream(self, request: SentRequest, job_id: str | None) -> str:
        text = self.answer_text(request)
        errors = set(bot_messages.error_keys(text))
        state = self._jobs[job_id].state if job_id in self._jobs else None
        if state is State.CANCELLED and request.cancelled and bot_messages.contains("card-cancelled", text):
            return CANCELLED
        if state is State.LOST and request.deleted:
            return DELETED
        if errors & bot_messages.INTERNAL_ERRORS:
            return FAILED
        # A bot that could not record a refusal before it was killed finds only that the answer is gone.
        if state in (None, State.REFUSED, State.LOST) and errors:
            return _refusal(request.plan, errors)
        if job_id is None and self._downtime_log.process_ended_between(
            request.at, request.at + _DECISION_SECONDS
        ):
            return INTERRUPTED
        return LOST


def _refusal(plan: PlannedRequest, errors: Collection[str]) -> str:
    """The outcome of a request that was refused with these errors."""
    key = next((key for key in ("error-guide", "error-mask") if key in errors), min(errors))
    if key in bot_messages.PICTURE_ERRORS and plan.is_valid:
        return WRONGLY_REFUSED
    if key in bot_messages.THING_ERRORS and plan.is_thing_allowed:
        return THING_WRONGLY_REFUSED
    return f"refused: {bot_messages.label(key)}"


def _answers(interaction: Interaction) -> Sequence[Message]:
    """The messages that answer an interaction, without those that deliver an earlier dream."""
    messages = [*filter(None, [interaction.message]), *interaction.followups]
    return [message for message in messages if not any(map(_delivers_kept_dream, message.states))]


def _is_refusal(state: Shown) -> bool:
    return any(bot_messages.error_keys(state.text))


def _text_of(messages: Iterable[Message]) -> str:
    return "\n".join(state.text for message in messages for state in message.states)


def _delivers_kept_dream(state: Shown) -> bool:
    return bot_messages.contains("card-kept", state.text)


def _jobs_shown(interaction: Interaction) -> Iterator[str]:
    """The jobs whose buttons or dreams an interaction's own answer has shown."""
    for state in interaction.message.states if interaction.message else ():
        if not _delivers_kept_dream(state):
            yield from jobs_in(state)


def jobs_in(state: Shown) -> set[str]:
    """The jobs whose buttons or dreams a message shows."""
    named = {part["custom_id"] for part in (*state.buttons, *state.selects) if "custom_id" in part}
    buttons = {name.split(":")[2] for name in named if name.startswith("dream:")}  # some also name an owner
    files = [file.filename for file in state.uploads] + [file.filename for file in state.attachments]
    return buttons | jobs_of_dreams(files)
