"""Places, installations, repeated events and history of the fake Discord, with a real client."""

import discord
import pytest

from fake_discord.discord_server import DiscordServer
from fake_discord.messages import State
from fake_discord.world import MEMBER, MODERATOR, Channel


async def shown(server: DiscordServer, **context) -> discord.Interaction:
    interaction = await server.slash("settings show", {"name": "mood"}, **context)
    await interaction.until(lambda state: "mood" in state.text)
    return interaction


async def test_an_event_that_comes_twice_is_the_same_interaction_and_answered_once(server, bot):
    interaction = await shown(server)
    await server.repeat(interaction)
    error = await bot.next_error()
    assert error.code == 40060
    assert [received.id for received in bot.received] == [interaction.id] * 2
    assert {received.token for received in bot.received} == {interaction.token}


async def test_a_resume_may_repeat_interactions_that_the_client_has_received(server, bot):
    first, second = await shown(server), await shown(server)
    server.gateway.repeated_on_resume = 1
    await server.drop_gateway()
    await server.resumed()
    assert (await bot.next_error()).code == 40060
    assert [received.id for received in bot.received] == [first.id, second.id, second.id]


async def test_a_request_takes_effect_while_its_response_is_held(server, bot, picture):
    held = server.hold("PATCH", "/webhooks/")
    interaction = await server.slash("dream", {"picture": picture})
    (call,) = await held.matched()
    assert call.status == 200
    assert interaction.message.state.attachments
    held.release()


async def test_an_interaction_in_a_thread_names_the_thread_and_its_parent(server, connected_bot):
    thread = server.world.add_thread(server.channel, "at night")
    async with connected_bot(server) as bot:
        await shown(server, channel=thread)
        (received,) = bot.received
        assert isinstance(received.channel, discord.Thread)
        assert received.channel.parent_id == server.channel.id
        assert received.is_guild_integration()


@pytest.mark.parametrize("place", ["group", "guild without the bot"])
async def test_a_user_installation_works_in_places_that_the_bot_cannot_see(server, bot, place):
    guild = server.add_guild("Elsewhere", joined=False)
    group = server.world.add_group("friends", server.user, server.add_user("bob"))
    await shown(server, channel=group if place == "group" else guild.channel)
    (received,) = bot.received
    assert received.is_user_integration()
    assert not received.is_guild_integration()
    assert bool(received.context.private_channel) is (place == "group")
    with pytest.raises(discord.Forbidden):
        await bot.get_partial_messageable(received.channel_id).send("hello")


async def test_an_interaction_can_belong_to_both_installations(server, bot):
    await shown(server, user_installed=True)
    (received,) = bot.received
    assert received.is_user_integration()
    assert received.is_guild_integration()


@pytest.mark.parametrize(("permissions", "may"), [(MEMBER, False), (MODERATOR, True)])
async def test_only_moderators_may_manage_messages(server, bot, permissions, may):
    await shown(server, permissions=permissions)
    assert bot.received[0].permissions.manage_messages is may


async def test_a_forwarded_message_is_a_snapshot_and_has_nothing_of_its_own(server, bot, small_cat):
    said = server.say("look", server.attach(small_cat, "cat.png"))
    await server.context_menu("Dream this", server.forward(said))
    assert isinstance(await bot.next_error(), IndexError)  # this bot handles attachments only
    target = bot.received[0].data["resolved"]["messages"]
    (payload,) = target.values()
    message = discord.Message(state=bot._connection, channel=bot.received[0].channel, data=payload)
    assert (message.content, message.attachments) == ("", [])
    assert message.reference.type is discord.MessageReferenceType.forward
    (snapshot,) = message.message_snapshots
    assert snapshot.content == "look"
    assert [attachment.filename for attachment in snapshot.attachments] == ["cat.png"]


async def test_a_forwarded_message_with_components_lists_its_files_only_there(server, bot, small_cat):
    dream = await server.slash("dream", {"picture": server.attach(small_cat, "cat.png")})
    await dream.until(lambda state: state.media)
    (shown,) = server.forward(dream.message).payload()["message_snapshots"]
    assert shown["message"]["attachments"] == []
    assert shown["message"]["components"]


def posted(server: DiscordServer, channel: Channel, *texts: str) -> list[int]:
    return [server.say(text, channel=channel).id for text in texts]


async def test_a_channels_history_has_the_newest_messages_first_and_no_deleted_ones(server, bot):
    numbers = posted(server, server.channel, "one", "two", "three")
    gone = server.say("gone")
    server.delete(gone)
    private = server.say("private")
    private.states.append(State(content="private", flags=64))
    channel = bot.get_partial_messageable(server.channel.id)
    assert [message.id async for message in channel.history(limit=2)] == numbers[:0:-1]
    older = [message.id async for message in channel.history(before=discord.Object(numbers[1]))]
    assert older == numbers[:1]
    newer = [message.id async for message in channel.history(after=discord.Object(numbers[0]))]
    assert newer == numbers[1:]
