"""Outcomes of clicks and commands other than requests for dreams."""

import time

import pytest

from bot.texts.catalogue import packaged_catalogue
from fake_discord.calls import Call
from fake_discord.discord_server import DiscordServer
from fake_discord.interactions import COMPONENT, Acknowledgement, Interaction, InteractionContext
from fake_discord.messages import LOADING, Message, State
from soak.downtime import Downtime, DowntimeLog
from soak.interactions import (
    FAILED,
    INTERRUPTED,
    LATE,
    MISSED,
    RESPONDED,
    UNANSWERED,
    SentInteraction,
    deletion_confirmed_at,
    outcome_of,
)

TEXTS = packaged_catalogue().texts("en-US")


class Scenario:
    """A click and its consequences."""

    def __init__(self) -> None:
        self.discord = DiscordServer()
        self.card = Message(self.discord.channel, self.discord.world.bot, State(content="a card"))
        context = InteractionContext(self.discord.user, self.discord.channel)
        self.interaction = Interaction(
            self.discord.world, self.discord._changes, context, COMPONENT, {}, self.card
        )
        self.interaction.message = self.card
        self.sent = SentInteraction("cancel", self.interaction, time.monotonic())
        self.downtimes: list[Downtime] = []

    def acknowledge(self, *, refused: bool = False, status: int = 200) -> None:
        self.interaction.acknowledgement = Acknowledgement(6, {}, (), 0.1, refused)
        self.call_back(status)

    def call_back(self, status: int) -> None:
        path = f"/interactions/1/{self.interaction.token}/callback"
        call = Call("POST", path, {}, None, {}, {}, 0, time.monotonic(), status)
        self.discord._rest.calls.append(call)

    def away(self, since: float, until: float, *, process_ended: bool) -> None:
        self.downtimes.append(Downtime(self.sent.at + since, self.sent.at + until, process_ended))

    @property
    def outcome(self) -> str:
        return outcome_of(self.sent, DowntimeLog(self.discord, self.downtimes))


@pytest.fixture
def scenario():
    return Scenario()


def test_a_click_without_acknowledgement_is_unanswered(scenario):
    assert scenario.outcome == UNANSWERED


def test_a_late_acknowledgement_is_reported(scenario):
    scenario.acknowledge(refused=True, status=404)
    assert scenario.outcome == LATE


@pytest.mark.parametrize("status", [429, 500])
def test_a_click_whose_acknowledgement_discord_rejected_is_missed(scenario, status):
    scenario.call_back(status)
    assert scenario.outcome == MISSED


def test_a_click_during_a_downtime_is_missed(scenario):
    scenario.away(2, 4, process_ended=False)
    assert scenario.outcome == MISSED


def test_an_earlier_state_is_no_answer(scenario):
    scenario.acknowledge()
    assert scenario.outcome == UNANSWERED


@pytest.mark.parametrize("state", [State(content="cancelled"), State(deleted=True)])
def test_a_new_state_of_the_card_is_an_answer(scenario, state):
    scenario.acknowledge()
    scenario.card.states.append(State(content=state.content, deleted=state.deleted))
    assert scenario.outcome == RESPONDED


def test_a_loading_state_is_no_answer(scenario):
    scenario.acknowledge()
    scenario.card.states.append(State(content="", flags=LOADING))
    assert scenario.outcome == UNANSWERED


def test_an_internal_error_is_a_failure(scenario):
    scenario.acknowledge()
    answer = State(content=TEXTS("error-ours", reference="0a"))
    scenario.interaction.followups.append(
        Message(scenario.discord.channel, scenario.discord.world.bot, answer)
    )
    assert scenario.outcome == FAILED


def test_a_bot_that_exits_soon_interrupts_its_answer(scenario):
    scenario.acknowledge()
    scenario.away(40, 50, process_ended=True)
    assert scenario.outcome == UNANSWERED
    scenario.away(20, 25, process_ended=True)
    assert scenario.outcome == INTERRUPTED


def test_a_confirmed_deletion_has_a_time(scenario):
    assert deletion_confirmed_at(scenario.sent) is None
    answer = State(content=TEXTS("forget-done"))
    scenario.interaction.followups.append(
        Message(scenario.discord.channel, scenario.discord.world.bot, answer)
    )
    assert deletion_confirmed_at(scenario.sent) == answer.at
