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


class Scene:
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
def scene():
    return Scene()


def test_a_click_without_acknowledgement_is_unanswered(scene):
    assert scene.outcome == UNANSWERED


def test_a_late_acknowledgement_is_reported(scene):
    scene.acknowledge(refused=True, status=404)
    assert scene.outcome == LATE


@pytest.mark.parametrize("status", [429, 500])
def test_a_click_whose_acknowledgement_discord_rejected_is_missed(scene, status):
    scene.call_back(status)
    assert scene.outcome == MISSED


def test_a_click_during_a_downtime_is_missed(scene):
    scene.away(2, 4, process_ended=False)
    assert scene.outcome == MISSED


def test_an_earlier_state_is_no_answer(scene):
    scene.acknowledge()
    assert scene.outcome == UNANSWERED


@pytest.mark.parametrize("state", [State(content="cancelled"), State(deleted=True)])
def test_a_new_state_of_the_card_is_an_answer(scene, state):
    scene.acknowledge()
    scene.card.states.append(State(content=state.content, deleted=state.deleted))
    assert scene.outcome == RESPONDED


def test_a_loading_state_is_no_answer(scene):
    scene.acknowledge()
    scene.card.states.append(State(content="", flags=LOADING))
    assert scene.outcome == UNANSWERED


def test_an_internal_error_is_a_failure(scene):
    scene.acknowledge()
    said = State(content=TEXTS("error-ours", reference="0a"))
    scene.interaction.followups.append(Message(scene.discord.channel, scene.discord.world.bot, said))
    assert scene.outcome == FAILED


def test_a_bot_that_exits_soon_interrupts_its_answer(scene):
    scene.acknowledge()
    scene.away(40, 50, process_ended=True)
    assert scene.outcome == UNANSWERED
    scene.away(20, 25, process_ended=True)
    assert scene.outcome == INTERRUPTED


def test_a_confirmed_deletion_has_a_time(scene):
    assert deletion_confirmed_at(scene.sent) is None
    said = State(content=TEXTS("forget-done"))
    scene.interaction.followups.append(Message(scene.discord.channel, scene.discord.world.bot, said))
    assert deletion_confirmed_at(scene.sent) == said.at
