"""An interaction that Discord sends twice is answered once."""

import copy

import pytest

from bot.models import State
from bot.recent_interactions import RecentInteractions
from tests.bot.simulated_server import all_answers, picture


@pytest.fixture
def repeat(server):
    """A function that sends the last interaction once more."""
    backend, sent = server.env.backend, []

    def remember(event, payload):
        if event == "INTERACTION_CREATE":
            sent.append(copy.deepcopy(payload))

    backend.subscribers.insert(0, remember)

    async def again():
        backend.emit("INTERACTION_CREATE", copy.deepcopy(sent[-1]))
        await server.env.settle()

    return again


def forget_interactions(server):
    """Let the bot forget its interactions, like a second process with the same token."""
    server.bot.recent_interactions = RecentInteractions()


@pytest.mark.parametrize("remembers", [True, False], ids=["one process", "two processes"])
class TestARepeatedInteraction:
    @pytest.fixture
    def again(self, server, repeat, remembers):
        async def again():
            if not remembers:
                forget_interactions(server)
            await repeat()

        return again

    async def test_makes_one_job_one_charge_and_one_answer(self, server, again):
        interaction, dream = await server.start_dream()
        await again()
        assert len(await server.services.store.of_user(server.alice.id, *State)) == 1
        dream.finish()
        await server.answer(interaction)
        await again()
        assert len(await server.services.store.of_user(server.alice.id, *State)) == 1
        assert len(all_answers(interaction)) == 1
        assert server.script.is_idle
        for _ in range(server.settings.burst - 1):
            await server.complete_dream()

    async def test_is_refused_once(self, server, again):
        for _ in range(server.settings.burst):
            await server.complete_dream()
        interaction = await server.submit()
        said = await server.private_text(interaction)
        messages = len(server.recorder.log)
        await again()
        assert len(server.recorder.log) == messages
        assert await server.private_text(interaction) == said

    @pytest.mark.parametrize("label", ["Deeper", "Reroll"])
    async def test_makes_one_job_from_a_button(self, server, again, label):
        answer = await server.complete_dream()
        await server.alice.click(answer, label=label)
        await server.script.next_dream()
        await again()
        assert len(await server.services.store.of_user(server.alice.id, *State)) == 2

    async def test_makes_one_job_from_a_form(self, server, again):
        answer = await server.complete_dream()
        form = await server.alice.click(answer, label="Adjust…")
        await again()
        await server.alice.submit_modal(form, {"preset": ["webs"], "strength": ["1.0"]})
        await server.script.next_dream()
        await again()
        assert len(await server.services.store.of_user(server.alice.id, *State)) == 2

    async def test_shows_the_original_once(self, server, again):
        answer = await server.complete_dream()
        click = await server.alice.click(answer, label="Original")
        messages = len(server.recorder.log)
        await again()
        assert len(server.recorder.log) == messages
        assert len([message for message in all_answers(click) if message.attachments]) == 1

    async def test_deletes_once_without_a_message(self, server, again):
        answer = await server.complete_dream()
        await server.delete_dream(server.alice, answer)
        messages = len(server.recorder.log)
        await again()
        assert len(server.recorder.log) == messages

    async def test_asks_once_whether_to_delete(self, server, again):
        await server.alice.click(await server.complete_dream(), label="Delete")
        messages = len(server.recorder.log)
        await again()
        assert len(server.recorder.log) == messages

    async def test_makes_one_job_from_a_context_menu(self, server, again):
        message = await server.bob.send(server.general, "look", attachments=[("cat.png", picture())])
        await server.alice.context_menu(server.general, "Dream this", message)
        await again()
        assert len(await server.services.store.of_user(server.alice.id, *State)) == 1


async def test_one_job_is_made_even_if_discord_accepts_both_acknowledgements(server, repeat):
    """A proxy may answer for Discord; the store still contains the interaction."""
    _, dream = await server.start_dream()
    forget_interactions(server)
    record = list(server.env.backend.interactions.values())[-1]
    record.responded = False
    await repeat()
    assert len(await server.services.store.of_user(server.alice.id, *State)) == 1
    dream.finish()


def test_an_interaction_is_claimed_once():
    recent = RecentInteractions()
    assert recent.claim(1)
    assert not recent.claim(1)
    assert recent.claim(2)
    recent.release(1)
    assert recent.claim(1)
    recent.release(99)


def test_the_oldest_ids_are_forgotten():
    recent = RecentInteractions(max_ids=2)
    assert all(recent.claim(number) for number in (1, 2, 3))
    assert not recent.claim(2)
    assert recent.claim(1)
