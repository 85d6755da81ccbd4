"""`/dream-settings`: what a server's managers decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.commands._interaction import handle_interaction, say, texts_of
from bot.delivery.message_limits import MAX_CHARACTERS, first_lines, length
from bot.errors import NotInstalledHereRefusal, NotManagerRefusal, NotSetRefusal
from bot.models import Reply
from bot.rate_limit import Allowance
from bot.settings import BotSettings
from bot.storage.servers import MAX_MENTIONS, AllowanceRules, ServerRules, mentions
from bot.texts import Texts, said
from dream_engine.presets import PRESETS
from dream_engine.settings import limits_of

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

_MOST_CHOICES = 25
_LONGEST_NAME = 70
"""So many letters of a name leave room for an id in a choice, which may have 100."""
_ENTRY = re.compile(r"(?:<(?:#|@&))?(\d{1,20})>?")
"""A channel or role, as it is typed: its id alone, or as a mention."""
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
    @app_commands.rename(preset=said("option-preset"), reset=said("option-reset"))
    @app_commands.describe(preset=said("settings-preset-description"), reset=said("option-reset-description"))
    @app_commands.choices(preset=_PRESETS)
    async def preset(self, interaction: Interaction, preset: str | None = None, reset: bool = False) -> None:
        """Choose the preset of who names none."""
        await _show(interaction, _setting("preset", preset, reset))

    @app_commands.command(name=said("settings-size"), description=said("settings-size-description"))
    @app_commands.rename(size=said("option-size"), reset=said("option-reset"))
    @app_commands.describe(size=said("settings-size-description"), reset=said("option-reset-description"))
    async def size(
        self,
        interaction: Interaction,
        size: app_commands.Range[int, *limits_of("largest_size", BotSettings)] | None = None,
        reset: bool = False,
    ) -> None:
        """Choose the largest size."""
        await _show(interaction, _setting("largest_size", size, reset))

    @app_commands.command(name=said("settings-limits"), description=said("settings-limits-description"))
    @app_commands.rename(
        dreams=said("option-dreams"),
        minutes=said("option-minutes"),
        burst=said("option-burst"),
        waiting=said("option-waiting"),
        running=said("option-running"),
        role=said("option-role"),
        reset=said("option-reset"),
    )
    @app_commands.describe(
        dreams=said("option-dreams-description"),
        minutes=said("option-minutes-description"),
        burst=said("option-burst-description"),
        waiting=said("option-waiting-description"),
        running=said("option-running-description"),
        role=said("option-role-description"),
        reset=said("option-reset-description"),
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
        reset: bool = False,
    ) -> None:
        """Choose the limits of every member, or of those with a role; a number left out stays as it is."""
        given = AllowanceRules(dreams=dreams, minutes=minutes, burst=burst, waiting=waiting, running=running)
        none = AllowanceRules()

        def change(rules: ServerRules) -> dict[str, Any]:
            before = rules.allowance if role is None else rules.roles.get(role.id, none)
            chosen = (none if reset else before).updated(given)
            if role is None:
                return {"allowance": chosen}
            others = {other: limits for other, limits in rules.roles.items() if other != role.id}
            return {"roles": others if chosen == none else {**others, role.id: chosen}}

        await _show(interaction, change if reset or given != none else None)

    @app_commands.command(name=said("settings-exempt"), description=said("settings-exempt-description"))
    @app_commands.rename(role=said("option-role"), exempt=said("option-exempt"))
    @app_commands.describe(role=said("settings-exempt-description"), exempt=said("option-exempt-description"))
    async def exempt(self, interaction: Interaction, role: discord.Role, exempt: bool = True) -> None:
        """Free a role from all limits of its members, or bind it again."""
        await _show(interaction, lambda rules: {"exempt": _with(rules.exempt, role.id, exempt)})

    @app_commands.command(name=said("settings-remove"), description=said("settings-remove-description"))
    @app_commands.rename(entry=said("option-entry"))
    @app_commands.describe(entry=said("option-entry-description"))
    async def remove(self, interaction: Interaction, entry: app_commands.Range[str, 1, 100]) -> None:
        """Take a channel or a role out of the settings, also one that Discord shows no longer."""
        await _show(interaction, lambda rules: dict(rules.without([_entry_of(rules, entry)])))

    @remove.autocomplete("entry")
    async def complete_entry(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The channels and roles that are set and that have in their names or ids what is typed so far."""
        if interaction.guild is None or not interaction.permissions.manage_guild:
            return []
        rules = await interaction.client.services.servers.rules(interaction.guild.id)
        found = [
            app_commands.Choice(name=name, value=str(number))
            for name, number in sorted(_entries(interaction.guild, rules))
            if typed.strip().lower() in name.lower()
        ]
        return found[:_MOST_CHOICES]


