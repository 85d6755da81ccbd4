"""What people do in a soak run beside asking for dreams: they click, look, and have themselves forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass

from fake_discord.interactions import Interaction
from fake_discord.messages import State
from soak import bot_messages
from soak.downtime import Excuses

HEARD = "answered"
UNHEARD = "never heard"
CUT_OFF = "the bot was ended before it could answer"
LATE = "acknowledged too late"
FAILED = "failed through the bot's fault"
SILENT = "never answered"
WRONG = (LATE, FAILED, SILENT)

_ANSWERED_WITHIN = 30.0
"""An ended bot is the reason for silence if that was not longer ago than so many seconds."""


@dataclass(frozen=True)
class Visit:
    """Something that somebody did, and that is to be answered.

    Attributes:
        kind: The command's name, or the button's label.
        interaction: The same as Discord has it.
        at: When it was sent, on the monotonic clock.
    """

    kind: str
    interaction: Interaction
    at: float


def end_of(visit: Visit, excuses: Excuses) -> str:
    """What became of a visit."""
    interaction = visit.interaction
    acknowledgement = interaction.acknowledgement
    if acknowledgement is None or acknowledgement.refused:
        if excuses.for_silence(interaction, visit.at):
            return UNHEARD
        return SILENT if acknowledgement is None else LATE
    answers = list(_answers(visit))
    if any("error-ours" in bot_messages.meanings(state.text) for state in answers):
        return FAILED
    if answers:
        return HEARD
    return CUT_OFF if excuses.was_ended(visit.at, visit.at + _ANSWERED_WITHIN) else SILENT


def is_done_forgetting(visit: Visit) -> float | None:
    """When somebody was told that all of theirs is deleted, on the monotonic clock."""
    moments = (state.at for state in _answers(visit) if bot_messages.says("forget-done", state.text))
    return min(moments, default=None)


def _answers(visit: Visit) -> Iterator[State]:
    """What was shown after somebody's visit, where they would see it."""
    interaction = visit.interaction
    own = () if interaction.message is None else interaction.message.states
    shown = [*own, *(state for message in interaction.followups for state in message.states)]
    for state in shown:
        is_new = state.at > interaction.sent_at
        if is_new and not state.loading and (state.text or state.deleted):
            yield state
