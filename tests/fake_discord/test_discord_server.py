"""The fake Discord with a real discord.py client."""

import os
import select
import signal

import discord
import pytest

from fake_discord import answers
from fake_discord.bot_process import BotProcess
from fake_discord.calls import Call
from fake_discord.discord_server import DiscordServer
from tests.fake_discord.tiny_bot import TinyBot

PROGRAM = """
import signal, subprocess, sys
child = subprocess.Popen(["sleep", "60"])
signal.signal(signal.SIGTERM, lambda *_: (print("goodbye"), child.kill(), sys.exit(3)))
print("hello", file=sys.stderr)
signal.pause()
"""


async def refused(bot: TinyBot) -> discord.HTTPException:
    """Wait for the first HTTP error that the bot could not handle."""
    error = await bot.next_error()
    assert isinstance(error, discord.HTTPException)
    return error


def with_files(call: Call) -> bool:
    return bool(call.files)


async def test_a_client_logs_in_and_registers_its_commands(server, bot):
    assert bot.user.name == server.world.bot.name
    assert bot.get_channel(server.channel.id).name == "dreams"
    assert {command["name"] for command in server.commands.registered} == {"dream", "settings", "Dream this"}
    assert all(command.id for command in await bot.tree.fetch_commands())


async def test_a_wrong_token_is_rejected(server, bot):
    async with TinyBot() as stranger:
        with pytest.raises(discord.LoginFailure):
            await stranger.login("another")


async def test_a_slash_command_is_deferred_and_its_reply_shows_the_file(server, bot, picture, small_cat):
    interaction = await server.slash("dream", {"picture": picture, "strength": 5, "mood": "calm"})
    acknowledgement = await interaction.acknowledged()
    assert acknowledgement.type == 5
    assert acknowledgement.seconds < 3
    assert interaction.states[0].loading
    state = await interaction.until(lambda state: state.attachments)
    assert state.attachments[0].data == small_cat
    assert state.attachments[0].picture().size == (120, 80)
    assert state.attachments[0].description == "a dream"
    assert state.text == "Here is Ada's dream."
    assert state.media[0]["url"] == state.attachments[0].url
    assert not state.loading
    assert interaction.edits == [state]
    message = await bot.get_channel(server.channel.id).fetch_message(interaction.message.id)
    assert await message.attachments[0].read() == small_cat


async def test_a_button_of_an_old_message_still_answers(server, bot, picture):
    interaction = await server.slash("dream", {"picture": picture})
    await interaction.until(lambda state: state.buttons)
    click = await server.click(interaction.message, "Again", user=server.add_user("grace"))
    acknowledgement = await click.acknowledged()
    assert acknowledgement.ephemeral
    assert click.message.state.content == "dream 7 again"


async def test_a_select_changes_its_own_message(server, bot, picture):
    interaction = await server.slash("dream", {"picture": picture})
    await interaction.until(lambda state: state.selects)
    choice = await server.select(interaction.message, "shades", ["dark"])
    state = await choice.until(lambda state: state.text == "It is dark.")
    assert choice.message is interaction.message
    assert state.attachments == interaction.states[1].attachments


async def test_a_menu_command_gets_its_message(server, bot, picture, small_cat):
    interaction = await server.context_menu("Dream this", server.say("look", picture))
    state = await interaction.until(lambda state: state.attachments)
    assert state.attachments[0].data == small_cat


async def test_a_subcommand_gets_users_and_may_follow_up(server, bot):
    options = {"name": "mood", "of": server.add_user("grace")}
    interaction = await server.slash("settings show", options, attachment_size_limit=123)
    state = await interaction.until(lambda state: state.content)
    assert state.content == "mood of Grace: 123"
    await server.called("POST", f"/webhooks/{server.world.application_id}/{interaction.token}")
    assert [followup.state.content for followup in interaction.followups] == ["that was all"]


async def test_typing_offers_choices(server, bot):
    interaction = await server.autocomplete("settings show", "name", "mo")
    assert (await interaction.acknowledged()).choices == {"Mo": "mo"}


async def test_options_that_discord_would_reject_fail_the_test(server, bot, picture):
    for options in ({}, {"picture": picture, "strength": 6}, {"picture": picture, "mood": "wild"}, {"x": 1}):
        with pytest.raises(AssertionError):
            await server.slash("dream", options)


async def test_the_bot_writes_to_channels_and_users(server, bot):
    await bot.get_channel(server.channel.id).send("hello all")
    user = await bot.fetch_user(server.user.id)
    await user.send(file=discord.File(__file__))
    assert await server.posted(server.channel, lambda state: state.content == "hello all")
    assert await server.posted(server.direct_channel(server.user), lambda state: state.attachments)


async def test_the_bot_cannot_write_to_a_guild_that_it_has_not_joined(server, bot, picture):
    elsewhere = server.add_guild("Elsewhere", joined=False).channel
    interaction = await server.slash("dream", {"picture": picture}, channel=elsewhere)
    await interaction.until(lambda state: state.attachments)
    with pytest.raises(discord.Forbidden):
        await bot.get_partial_messageable(elsewhere.id).send("hello")


