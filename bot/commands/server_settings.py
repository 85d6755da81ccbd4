"""`/dream-settings`: the settings of a server's managers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.commands._interaction import handle_interaction, send_private_text, texts_of
from bot.commands._sizes import size_choices, with_maximum
from bot.delivery import cards
from bot.delivery.allowance_lines import describe_allowance
from bot.delivery.message_limits import MAX_CHARACTERS, first_lines, length
from bot.errors import NotInstalledHereRefusal, NotManagerRefusal, NotSetRefusal
from bot.models import Reply
from bot.settings import BotSettings
from bot.storage.servers import MAX_MENTIONS, AllowanceRules, ServerRules, mentions
from bot.texts import Texts, localized
from dream_engine.presets import PRESETS
from dream_engine.settings import limits_of

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

_MAX_CHOICES = 25
_MAX_NAME_CHARACTERS = 70
"""The limit on a name in a choice, because the 100 characters of a choice also hold an id."""
_ENTRY = re.compile(r"(?:<(?:#|@&))?(\d{1,20})>?")
"""A typed channel or role: an id or a mention."""
_SIZES = limits_of("largest_size", BotSettings)
_PRESETS = [app_commands.Choice(name=localized(f"choice-{name}"), value=name) for name in PRESETS]


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class ServerSettings(
    app_commands.Group,
    name=localized("command-dream-settings"),
    description=localized("command-dream-settings-description"),
):
    """The command group. Each command shows all settings afterwards.

    Args:
        largest_size: The largest size that a server can allow, in pixels.
    """

    def __init__(self, largest_size: int = _SIZES[1]) -> None:
        super().__init__()
        command = self.size
        self._children[command.name] = with_maximum(command, "size", largest_size)

    @app_commands.command(name=localized("settings-show"), description=localized("settings-show-description"))
    async def show(self, interaction: Interaction) -> None:
        """Show all settings."""
        await _change_and_show(interaction)

    @app_commands.command(
        name=localized("settings-switch"), description=localized("settings-switch-description")
    )
    @app_commands.rename(on=localized("option-on"))
    @app_commands.describe(on=localized("option-on-description"))
    async def switch(self, interaction: Interaction, on: bool) -> None:
        """Switch dreaming on or off."""
        await _change_and_show(interaction, lambda _: {"enabled": on})

    @app_commands.command(
        name=localized("settings-channel"), description=localized("settings-channel-description")
    )
    @app_commands.rename(channel=localized("option-channel"), allowed=localized("option-allowed"))
    @app_commands.describe(
        channel=localized("option-channel-description"), allowed=localized("option-allowed-description")
    )
    async def channel(
        self,
        interaction: Interaction,
        channel: discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel,
        allowed: bool = True,
    ) -> None:
        """Allow dreaming in a channel, or stop allowing it. With no allowed channel, all are allowed."""
        await _change_and_show(
            interaction, lambda rules: {"channels": _toggled(rules.channels, channel.id, allowed)}
        )

    @app_commands.command(
        name=localized("settings-sharing"), description=localized("settings-sharing-description")
    )
    @app_commands.rename(on=localized("option-on"))
    @app_commands.describe(on=localized("option-sharing-description"))
    async def sharing(self, interaction: Interaction, on: bool) -> None:
        """Let members make dreams out of the dreams of others, or only out of their own."""
        await _change_and_show(interaction, lambda _: {"joining": on})

    @app_commands.command(
        name=localized("settings-preset"), description=localized("settings-preset-description")
    )
    @app_commands.rename(preset=localized("option-preset"), reset=localized("option-reset"))
    @app_commands.describe(
        preset=localized("settings-preset-description"), reset=localized("option-reset-description")
    )
    @app_commands.choices(preset=_PRESETS)
    async def preset(self, interaction: Interaction, preset: str | None = None, reset: bool = False) -> None:
        """Choose the default preset."""
        await _change_and_show(interaction, _change_of("preset", preset, reset))

    @app_commands.command(name=localized("settings-size"), description=localized("settings-size-description"))
    @app_commands.rename(size=localized("option-size"), reset=localized("option-reset"))
    @app_commands.describe(
        size=localized("settings-size-description"), reset=localized("option-reset-description")
    )
    async def size(
        self,
        interaction: Interaction,
        size: app_commands.Range[int, *_SIZES] | None = None,
        reset: bool = False,
    ) -> None:
        """Choose the largest size."""
        await _change_and_show(interaction, _change_of("largest_size", size, reset))

    @size.autocomplete("size")
    async def complete_size(self, interaction: Interaction, typed: Any) -> list[app_commands.Choice[int]]:
        """Complete the sizes that the operator allows."""
        largest = interaction.client.services.settings.largest_size
        return size_choices(texts_of(interaction), typed, _SIZES[0], largest)

    @app_commands.command(
        name=localized("settings-limits"), description=localized("settings-limits-description")
    )
    @app_commands.rename(
        dreams=localized("option-dreams"),
        minutes=localized("option-minutes"),
        burst=localized("option-burst"),
        waiting=localized("option-waiting"),
        running=localized("option-running"),
        role=localized("option-role"),
        reset=localized("option-reset"),
    )
    @app_commands.describe(
        dreams=localized("option-dreams-description"),
        minutes=localized("option-minutes-description"),
        burst=localized("option-burst-description"),
        waiting=localized("option-waiting-description"),
        running=localized("option-running-description"),
        role=localized("option-role-description"),
        reset=localized("option-reset-description"),
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
        """Set the limits of all members or of a role. Omitted numbers stay as they are."""
        given = AllowanceRules(dreams=dreams, minutes=minutes, burst=burst, waiting=waiting, running=running)
        none = AllowanceRules()

        def change(rules: ServerRules) -> dict[str, Any]:
            before = rules.allowance if role is None else rules.roles.get(role.id, none)
            chosen = (none if reset else before).updated(given)
            if role is None:
                return {"allowance": chosen}
            others = {other: limits for other, limits in rules.roles.items() if other != role.id}
            return {"roles": others if chosen == none else {**others, role.id: chosen}}

        await _change_and_show(interaction, change if reset or given != none else None)

    @app_commands.command(
        name=localized("settings-exempt"), description=localized("settings-exempt-description")
    )
    @app_commands.rename(role=localized("option-role"), exempt=localized("option-exempt"))
    @app_commands.describe(
        role=localized("settings-exempt-description"), exempt=localized("option-exempt-description")
    )
    async def exempt(self, interaction: Interaction, role: discord.Role, exempt: bool = True) -> None:
        """Exempt a role from all limits, or end the exemption."""
        await _change_and_show(interaction, lambda rules: {"exempt": _toggled(rules.exempt, role.id, exempt)})

    @app_commands.command(
        name=localized("settings-remove"), description=localized("settings-remove-description")
    )
    @app_commands.rename(entry=localized("option-entry"))
    @app_commands.describe(entry=localized("option-entry-description"))
    async def remove(self, interaction: Interaction, entry: app_commands.Range[str, 1, 100]) -> None:
        """Remove a channel or role from the settings, also one that was deleted."""
        await _change_and_show(interaction, lambda rules: dict(rules.without([_parse_entry(rules, entry)])))

    @remove.autocomplete("entry")
    async def complete_entry(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Complete the names and ids of the channels and roles in the settings."""
        if interaction.guild is None or not interaction.permissions.manage_guild:
            return []
        rules = await interaction.client.services.servers.rules(interaction.guild.id)
        choices = [
            app_commands.Choice(name=name, value=str(number))
            for name, number in sorted(_entries(interaction.guild, rules))
            if typed.strip().lower() in name.lower()
        ]
        return choices[:_MAX_CHOICES]


