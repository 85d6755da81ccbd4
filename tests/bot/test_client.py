"""The client registers the commands and knows their ids."""

from types import SimpleNamespace

import discord
import pytest
from discord import app_commands

from fake_discord.simcord_additions import text_of


@pytest.mark.parametrize("locale", ["en-US", "ko"])
async def test_commands_that_sentences_name_can_be_clicked(server, locale):
    server.locales[server.alice.id] = locale
    queue = await server.alice.slash(server.general, "queue")
    registered = {command.name: command.id for command in await server.bot.tree.fetch_commands()}
    assert f"</dream:{registered['dream']}>" in text_of(queue.response)


@pytest.mark.parametrize("is_readable", [True, False])
async def test_a_bot_that_cannot_register_its_commands_uses_the_ids_of_the_registered_ones(
    server, monkeypatch, is_readable
):
    async def refuse(*_: object, **__: object) -> None:
        raise discord.HTTPException(SimpleNamespace(status=400, reason="Bad Request"), "no")

    monkeypatch.setattr(app_commands.CommandTree, "sync", refuse)
    if not is_readable:
        monkeypatch.setattr(app_commands.CommandTree, "fetch_commands", refuse)
    ids = dict(server.bot.command_ids)
    await server.restart()
    queue = await server.alice.slash(server.general, "queue")
    assert (f"</dream:{ids['dream']}>" if is_readable else "`/dream`") in text_of(queue.response)