def _setting(name: str, value: Any, reset: bool) -> Callable[[ServerRules], dict[str, Any]] | None:
    """The change of a setting to a value that is given, or else back to the bot's own; ``None`` for none."""
    return None if value is None and not reset else lambda _: {name: value}


def _entry_of(rules: ServerRules, typed: str) -> int:
    """The channel or role that is meant.

    Raises:
        NotSetRefusal: It is not among those that are set.
    """
    entry = _ENTRY.fullmatch(typed.strip())
    if entry is None or int(entry[1]) not in rules.named_ids:
        raise NotSetRefusal(value=typed)
    return int(entry[1])


def _entries(server: discord.Guild, rules: ServerRules) -> Iterator[tuple[str, int]]:
    """The channels and roles that are set, each by a name; those that Discord does not show, by their id."""
    for sign, numbers, found in (
        ("#", rules.channels, server.get_channel_or_thread),
        ("@", {*rules.roles, *rules.exempt}, server.get_role),
    ):
        for number in numbers:
            shown = found(number)
            yield f"{sign}{number}" if shown is None else f"{sign}{_short_name(shown)} · {number}", number


def _short_name(shown: discord.abc.GuildChannel | discord.Thread | discord.Role) -> str:
    return shown.name.removeprefix("@")[:_LONGEST_NAME]


async def _show(
    interaction: Interaction, change: Callable[[ServerRules], dict[str, Any]] | None = None
) -> None:
    """Show a server's rules to who may manage it, changed or as they are."""

    async def work(reply: Reply) -> None:
        services = interaction.client.services
        if interaction.guild_id is None or interaction.guild is None:
            raise NotInstalledHereRefusal
        if not interaction.permissions.manage_guild:
            raise NotManagerRefusal
        if change is not None:
            await services.servers.change(interaction.guild_id, change)
        rules = await services.reconciler.reconcile_with_timeout(interaction.guild_id)
        texts = texts_of(interaction)
        await say(interaction, reply, describe_rules(texts, rules, services.settings))

    await handle_interaction(interaction, work)


def describe_rules(texts: Texts, rules: ServerRules, settings: BotSettings) -> str:
    """A server's rules in words.

    Args:
        texts: The language.
        rules: The rules.
        settings: What holds where the rules say nothing.
    """
    everyone = rules.allowance.applied_to(settings.allowance)
    size = min(rules.largest_size or settings.largest_size, settings.largest_size)
    channels = mentions("#", rules.channels)
    exempt = mentions("@&", rules.exempt)
    lines = [
        "### " + texts("rules-title"),
        texts("rules-on" if rules.enabled else "rules-off"),
        texts("rules-channels", channels=channels) if channels else texts("rules-everywhere"),
        texts("rules-preset", preset=texts.preset(rules.preset or settings.default_preset)),
        texts("rules-size", size=str(size)),
        texts("rules-everyone", limits=_limits(texts, everyone)),
    ]
    last = [texts("rules-exempt", role=exempt)] if exempt else []
    room = MAX_CHARACTERS - sum(length(line) + 1 for line in [*lines, *last])
    roles = [
        texts("rules-role", role=f"<@&{role}>", limits=_limits(texts, limits.applied_to(everyone)))
        for role, limits in rules.roles.items()
    ]
    named = first_lines(roles, lambda more: texts("queue-more", more=more), MAX_MENTIONS, room)
    return "\n".join([*lines, *named, *last])


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