def _change_of(name: str, value: Any, reset: bool) -> Callable[[ServerRules], dict[str, Any]] | None:
    """Return the change of one setting to a value or to its default; ``None`` for no change."""
    return None if value is None and not reset else lambda _: {name: value}


def _parse_entry(rules: ServerRules, typed: str) -> int:
    """Parse a typed channel or role.

    Raises:
        NotSetRefusal: The settings do not contain it.
    """
    entry = _ENTRY.fullmatch(typed.strip())
    if entry is None or int(entry[1]) not in rules.named_ids:
        raise NotSetRefusal(value=typed)
    return int(entry[1])


def _entries(server: discord.Guild, rules: ServerRules) -> Iterator[tuple[str, int]]:
    """Return the channels and roles in the settings with their names, or ids if Discord has no name."""
    for sign, numbers, found in (
        ("#", rules.channels, server.get_channel_or_thread),
        ("@", {*rules.roles, *rules.exempt}, server.get_role),
    ):
        for number in numbers:
            shown = found(number)
            yield f"{sign}{number}" if shown is None else f"{sign}{_short_name(shown)} · {number}", number


def _short_name(shown: discord.abc.GuildChannel | discord.Thread | discord.Role) -> str:
    return shown.name.removeprefix("@")[:_MAX_NAME_CHARACTERS]


