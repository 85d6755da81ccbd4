"""What people do in a soak run beside asking for dreams: they click, look, and have themselves forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass

from fake_discord.interactions import Interaction
from fake_discord.messages import State
from soak import bot_messages
from soak.downtime import DowntimeLog

RESPONDED = "answered"
MISSED = "never heard"
INTERRUPTED = "the bot was ended before it could answer"
LATE = "acknowledged too late"
FAILED = "failed through the bot's fault"
UNANSWERED = "never answered"
FAILURES = (LATE, FAILED, UNANSWERED)

_ANSWERED_WITHIN = 30.0
"""An ended bot is the reason for silence if that was not longer ago than so many seconds."""


@dataclass(frozen=True)
class SentInteraction:
    """Something that somebody did, and that is to be answered.

    Attributes:
        kind: The command's name, or the button's label.
        interaction: The same as Discord has it.
        at: When it was sent, on the monotonic clock.
    """

    kind: str
    interaction: Interaction
    at: float


def outcome_of(sent: SentInteraction, downtime_log: DowntimeLog) -> str:
    """What became of a visit."""
    interaction = sent.interaction
    acknowledgement = interaction.acknowledgement
    if acknowledgement is None or acknowledgement.refused:
        if downtime_log.explains_silence(interaction, sent.at):
            return MISSED
        return UNANSWERED if acknowledgement is None else LATE
    answers = list(_answers(sent))
    if any("error-ours" in bot_messages.error_keys(state.text) for state in answers):
        return FAILED
    if answers:
        return RESPONDED
    return (
        INTERRUPTED if downtime_log.process_ended_between(sent.at, sent.at + _ANSWERED_WITHIN) else UNANSWERED
    )


def deletion_confirmed_at(sent: SentInteraction) -> float | None:
    """When somebody was told that all of theirs is deleted, on the monotonic clock."""
    moments = (state.at for state in _answers(sent) if bot_messages.contains("forget-done", state.text))
    return min(moments, default=None)


def _answers(sent: SentInteraction) -> Iterator[State]:
    """What was shown after somebody's visit, where they would see it."""
    interaction = sent.interaction
    own = () if interaction.message is None else interaction.message.states
    shown = [*own, *(state for message in interaction.followups for state in message.states)]
    for state in shown:
        is_new = state.at > interaction.sent_at
        if is_new and not state.loading and (state.text or state.deleted):
            yield state
