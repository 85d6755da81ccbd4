"""Requests that will surely be refused: nobody but their users sees anything of them."""

import pytest

from bot.models import State
from fake_discord.simcord_additions import parts_of, text_of
from tests.bot.simulated_server import all_answers, picture

REASONS = {
    "blocked": "The bot's operator has blocked you.",
    "blocked server": "The bot's operator has blocked this server.",
    "draining": "I'm not taking new dreams right now",
    "switched off": "Dreaming is turned off in this server.",
    "another channel": "I can't dream in this channel.",
}


async def use_command(server, _):
    return await server.submit(server.bob)


async def use_message(server, _):
    message = await server.alice.send(server.general, "look", attachments=[("cat.png", picture())])
    return await server.bob.context_menu(server.general, "Dream this", message)


async def use_avatar(server, _):
    return await server.bob.context_menu(server.general, "Dream avatar", server.alice)


async def join_in(server, dreamed):
    return await server.bob.click(dreamed, label="Reroll")


async def choose_picture(server, _):
    files = [(f"{colour}.png", picture(colour=colour)) for colour in ("red", "green")]
    message = await server.alice.send(server.general, "look", attachments=files)
    asked = await server.bob.context_menu(server.general, "Dream this", message)
    await server.until(lambda: asked.response and text_of(asked.response))
    (select,) = [part for part in parts_of(asked.response) if part["type"] == 3]
    return await server.bob.select(asked.response, ["0"], custom_id=select["custom_id"])


async def forbid(server, reason):
    services, server_id = server.services, server.guild.id
    if reason == "blocked":
        await services.blocklist.add("user", server.bob.id)
    elif reason == "blocked server":
        await services.blocklist.add("server", server_id)
    elif reason == "draining":
        services.submissions.drain()
    elif reason == "switched off":
        await services.servers.change(server_id, lambda _: {"enabled": False})
    else:
        studio = server.guild.create_text_channel("studio")
        await server.env.settle()
        await services.servers.change(server_id, lambda _: {"channels": (studio.id,)})


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("use", [use_command, use_message, use_avatar, join_in, choose_picture])
async def test_the_channel_does_not_see_that_the_bot_is_thinking(server, use, reason):
    dreamed = await server.complete_dream()
    await forbid(server, reason)
    click = await use(server, dreamed)
    assert click.ephemeral
    (refusal,) = all_answers(click)
    assert REASONS[reason] in text_of(refusal)
    assert await server.services.store.of_user(server.bob.id, *State) == []


async def test_a_channel_that_was_deleted_makes_no_refusal_certain(server):
    await server.services.servers.change(server.guild.id, lambda _: {"channels": (5,)})
    interaction = await server.submit()
    assert not interaction.ephemeral
    await server.script.next_dream()


async def test_a_request_that_is_allowed_at_the_last_moment_stays_private(server, monkeypatch):
    await server.services.blocklist.add("user", server.alice.id)
    check = server.services.blocklist.check

    async def unblocked(user_id, server_id):
        await server.services.blocklist.remove("user", user_id)
        await check(user_id, server_id)

    monkeypatch.setattr(server.services.blocklist, "check", unblocked)
    interaction = await server.submit()
    (await server.script.next_dream()).finish()
    assert (await server.answer(interaction)).ephemeral
    assert (await server.only_job()).options.private


async def test_a_message_without_a_picture_is_refused_privately(server):
    message = await server.bob.send(server.general, "just words")
    interaction = await server.alice.context_menu(server.general, "Dream this", message)
    assert interaction.ephemeral
    assert "I can't find a picture in that message." in await server.private_text(interaction)