async def _change_and_show(
    interaction: Interaction, change: Callable[[ServerRules], dict[str, Any]] | None = None
) -> None:
    """Change a server's rules, if there is a change, and show them to its manager."""

    async def run(reply: Reply) -> None:
        services = interaction.client.services
        if interaction.guild_id is None or interaction.guild is None:
            raise NotInstalledHereRefusal
        if not interaction.permissions.manage_guild:
            raise NotManagerRefusal
        if change is not None:
            await services.servers.change(interaction.guild_id, change)
        rules = await services.reconciler.reconcile_with_timeout(interaction.guild_id)
        texts = texts_of(interaction)
        colour = cards.NEUTRAL if change is None else cards.SUCCESS
        await send_private_text(interaction, reply, describe_rules(texts, rules, services.settings), colour)

    await handle_interaction(interaction, run)


def describe_rules(texts: Texts, rules: ServerRules, settings: BotSettings) -> str:
    """Describe a server's rules.

    Args:
        texts: The texts in the reader's language.
        rules: The rules.
        settings: The operator's settings, which apply where the rules have none.
    """
    everyone = rules.allowance.applied_to(settings.allowance)
    size = rules.allowed_size(settings.largest_size)
    channels = mentions("#", rules.channels)
    exempt = mentions("@&", rules.exempt)
    lines = [
        "### " + texts("rules-title"),
        texts("rules-on" if rules.enabled else "rules-off"),
        texts("rules-channels", channels=channels) if channels else texts("rules-everywhere"),
        texts("rules-sharing-on" if rules.joining else "rules-sharing-off"),
        texts("rules-preset", preset=texts.preset(rules.preset or settings.default_preset)),
        texts("rules-size", size=size),
        texts("rules-everyone", limits=describe_allowance(texts, everyone)),
    ]
    last = [texts("rules-exempt", role=exempt)] if exempt else []
    characters_left = MAX_CHARACTERS - sum(length(line) + 1 for line in [*lines, *last])
    roles = [
        texts("rules-role", role=f"<@&{role}>", limits=describe_allowance(texts, limits.applied_to(everyone)))
        for role, limits in rules.roles.items()
    ]
    named = first_lines(roles, lambda more: texts("queue-more", more=more), MAX_MENTIONS, characters_left)
    return "\n".join([*lines, *named, *last])


def _toggled(ids: tuple[int, ...], toggled: int, included: bool) -> tuple[int, ...]:
    """Return the ids with one of them included or not."""
    others = tuple(other for other in ids if other != toggled)
    return (*others, toggled) if included else others
