"""The gateway sends an interaction twice, or to two bots. It is dreamed and answered once."""

import pytest

from fake_discord.bot_process import BotProcess
from fake_discord.inspection import FAST_SETTINGS, SHORT_DREAM, has_dream, private_answer, times_answered

pytestmark = [pytest.mark.asyncio(loop_scope="session")]


async def send_again(discord, interaction):
    """Let the gateway send an interaction again, as after a resumed connection."""
    await discord.gateway.dispatch("INTERACTION_CREATE", interaction.event(), discord.guild)


@pytest.mark.usefixtures("bot")
async def test_an_interaction_that_comes_twice_is_dreamed_once(discord, person, picture):
    dream = await discord.slash("dream", {"image": picture} | SHORT_DREAM, user=person)
    await send_again(discord, dream)
    state = await dream.until(has_dream)
    await send_again(discord, dream)
    queue = await discord.slash("queue", {}, user=person)
    assert "You have no dreams" in await reply_text(queue)
    assert len(discord.calls("POST", f"/{dream.id}/")) == 1
    assert dream.states[-1] is state
    assert not dream.followups


async def reply_text(interaction):
    return (await interaction.until(lambda state: state.text)).text


@pytest.mark.usefixtures("bot")
async def test_a_refusal_that_comes_twice_is_sent_once(discord, person):
    dream = await discord.context_menu("Dream this", discord.say("only words"), user=person)
    assert "find a picture" in await private_answer(dream)
    await send_again(discord, dream)
    await send_again(discord, dream)
    await reply_text(await discord.slash("queue", {}, user=person))
    assert [bool(state.text) for state in dream.states] == [False, True]
    assert not dream.followups


@pytest.mark.usefixtures("bot")
async def test_only_one_of_two_bots_with_the_same_token_answers(discord, tmp_path, small_cat):
    before, registrations = times_answered(discord), discord.commands.registrations
    async with BotProcess(discord, tmp_path, **FAST_SETTINGS) as second:
        await second.ready()
        assert discord.commands.registrations == registrations + 1
        discord.commands.registrations = registrations  # for the test that counts the shared bot's
        dreams = [
            await discord.slash(
                "dream",
                {"image": discord.attach(small_cat, "cat.png")} | SHORT_DREAM,
                user=discord.add_user(name),
            )
            for name in ("alice", "bob", "carol")
        ]
        for dream in dreams:
            await dream.until(has_dream)
        # Whichever bot answers, both have received it.
        queue = await discord.slash("queue", {}, user=dreams[0].context.user)
        assert "You have no dreams" in await reply_text(queue)
        for dream in dreams:
            assert len(discord.calls("POST", f"/{dream.id}/")) == 2
            assert not dream.followups
        answered = times_answered(discord) - before
        assert set(answered.values()) == {1}
        assert len(answered) == 3
