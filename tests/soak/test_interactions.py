"""What becomes of clicks and commands beside dreams in a soak run."""

import time

import pytest

from bot.texts.catalogue import packaged_catalogue
from fake_discord.calls import Call
from fake_discord.discord_server import DiscordServer
from fake_discord.interactions import COMPONENT, Acknowledgement, Circumstances, Interaction
from fake_discord.messages import LOADING, Message, State
from soak.downtime import Absence, Excuses
from soak.interactions import CUT_OFF, FAILED, HEARD, LATE, SILENT, UNHEARD, Visit, end_of, is_done_forgetting

TEXTS = packaged_catalogue().texts("en-US")


class Scene:
    """A click, and what came of it."""

    def __init__(self) -> None:
        self.discord = DiscordServer()
        self.card = Message(self.discord.channel, self.discord.world.bot, State(content="a card"))
        circumstances = Circumstances(self.discord.user, self.discord.channel)
        self.interaction = Interaction(
            self.discord.world, self.discord._changes, circumstances, COMPONENT, {}, self.card
        )
        self.interaction.message = self.card
        self.visit = Visit("cancel", self.interaction, time.monotonic())
        self.absences: list[Absence] = []

    def acknowledge(self, *, refused: bool = False, status: int = 200) -> None:
        self.interaction.acknowledgement = Acknowledgement(6, {}, (), 0.1, refused)
        self.call_back(status)

    def call_back(self, status: int) -> None:
        path = f"/interactions/1/{self.interaction.token}/callback"
        call = Call("POST", path, {}, None, {}, {}, 0, time.monotonic(), status)
        self.discord._rest.calls.append(call)

    def away(self, since: float, until: float, *, ended: bool) -> None:
        self.absences.append(Absence(self.visit.at + since, self.visit.at + until, ended))

    @property
    def end(self) -> str:
        return end_of(self.visit, Excuses(self.discord, self.absences))


@pytest.fixture
def scene():
    return Scene()


def test_a_click_that_nobody_acknowledged_is_never_answered(scene):
    assert scene.end == SILENT


def test_one_that_was_acknowledged_too_late_is_so(scene):
    scene.acknowledge(refused=True, status=404)
    assert scene.end == LATE


@pytest.mark.parametrize("status", [429, 500])
def test_one_whose_acknowledgement_discord_would_not_take_is_never_heard(scene, status):
    scene.call_back(status)
    assert scene.end == UNHEARD


def test_one_while_the_bot_was_away_is_never_heard(scene):
    scene.away(2, 4, ended=False)
    assert scene.end == UNHEARD


def test_what_stood_there_before_is_no_answer(scene):
    scene.acknowledge()
    assert scene.end == SILENT


@pytest.mark.parametrize("state", [State(content="cancelled"), State(deleted=True)])
def test_a_new_state_of_the_card_is_one(scene, state):
    scene.acknowledge()
    scene.card.states.append(State(content=state.content, deleted=state.deleted))
    assert scene.end == HEARD


def test_thinking_is_none(scene):
    scene.acknowledge()
    scene.card.states.append(State(content="", flags=LOADING))
    assert scene.end == SILENT


def test_our_own_fault_is_a_failure(scene):
    scene.acknowledge()
    said = State(content=TEXTS("error-ours", reference="0a"))
    scene.interaction.followups.append(Message(scene.discord.channel, scene.discord.world.bot, said))
    assert scene.end == FAILED


def test_a_bot_that_was_ended_soon_cuts_off_its_answer(scene):
    scene.acknowledge()
    scene.away(40, 50, ended=True)
    assert scene.end == SILENT
    scene.away(20, 25, ended=True)
    assert scene.end == CUT_OFF


def test_one_who_is_forgotten_is_told_when_it_is_done(scene):
    assert is_done_forgetting(scene.visit) is None
    said = State(content=TEXTS("forget-done"))
    scene.interaction.followups.append(Message(scene.discord.channel, scene.discord.world.bot, said))
    assert is_done_forgetting(scene.visit) == said.at
