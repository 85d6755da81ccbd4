"""A minimal bot on the real discord.py, to test the fake Discord."""

import asyncio
import io
from typing import Any

import discord
from discord import app_commands, ui


class Again(ui.DynamicItem[ui.Button], template=r"again:(?P<dream>\d+)"):
    def __init__(self, dream: int) -> None:
        super().__init__(ui.Button(label="Again", custom_id=f"again:{dream}"))
        self.dream = dream

    @classmethod
    async def from_custom_id(cls, interaction, item, match) -> "Again":
        return cls(int(match["dream"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"dream {self.dream} again", ephemeral=True)


class Shades(ui.Select):
    def __init__(self) -> None:
        options = [discord.SelectOption(label=name) for name in ("light", "dark")]
        super().__init__(custom_id="shades", options=options)

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(view=Result(None, f"It is {self.values[0]}."))


class Result(ui.LayoutView):
    def __init__(self, file: discord.File | None, words: str) -> None:
        super().__init__(timeout=None)
        shown: list[ui.Item] = [ui.TextDisplay(words)]
        if file is not None:
            shown.append(ui.MediaGallery(discord.MediaGalleryItem(file, description="a dream")))
        self.add_item(ui.Container(*shown))
        self.add_item(ui.ActionRow(Again(7)))
        self.add_item(ui.ActionRow(Shades()))


class TinyBot(discord.AutoShardedClient):
    """Returns every picture unchanged, and records interactions and errors."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0)
        self.tree = app_commands.CommandTree(self)
        self.tree.error(self.remember)
        self.errors: asyncio.Queue[BaseException] = asyncio.Queue()
        self.received: list[discord.Interaction] = []
        for command in (dream, settings, app_commands.ContextMenu(name="Dream this", callback=dream_this)):
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Again)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify without the pause that Discord requires between shards."""

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.received.append(interaction)

    async def next_error(self) -> BaseException:
        """Wait for an error of a command."""
        async with asyncio.timeout(10):
            return await self.errors.get()

    async def remember(self, _: discord.Interaction, error: Any) -> None:
        self.errors.put_nowait(error.__cause__ or error)


async def give_back(interaction: discord.Interaction, picture: discord.Attachment) -> None:
    await interaction.response.defer(thinking=True)
    file = discord.File(io.BytesIO(await picture.read()), picture.filename, description="a dream")
    view = Result(file, f"Here is {interaction.user.display_name}'s dream.")
    await interaction.edit_original_response(attachments=[file], view=view)


@app_commands.command(description="Dream")
@app_commands.choices(mood=[app_commands.Choice(name="Calm", value="calm")])
async def dream(
    interaction: discord.Interaction,
    picture: discord.Attachment,
    strength: app_commands.Range[int, 1, 5] = 3,
    mood: str = "calm",
) -> None:
    await give_back(interaction, picture)


async def dream_this(interaction: discord.Interaction, message: discord.Message) -> None:
    await give_back(interaction, message.attachments[0])


settings = app_commands.Group(name="settings", description="Settings")


@settings.command(description="Show a setting")
async def show(interaction: discord.Interaction, name: str, of: discord.Member | None = None) -> None:
    whose = of.display_name if of else "nobody"
    await interaction.response.send_message(f"{name} of {whose}: {interaction.filesize_limit}")
    await interaction.followup.send("that was all")


@show.autocomplete("name")
async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=typed.title(), value=typed)]
