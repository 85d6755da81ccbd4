"""Clicks and commands of a soak run other than requests for dreams."""

from collections.abc import Iterator
from dataclasses import dataclass

from fake_discord.interactions import Interaction
from fake_discord.messages import State
from soak import bot_messages
from soak.downtime import DowntimeLog

RESPONDED = "answered"
MISSED = "missed"
INTERRUPTED = "interrupted: the bot exited before it could answer"
LATE = "acknowledged too late"
FAILED = "failed with an internal error"
UNANSWERED = "never answered"
FAILURES = (LATE, FAILED, UNANSWERED)

_ANSWERED_WITHIN = 30.0
"""The bot may stay silent if its process exited within this many seconds of the interaction."""


@dataclass(frozen=True)
class SentInteraction:
    """A click or a command that the bot has to answer.

    Attributes:
        kind: The command's name, or the button's label.
        interaction: The interaction as Discord sees it.
        at: When it was sent, on the monotonic clock.
    """

    kind: str
    interaction: Interaction
    at: float


def outcome_of(sent: SentInteraction, downtime_log: DowntimeLog) -> str:
    """Classify an interaction."""
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
    """When the bot confirmed that it had deleted all data of the user, on the monotonic clock."""
    times = (state.at for state in _answers(sent) if bot_messages.contains("forget-done", state.text))
    return min(times, default=None)


def _answers(sent: SentInteraction) -> Iterator[State]:
    """The states that the bot showed the user in response to an interaction."""
    interaction = sent.interaction
    own = () if interaction.message is None else interaction.message.states
    shown = [*own, *(state for message in interaction.followups for state in message.states)]
    for state in shown:
        is_new = state.at > interaction.sent_at
        if is_new and not state.loading and (state.text or state.deleted):
            yield state
