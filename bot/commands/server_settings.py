"""`/dream-settings`: what a server's managers decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.admission import Allowance
from bot.commands.answering import attend, say, texts_of
from bot.errors import NotInstalledHereRefusal, NotManagerRefusal
from bot.jobs.record import Reply
from bot.servers import MOST_NAMED, AllowanceRules, ServerRules, channel_mentions
from bot.settings import BotSettings
from bot.texts import Texts, said
from dream_engine.presets import PRESETS
from dream_engine.settings import limits_of

if TYPE_CHECKING:
    from bot.commands.answering import Interaction

_PRESETS = [app_commands.Choice(name=said(f"choice-{name}"), value=name) for name in PRESETS]


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class ServerSettings(
    app_commands.Group,
    name=said("command-dream-settings"),
    description=said("command-dream-settings-description"),
):
    """The group of commands; each shows all decisions afterwards."""

    @app_commands.command(name=said("settings-show"), description=said("settings-show-description"))
    async def show(self, interaction: Interaction) -> None:
        """Show what was decided."""
        await _show(interaction)

    @app_commands.command(name=said("settings-switch"), description=said("settings-switch-description"))
    @app_commands.rename(on=said("option-on"))
    @app_commands.describe(on=said("option-on-description"))
    async def switch(self, interaction: Interaction, on: bool) -> None:
        """Switch dreaming on or off."""
        await _show(interaction, lambda _: {"enabled": on})

    @app_commands.command(name=said("settings-channel"), description=said("settings-channel-description"))
    @app_commands.rename(channel=said("option-channel"), allowed=said("option-allowed"))
    @app_commands.describe(
        channel=said("option-channel-description"), allowed=said("option-allowed-description")
    )
    async def channel(
        self,
        interaction: Interaction,
        channel: discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel,
        allowed: bool = True,
    ) -> None:
        """Allow dreaming in a channel, or no longer; with none allowed, it is allowed in all."""
        await _show(interaction, lambda rules: {"channels": _with(rules.channels, channel.id, allowed)})

    @app_commands.command(name=said("settings-preset"), description=said("settings-preset-description"))
    @app_commands.rename(preset=said("option-preset"))
    @app_commands.describe(preset=said("settings-preset-description"))
    @app_commands.choices(preset=_PRESETS)
    async def preset(self, interaction: Interaction, preset: str | None = None) -> None:
        """Choose the preset of who names none."""
        await _show(interaction, lambda _: {"preset": preset})

    @app_commands.command(name=said("settings-size"), description=said("settings-size-description"))
    @app_commands.rename(size=said("option-size"))
    @app_commands.describe(size=said("settings-size-description"))
    async def size(
        self,
        interaction: Interaction,
        size: app_commands.Range[int, *limits_of("largest_size", BotSettings)] | None = None,
    ) -> None:
        """Choose the largest size."""
        await _show(interaction, lambda _: {"largest_size": size})

    @app_commands.command(name=said("settings-limits"), description=said("settings-limits-description"))
    @app_commands.rename(
        dreams=said("option-dreams"),
        minutes=said("option-minutes"),
        burst=said("option-burst"),
        waiting=said("option-waiting"),
        running=said("option-running"),
        role=said("option-role"),
    )
    @app_commands.describe(
        dreams=said("option-dreams-description"),
        minutes=said("option-minutes-description"),
        burst=said("option-burst-description"),
        waiting=said("option-waiting-description"),
        running=said("option-running-description"),
        role=said("option-role-description"),
    )
    async def limits(
        self,
        interaction: Interaction,
        dreams: app_commands.Range[int, *limits_of("dreams", BotSettings)] | None = None,
        minutes: app_commands.Range[int, *limits_of("minutes", BotSettings)] | None = None,
        burst: app_commands.Range[int, *limits_of("burst", BotSettings)] | None = None,
        waiting: app_commands.Range[int, *limits_of("waiting", BotSettings)] | None = None,
        running: app_commands.Range[int, *limits_of("running", BotSettings)] | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Choose the limits of every member, or of those with a role; without numbers, the bot's own."""
        chosen = AllowanceRules(dreams=dreams, minutes=minutes, burst=burst, waiting=waiting, running=running)

        def change(rules: ServerRules) -> dict[str, Any]:
            if role is None:
                return {"allowance": chosen}
            others = {other: limits for other, limits in rules.roles.items() if other != role.id}
            return {"roles": others if chosen == AllowanceRules() else {**others, role.id: chosen}}

        await _show(interaction, change)

    @app_commands.command(name=said("settings-exempt"), description=said("settings-exempt-description"))
    @app_commands.rename(role=said("option-role"), exempt=said("option-exempt"))
    @app_commands.describe(role=said("settings-exempt-description"), exempt=said("option-exempt-description"))
    async def exempt(self, interaction: Interaction, role: discord.Role, exempt: bool = True) -> None:
        """Free a role from all limits of its members, or bind it again."""
        await _show(interaction, lambda rules: {"exempt": _with(rules.exempt, role.id, exempt)})


async def _show(
    interaction: Interaction, change: Callable[[ServerRules], dict[str, Any]] | None = None
) -> None:
    """Show a server's rules to who may manage it, changed or as they are."""

    async def work(reply: Reply) -> None:
        parts = interaction.client.parts
        if interaction.guild_id is None or interaction.guild is None:
            raise NotInstalledHereRefusal
        if not interaction.permissions.manage_guild:
            raise NotManagerRefusal
        if change is None:
            rules = await parts.servers.rules(interaction.guild_id)
        else:
            rules = await parts.servers.change(interaction.guild_id, change)
        texts = texts_of(interaction)
        await say(interaction, reply, describe_rules(texts, rules, parts.settings))

    await attend(interaction, work)


def describe_rules(texts: Texts, rules: ServerRules, settings: BotSettings) -> str:
    """A server's rules in words.

    Args:
        texts: The language.
        rules: The rules.
        settings: What holds where the rules say nothing.
    """
    everyone = rules.allowance.over(settings.allowance)
    size = min(rules.largest_size or settings.largest_size, settings.largest_size)
    channels = channel_mentions(rules.channels)
    lines = [
        "### " + texts("rules-title"),
        texts("rules-on" if rules.enabled else "rules-off"),
        texts("rules-channels", channels=channels) if channels else texts("rules-everywhere"),
        texts("rules-preset", preset=texts.preset(rules.preset or settings.default_preset)),
        texts("rules-size", size=str(size)),
        texts("rules-everyone", limits=_limits(texts, everyone)),
        *(
            texts("rules-role", role=f"<@&{role}>", limits=_limits(texts, limits.over(everyone)))
            for role, limits in list(rules.roles.items())[:MOST_NAMED]
        ),
        *(texts("rules-exempt", role=f"<@&{role}>") for role in rules.exempt[:MOST_NAMED]),
    ]
    return "\n".join(lines)


def _limits(texts: Texts, allowance: Allowance) -> str:
    return texts(
        "rules-limits",
        dreams=allowance.dreams,
        minutes=allowance.minutes,
        burst=allowance.burst,
        waiting=allowance.waiting,
        running=allowance.running,
    )


def _with(ids: tuple[int, ...], one: int, wanted: bool) -> tuple[int, ...]:
    """The ids, with one of them wanted or not."""
    others = tuple(other for other in ids if other != one)
    return (*others, one) if wanted else others