async def test_a_command_in_a_direct_message_is_answered_there(server, bot, picture):
    channel = server.direct_channel(server.user)
    interaction = await server.slash("dream", {"picture": picture}, channel=channel)
    await interaction.until(lambda state: state.attachments)
    assert interaction.message.channel is channel


@pytest.mark.parametrize("code", [4000, 1001, None])
async def test_events_during_a_gateway_outage_arrive_after_the_resume(server, bot, picture, code):
    async with server.gateway_dropped(code):
        interaction = await server.slash("dream", {"picture": picture})
        assert interaction.acknowledgement is None
    await server.resumed()
    await interaction.until(lambda state: state.attachments)
    assert server.gateway.identified == 1


async def test_a_dropped_gateway_is_resumed_at_once(server, bot, picture):
    await server.drop_gateway()
    await server.resumed()
    interaction = await server.slash("dream", {"picture": picture})
    await interaction.until(lambda state: state.attachments)


async def test_every_shard_receives_the_events_of_its_guilds(connected_bot):
    async with DiscordServer(shards=2) as server, connected_bot(server, shards=2) as bot:
        interaction = await server.autocomplete("settings show", "name", "mo")
        await interaction.acknowledged()
        assert set(bot.shards) == {0, 1}


async def test_a_429_without_via_raises_in_the_client(server, bot, picture):
    server.fail("PATCH", "/webhooks/", answers.rate_limited(0.1, via=False))
    interaction = await server.slash("dream", {"picture": picture})
    error = await refused(bot)
    assert (error.status, error.response.headers["Retry-After"]) == (429, "1")
    assert interaction.edits == []


async def test_a_429_with_via_is_waited_out(server, bot, picture):
    fault = server.fail("PATCH", "/webhooks/", answers.rate_limited(0.1), times=2, when=with_files)
    interaction = await server.slash("dream", {"picture": picture})
    await interaction.until(lambda state: state.attachments)
    assert len(await fault.matched(2)) == 2


async def test_a_500_is_tried_again(server, bot, picture):
    server.fail("PATCH", "/webhooks/", answers.INTERNAL_ERROR)
    interaction = await server.slash("dream", {"picture": picture})
    await interaction.until(lambda state: state.attachments)
    assert [call.status for call in server.calls("PATCH", "/webhooks/")] == [500, 200]


async def test_a_file_over_the_limit_is_refused(server, bot, picture, small_cat):
    interaction = await server.slash("dream", {"picture": picture}, attachment_size_limit=len(small_cat) - 1)
    error = await refused(bot)
    assert (error.status, error.code) == (413, 40005)
    server.limits.upload = len(small_cat)
    again = await server.slash("dream", {"picture": picture}, attachment_size_limit=1)
    await again.until(lambda state: state.attachments)
    assert interaction.edits == []


async def test_a_token_expires_after_fifteen_minutes(server, bot, picture):
    interaction = await server.slash("dream", {"picture": picture}, age=15 * 60)
    assert (await interaction.acknowledged()).type == 5
    error = await refused(bot)
    assert (error.status, error.code) == (401, 50027)


async def test_a_deleted_reply_cannot_be_edited(server, bot, picture):
    with server.stall("GET", "/attachments/") as stalled:
        interaction = await server.slash("dream", {"picture": picture})
        await stalled.matched()
        server.delete(interaction.message)
    error = await refused(bot)
    assert (error.status, error.code) == (404, 10008)
    assert interaction.message.deleted


async def test_an_answer_after_three_seconds_is_refused(server, bot, picture):
    server.limits.acknowledge_within = 0
    interaction = await server.slash("dream", {"picture": picture})
    assert (await interaction.acknowledged()).refused
    assert interaction.message is None


async def test_an_expired_file_is_not_found(server, bot, picture):
    server.store.forget(picture)
    await server.slash("dream", {"picture": picture})
    calls = await server.called("GET", "/attachments/")
    assert calls[0].status == 404


async def test_a_timeout_shows_the_last_state(server, bot, picture):
    interaction = await server.slash("dream", {"picture": picture})
    await interaction.until(lambda state: state.attachments)
    with pytest.raises(TimeoutError, match="Ada's dream"):
        await interaction.until(lambda state: state.content, within=0.01)


async def test_a_process_is_logged_and_receives_signals(server, tmp_path, capfd):
    async with BotProcess(server, tmp_path, command=("-c", PROGRAM)) as process:
        assert await process.until_logged("hel") == "hello"
        assert [child.name() for child in process.children()] == ["sleep"]
        process.terminate()
        assert await process.wait() == 3
        with pytest.raises(AssertionError, match="ended"):
            await process.ready()
    assert process.lines == ["hello", "goodbye"]


async def test_a_killed_process_takes_its_children_with_it_at_the_end(server, tmp_path):
    async with BotProcess(server, tmp_path, command=("-c", PROGRAM)) as process:
        await process.until_logged("hello")
        (child,) = process.children()
        ended = os.pidfd_open(child.pid)  # readable once the child has exited, even if it was reparented
        process.kill()
        assert await process.wait() == -signal.SIGKILL
        assert not select.select([ended], [], [], 0)[0]
    assert select.select([ended], [], [], 5)[0]
    os.close(ended)
