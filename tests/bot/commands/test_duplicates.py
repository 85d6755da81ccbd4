"""Discord sends an interaction twice: it is answered once."""

import copy

import pytest

from bot.models import State
from bot.recent_interactions import RecentInteractions
from tests.bot.simulated_server import all_answers, picture


@pytest.fixture
def twice(server):
    """From now on, every interaction comes twice; returns how to let the last come once more."""
    backend, sent = server.env.backend, []

    def remember(event, payload):
        if event == "INTERACTION_CREATE":
            sent.append(copy.deepcopy(payload))

    backend.subscribers.insert(0, remember)

    async def again():
        backend.emit("INTERACTION_CREATE", copy.deepcopy(sent[-1]))
        await server.env.settle()

    return again


def forgetful(server):
    """The bot forgets what it has seen, as a second process does that has the same token."""
    server.bot.recent_interactions = RecentInteractions()


@pytest.mark.parametrize("knows", [True, False], ids=["one process", "two processes"])
class TestAnInteractionThatComesTwice:
    @pytest.fixture
    def again(self, server, twice, knows):
        async def again():
            if not knows:
                forgetful(server)
            await twice()

        return again

    async def test_is_one_job_and_one_charge_and_one_answer(self, server, again):
        asked, dream = await server.begun()
        await again()
        assert len(await server.services.store.of_user(server.alice.id, *State)) == 1
        dream.finish()
        await server.answer(asked)
        await again()
        assert len(await server.services.store.of_user(server.alice.id, *State)) == 1
        assert len(all_answers(asked)) == 1
        assert server.script.is_idle
        for _ in range(server.settings.burst - 1):
            await server.dreamed()

    async def test_is_refused_once(self, server, again):
        for _ in range(server.settings.burst):
            await server.dreamed()
        asked = await server.submit()
        said = await server.whispers(asked)
        seen = len(server.recorder.log)
        await again()
        assert len(server.recorder.log) == seen
        assert await server.whispers(asked) == said

    @pytest.mark.parametrize("label", ["Deeper", "Again"])
    async def test_is_one_job_by_a_button_as_well(self, server, again, label):
        answer = await server.dreamed()
        await server.alice.click(answer, label=label)
        await server.script.begun()
        await again()
        assert len(await server.services.store.of_user(server.alice.id, *State)) == 2

    async def test_shows_the_original_once(self, server, again):
        answer = await server.dreamed()
        click = await server.alice.click(answer, label="Original")
        seen = len(server.recorder.log)
        await again()
        assert len(server.recorder.log) == seen
        assert len([message for message in all_answers(click) if message.attachments]) == 1

    async def test_deletes_once_without_a_word(self, server, again):
        answer = await server.dreamed()
        await server.alice.click(answer, label="Delete")
        seen = len(server.recorder.log)
        await again()
        assert len(server.recorder.log) == seen

    async def test_is_one_job_by_a_menu_as_well(self, server, again):
        message = await server.bob.send(server.square, "look", attachments=[("cat.png", picture())])
        await server.alice.context_menu(server.square, "Dream this", message)
        await again()
        assert len(await server.services.store.of_user(server.alice.id, *State)) == 1


async def test_it_makes_no_second_job_where_discord_takes_both_acknowledgements(server, twice):
    """A proxy may answer for Discord; the store knows the interaction all the same."""
    _, dream = await server.begun()
    forgetful(server)
    record = list(server.env.backend.interactions.values())[-1]
    record.responded = False
    await twice()
    assert len(await server.services.store.of_user(server.alice.id, *State)) == 1
    dream.finish()


def test_an_interaction_is_new_once():
    recent = RecentInteractions()
    assert recent.claim(1)
    assert not recent.claim(1)
    assert recent.claim(2)
    recent.release(1)
    assert recent.claim(1)
    recent.release(99)


def test_the_oldest_are_forgotten():
    recent = RecentInteractions(most=2)
    assert all(recent.claim(number) for number in (1, 2, 3))
    assert not recent.claim(2)
    assert recent.claim(1)
