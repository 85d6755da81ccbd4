"""The settings of a server's managers, and their effects."""

import asyncio
from types import SimpleNamespace

import discord
import pytest
import simcord
import simcord.backend.errors
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.server_settings import describe_rules
from bot.delivery.message_limits import length
from bot.settings import BotSettings
from bot.storage.servers import AllowanceRules, ServerRules
from bot.texts import packaged_catalogue
from fake_discord.simcord_additions import text_of


async def change_settings(server, what, member=None, **options):
    """Use a manager's command; returns the settings that it shows."""
    interaction = await (member or server.manager).slash(server.general, f"dream-settings {what}", **options)
    assert interaction.ephemeral
    return text_of(interaction.response)


async def test_the_defaults_are_the_operators_settings(server):
    assert await change_settings(server, "show") == (
        "### Dreaming in this server\n"
        "Dreaming is on.\n"
        "Allowed in every channel.\n"
        "Anyone can reroll other people's dreams, go deeper or try other presets.\n"
        "Default preset: Intense\n"
        "Largest size: 2,048 pixels\n"
        "Everyone: 6 dreams per 10 minutes, up to 3 in a row, 3 waiting, 1 at the same time"
    )


async def test_members_without_the_permission_do_not_see_the_command(server):
    assert "dream-settings show" in server.manager.available_commands(server.general)
    assert "dream-settings show" not in server.alice.available_commands(server.general)
    with pytest.raises(simcord.SetupError, match="not visible"):
        await server.moderator.slash(server.general, "dream-settings switch", on=False)


async def test_a_member_without_the_permission_is_refused_despite_an_override(server):
    (command,) = [
        found for found in server.env.backend.commands[None].values() if found["name"] == "dream-settings"
    ]
    server.guild.set_command_permissions(int(command["id"]), {server.alice: True})
    interaction = await server.alice.slash(server.general, "dream-settings switch", on=False)
    assert text_of(interaction.response) == "Only people who can manage this server can change that."
    assert "Dreaming is on." in await change_settings(server, "show")


async def test_the_command_needs_a_server(server):
    server.payload_overrides["guild_id"] = None
    server.payload_overrides["user"] = {
        "id": str(server.manager.id),
        "username": "manager",
        "avatar": None,
        "discriminator": "0",
    }
    interaction = await server.manager.slash(server.general, "dream-settings show")
    assert text_of(interaction.response) == "That only works in servers I've been added to."


async def test_dreaming_can_be_switched_off_and_on(server):
    assert "Dreaming is off." in await change_settings(server, "switch", on=False)
    assert await server.private_text(await server.submit()) == "Dreaming is turned off in this server."
    assert "Dreaming is on." in await change_settings(server, "switch", on=True)
    await server.complete_dream()


async def test_joining_in_can_be_switched_off_and_on(server):
    shown = await change_settings(server, "sharing", on=False)
    assert "Only a dream's owner can reroll it, go deeper or try other presets." in shown
    shown = await change_settings(server, "sharing", on=True)
    assert "Anyone can reroll other people's dreams, go deeper or try other presets." in shown


async def test_direct_messages_work_while_the_server_is_switched_off(server):
    await change_settings(server, "switch", on=False)
    await server.alice.user.slash("dream", image=("cat.png", b"never decoded here"))
    await server.script.next_dream()


async def test_dreams_are_accepted_only_in_allowed_channels(server):
    studio, attic = (server.guild.create_text_channel(name) for name in ("studio", "attic"))
    assert f"Allowed channels: {studio.mention}" in await change_settings(server, "channel", channel=studio)
    shown = await change_settings(server, "channel", channel=attic)
    assert f"Allowed channels: {studio.mention} {attic.mention}" in shown
    refused = await server.private_text(await server.submit())
    assert refused == f"I can't dream in this channel. Try {studio.mention} {attic.mention}."
    await server.complete_dream(channel=studio)
    await change_settings(server, "channel", channel=studio, allowed=False)
    assert (
        await server.private_text(await server.submit(channel=studio))
        == f"I can't dream in this channel. Try {attic.mention}."
    )
    assert "Allowed in every channel." in await change_settings(
        server, "channel", channel=attic, allowed=False
    )
    await server.complete_dream()


async def test_threads_of_an_allowed_channel_are_allowed_too(server):
    studio = server.guild.create_text_channel("studio")
    await server.env.settle()
    await change_settings(server, "channel", channel=studio)
    for parent in (studio, server.general):
        channel = server.bot.get_channel(parent.id)
        with server.env.time_context():
            await channel.create_thread(name="talk", type=discord.ChannelType.public_thread)
    await server.env.settle()
    (inside,), (outside,) = studio.threads, server.general.threads
    await server.complete_dream(channel=inside)
    assert "I can't dream in this channel" in await server.private_text(await server.submit(channel=outside))


async def test_context_menus_and_buttons_follow_the_rules_too(server):
    answer = await server.complete_dream()
    studio = server.guild.create_text_channel("studio")
    await change_settings(server, "channel", channel=studio)
    interaction = await server.alice.click(answer, label="Reroll")
    assert "I can't dream in this channel" in await server.private_text(interaction)
    interaction = await server.alice.context_menu(server.general, "Dream avatar", server.bob)
    assert "I can't dream in this channel" in await server.private_text(interaction)


async def test_the_default_preset(server):
    assert "Default preset: Webs" in await change_settings(server, "preset", preset="webs")
    _, dream = await server.start_dream(server.alice)
    assert dream.request.preset == "webs"
    dream.finish()
    _, dream = await server.start_dream(server.alice, preset="mild")
    assert dream.request.preset == "mild"
    dream.finish()
    assert "Default preset: Webs" in await change_settings(server, "preset")  # an omitted value stays
    assert "Default preset: Intense" in await change_settings(server, "preset", reset=True)
    _, dream = await server.start_dream(server.bob)
    assert dream.request.preset == "intense"


async def test_the_largest_size(server):
    assert "Largest size: 256 pixels" in await change_settings(server, "size", size=256)
    assert await server.private_text(await server.submit(size=512)) == "The largest size here is 256 pixels."
    _, dream = await server.start_dream()
    assert dream.request.settings.size == 256  # of a request without a size
    assert "Largest size: 256 pixels" in await change_settings(server, "size")  # an omitted value stays
    assert "Largest size: 2,048 pixels" in await change_settings(server, "size", reset=True)
    dream.finish()
    await server.complete_dream(size=512)


async def test_an_operator_who_lowers_the_largest_size_lowers_it_in_every_server(server):
    await server.services.servers.change(server.guild.id, lambda _: {"largest_size": 8192})
    assert "Largest size: 2,048 pixels" in await change_settings(server, "show")
    with pytest.raises(simcord.backend.errors.OptionError, match="must be ≤ 2048"):
        await server.submit(size=2049)
    _, dream = await server.start_dream(size=2048)
    assert dream.request.settings.size == 2048


async def test_repeating_a_dream_applies_a_new_size_limit(server):
    answer = await server.complete_dream(size=512)
    await change_settings(server, "size", size=256)
    await server.alice.click(answer, label="Reroll")
    assert (await server.script.next_dream()).request.settings.size == 256


async def test_limits_of_all_members_are_counted_per_server(server):
    await server.complete_dream()
    shown = await change_settings(server, "limits", dreams=1, minutes=60, burst=1, waiting=2)
    assert "Everyone: 1 dream per 60 minutes, up to 1 in a row, 2 waiting, 1 at the same time" in shown
    await server.complete_dream()  # dreams from before the limit do not count
    interaction = await server.submit()
    assert "You've used up your dreams" in await server.private_text(interaction)
    await server.alice.user.slash("dream", image=("cat.png", b"never decoded here"))
    await server.script.next_dream()
    shown = await change_settings(server, "limits", reset=True)
    assert "Everyone: 6 dreams per 10 minutes, up to 3 in a row, 3 waiting, 1 at the same time" in shown


async def test_omitted_limits_keep_their_defaults(server):
    shown = await change_settings(server, "limits", burst=1)
    assert "Everyone: 6 dreams per 10 minutes, up to 1 in a row, 3 waiting, 1 at the same time" in shown


async def test_omitted_limits_keep_their_values(server):
    await change_settings(server, "limits", dreams=2)
    await change_settings(server, "limits", minutes=30, burst=4)
    await change_settings(server, "limits", waiting=5)
    shown = await change_settings(server, "limits", **{"at-once": 6})
    everyone = "Everyone: 2 dreams per 30 minutes, up to 4 in a row, 5 waiting, 6 at the same time"
    assert everyone in shown
    assert everyone in await change_settings(server, "limits")


async def test_a_reset_precedes_the_given_limits(server):
    await change_settings(server, "limits", dreams=2, burst=4)
    shown = await change_settings(server, "limits", minutes=30, reset=True)
    assert "Everyone: 6 dreams per 30 minutes, up to 3 in a row, 3 waiting, 1 at the same time" in shown


async def test_omitted_limits_of_a_role_keep_their_values(server):
    patrons = server.guild.create_role("Patrons")
    await change_settings(server, "limits", dreams=2, role=patrons)
    shown = await change_settings(server, "limits", minutes=30, role=patrons)
    theirs = f"{patrons.mention}: 2 dreams per 30 minutes, up to 3 in a row, 3 waiting, 1 at the same time"
    assert theirs in shown
    assert theirs in await change_settings(server, "limits", role=patrons)
    shown = await change_settings(server, "limits", burst=2, reset=True)  # of all members
    assert "Everyone: 6 dreams per 10 minutes, up to 2 in a row" in shown
    assert f"{patrons.mention}: 2 dreams per 30 minutes, up to 2 in a row" in shown
    shown = await change_settings(server, "limits", waiting=7, role=patrons, reset=True)
    assert (
        f"{patrons.mention}: 6 dreams per 10 minutes, up to 2 in a row, 7 waiting, 1 at the same time"
        in shown
    )


async def test_limits_of_a_role(server):
    patrons = server.guild.create_role("Patrons")
    rich = server.add_member("rich", [patrons])
    await change_settings(server, "limits", burst=1)
    shown = await change_settings(server, "limits", burst=2, role=patrons)
    assert (
        f"{patrons.mention}: 6 dreams per 10 minutes, up to 2 in a row, 3 waiting, 1 at the same time"
        in shown
    )
    await server.complete_dream(rich)
    await server.complete_dream(rich)
    assert "used up your dreams" in await server.private_text(await server.submit(rich))
    await server.complete_dream(server.alice)
    assert "used up your dreams" in await server.private_text(await server.submit(server.alice))
    assert patrons.mention not in await change_settings(server, "limits", role=patrons, reset=True)


async def test_an_exempt_role_has_no_limits_until_the_exemption_ends(server):
    friends = server.guild.create_role("Friends")
    friend = server.add_member("friend", [friends])
    assert f"{friends.mention}: no limits" in await change_settings(server, "exempt", role=friends)
    for _ in range(5):
        await server.complete_dream(friend)
    await server.start_dream(friend)
    for _ in range(5):
        interaction = await server.submit(friend)
        await server.until_shown(interaction, "in line" if _ else "next")
    assert friends.mention not in await change_settings(server, "exempt", role=friends, exempt=False)
    assert "You already have 3 dreams waiting" in await server.private_text(await server.submit(friend))


async def test_settings_survive_a_restart(server):
    await change_settings(server, "preset", preset="webs")
    await server.restart()
    assert "Default preset: Webs" in await change_settings(server, "show")


async def test_settings_apply_to_one_server_only(server):
    await change_settings(server, "switch", on=False)
    elsewhere = server.env.create_guild("Elsewhere")
    channel, guest = (
        elsewhere.create_text_channel("hall"),
        elsewhere.add_member(server.env.create_user("guest")),
    )
    await server.complete_dream(guest, channel=channel)


async def test_many_settings_fit_into_one_answer(server):
    channels = [server.guild.create_text_channel(f"c{number}").id for number in range(30)]
    roles = [server.guild.create_role(f"r{number}").id for number in range(60)]
    await server.env.settle()
    limits = {role: AllowanceRules(dreams=10000, minutes=10080, burst=1000) for role in roles[:30]}
    rules = {"channels": tuple(channels), "roles": limits, "exempt": tuple(roles[30:])}
    await server.services.servers.change(server.guild.id, lambda _: rules)
    shown = await change_settings(server, "show")
    assert "Dreaming is on." in shown
    assert f"<#{channels[24]}> … +5" in shown
    assert shown.endswith(f"<@&{roles[54]}> … +5: no limits")
    named = shown.count("10,000 dreams")
    assert 15 < named <= 25
    assert f"\n… and {30 - named} more\n" in shown
    assert 3700 < len(shown) <= 4000


IDS = st.lists(st.integers(10**16, 2**63), max_size=300, unique=True)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(packaged_catalogue().languages), IDS, IDS, IDS, st.integers(1, 10**9))
def test_any_number_of_settings_fits_into_one_answer(language, channels, roles, exempt, many):
    limits = AllowanceRules(dreams=many, minutes=many, burst=many, waiting=many, running=many)
    rules = ServerRules(channels=channels, roles=dict.fromkeys(roles, limits), exempt=exempt)
    bot_settings = BotSettings(_env_file=None)
    shown = describe_rules(packaged_catalogue().texts(language), rules, bot_settings)
    assert length(shown) <= 4000
    assert shown.count("<#") == min(len(channels), 25)
    lines = [line for line in shown.splitlines() if line.startswith("<@&")]
    own_lines = lines[:-1] if exempt else lines
    assert len(own_lines) >= min(len(roles), 10)
    if exempt:
        assert lines[-1].count("<@&") == min(len(exempt), 25)


class TestDeletions:
    async def test_a_deleted_channel_is_no_longer_allowed(self, server):
        studio, attic = (server.guild.create_text_channel(name) for name in ("studio", "attic"))
        await server.env.settle()
        for channel in (studio, attic):
            await change_settings(server, "channel", channel=channel)
        server.env.backend.delete_channel(studio.id)
        await server.env.settle()
        assert (await server.services.servers.rules(server.guild.id)).channels == (attic.id,)
        assert (
            await server.private_text(await server.submit())
            == f"I can't dream in this channel. Try {attic.mention}."
        )

    async def test_with_the_last_allowed_channel_deleted_all_are_allowed(self, server):
        studio = server.guild.create_text_channel("studio")
        await server.env.settle()
        await change_settings(server, "channel", channel=studio)
        server.env.backend.delete_channel(studio.id)
        await server.env.settle()
        await server.complete_dream()
        assert "Allowed in every channel." in await change_settings(server, "show")

    async def test_a_deleted_role_is_neither_limited_nor_exempt(self, server):
        patrons, friends = (server.guild.create_role(name) for name in ("Patrons", "Friends"))
        await server.env.settle()
        await change_settings(server, "limits", dreams=2, role=patrons)
        await change_settings(server, "exempt", role=friends)
        for role in (patrons, friends):
            server.env.backend.delete_role(server.guild.id, role.id)
        await server.env.settle()
        assert await server.services.servers.rules(server.guild.id) == ServerRules()
        assert "@&" not in await change_settings(server, "show")

    async def test_a_deleted_thread_is_no_longer_allowed(self, server):
        with server.env.time_context():
            talk = await server.bot.get_channel(server.general.id).create_thread(
                name="talk", type=discord.ChannelType.public_thread
            )
        rules = {"channels": (talk.id, server.general.id)}
        await server.services.servers.change(server.guild.id, lambda _: rules)
        server.env.backend.delete_channel(talk.id)
        await server.env.settle()
        assert (await server.services.servers.rules(server.guild.id)).channels == (server.general.id,)

    async def test_a_deleted_channel_of_a_server_without_rules_leaves_it_without(self, server):
        studio = server.guild.create_text_channel("studio")
        await server.env.settle()
        server.env.backend.delete_channel(studio.id)
        await server.env.settle()
        assert await server.services.database.row("SELECT rules FROM servers") is None

    async def test_deletions_during_a_downtime_are_applied_at_the_start(self, server):
        await server.services.servers.change(server.guild.id, lambda _: rules_with_deleted(server))
        await server.restart()
        looking = [task for task in server.services.background._tasks if "deleted" in task.get_name()]
        await asyncio.gather(*looking)
        assert (await server.services.servers.rules(server.guild.id)).named_ids == {server.general.id}

    async def test_deletions_during_an_outage_are_applied_after_it(self, server):
        await server.services.servers.change(server.guild.id, lambda _: rules_with_deleted(server))
        await server.bot.on_guild_available(server.bot.get_guild(server.guild.id))
        assert (await server.services.servers.rules(server.guild.id)).named_ids == {server.general.id}

    async def test_deletions_are_applied_when_the_bot_is_invited_again(self, server):
        await server.services.servers.change(server.guild.id, lambda _: rules_with_deleted(server))
        await server.bot.on_guild_join(server.bot.get_guild(server.guild.id))
        assert (await server.services.servers.rules(server.guild.id)).named_ids == {server.general.id}

    async def test_a_stopping_bot_looks_nothing_up(self, server, monkeypatch):
        await server.services.servers.change(server.guild.id, lambda _: rules_with_deleted(server))
        await server.stop()
        await server.bot.on_guild_available(server.bot.get_guild(server.guild.id))
        await server.bot.on_guild_channel_delete(server.bot.get_channel(server.general.id))
        assert DELETED in (await server.services.servers.rules(server.guild.id)).named_ids

    async def test_unnoticed_deletions_are_applied_before_the_rules_are_shown(self, server):
        await server.services.servers.change(server.guild.id, lambda _: rules_with_deleted(server))
        shown = await change_settings(server, "show")
        assert f"Allowed channels: {server.general.mention}" in shown
        assert str(DELETED) not in shown

    async def test_a_refusal_names_no_deleted_channel(self, server):
        attic = server.guild.create_text_channel("attic")
        await server.env.settle()
        await server.services.servers.change(server.guild.id, lambda _: {"channels": (DELETED, attic.id)})
        said = await server.private_text(await server.submit())
        assert said == f"I can't dream in this channel. Try {attic.mention}."

    async def test_rules_with_only_deleted_channels_refuse_nobody(self, server):
        await server.services.servers.change(server.guild.id, lambda _: {"channels": (DELETED,)})
        await server.complete_dream()

    async def test_a_channel_that_the_bot_cannot_see_stays(self, server, monkeypatch):
        await server.services.servers.change(server.guild.id, lambda _: {"channels": (DELETED,)})
        monkeypatch.setattr(server.bot.http, "get_channel", refuses(discord.Forbidden, 50001))
        assert f"Allowed channels: <#{DELETED}>" in await change_settings(server, "show")
        assert f"Try <#{DELETED}>." in await server.private_text(await server.submit())

    async def test_the_rules_of_an_unavailable_server_stay(self, server):
        await server.services.servers.change(server.guild.id, lambda _: rules_with_deleted(server))
        server.bot.get_guild(server.guild.id).unavailable = True
        await server.services.reconciler.reconcile(server.guild.id)
        assert DELETED in (await server.services.servers.rules(server.guild.id)).named_ids

    async def test_a_slow_discord_delays_nobody(self, server, monkeypatch):
        async def silent(_):
            await asyncio.Event().wait()

        await server.services.servers.change(server.guild.id, lambda _: {"channels": (DELETED,)})
        monkeypatch.setattr("bot.operations.reconciliation._TIMEOUT_SECONDS", 0.01)
        monkeypatch.setattr(server.bot.http, "get_channel", silent)
        assert (await server.services.reconciler.reconcile_with_timeout(server.guild.id)).channels == (
            DELETED,
        )


class TestRemoving:
    @pytest.fixture(autouse=True)
    async def hidden(self, server, monkeypatch):
        """All entries exist but are hidden from the bot, so that only a manager can remove them."""
        monkeypatch.setattr(server.bot.http, "get_channel", refuses(discord.Forbidden, 50001))
        monkeypatch.setattr(server.bot.http, "get_role", refuses(discord.Forbidden, 50001))

    async def test_an_entry_is_removed_by_id_or_mention(self, server):
        rules = {"channels": (1, 2), "roles": {3: AllowanceRules(dreams=1)}, "exempt": (3, 4)}
        await server.services.servers.change(server.guild.id, lambda _: rules)
        shown = await change_settings(server, "remove", entry="1")
        assert "Allowed channels: <#2>" in shown
        assert "Allowed in every channel." in await change_settings(server, "remove", entry=" <#2> ")
        assert "<@&3>" not in await change_settings(server, "remove", entry="<@&3>")
        assert "@&" not in await change_settings(server, "remove", entry="4")

    @pytest.mark.parametrize("nonsense", ["2", "studio", "<@1>", "1 1", "²", "1" * 40])
    async def test_an_unknown_entry_is_refused_and_changes_nothing(self, server, nonsense):
        await server.services.servers.change(server.guild.id, lambda _: {"channels": (1,)})
        said = await change_settings(server, "remove", entry=nonsense)
        assert said == (
            f"“{nonsense}” isn't a channel or role in these settings. "
            "Pick one from the list that appears as you type."
        )
        assert "Allowed channels: <#1>" in await change_settings(server, "show")

    async def test_entries_are_completed(self, server):
        friends = server.guild.create_role("Friends")
        await server.env.settle()
        rules = {"channels": (1, server.general.id), "roles": {2: AllowanceRules(dreams=1)}}
        rules["exempt"] = (2, friends.id)
        await server.services.servers.change(server.guild.id, lambda _: rules)

        async def offered(typed, member=server.manager):
            found = await member.autocomplete(server.general, "dream-settings remove", "entry", typed)
            return [(choice["name"], choice["value"]) for choice in found]

        general = (f"#general · {server.general.id}", str(server.general.id))
        role = (f"@Friends · {friends.id}", str(friends.id))
        assert await offered("") == [("#1", "1"), general, ("@2", "2"), role]
        assert await offered("GENERAL") == [general]
        assert await offered(str(friends.id)) == [role]
        assert await offered("nothing") == []

    async def test_completion_offers_at_most_the_choices_that_discord_accepts(self, server):
        await server.services.servers.change(server.guild.id, lambda _: {"channels": tuple(range(1, 40))})
        found = await server.manager.autocomplete(server.general, "dream-settings remove", "entry", "")
        assert len(found) == 25

    async def test_a_long_name_is_cut_so_that_the_id_fits(self, server):
        role = server.guild.create_role("R" * 100)
        await server.env.settle()
        await server.services.servers.change(server.guild.id, lambda _: {"exempt": (role.id,)})
        (found,) = await server.manager.autocomplete(server.general, "dream-settings remove", "entry", "")
        assert found["name"] == f"@{'R' * 70} · {role.id}"

    async def test_members_without_the_permission_get_no_completion(self, server):
        (command,) = [
            one for one in server.env.backend.commands[None].values() if one["name"] == "dream-settings"
        ]
        server.guild.set_command_permissions(int(command["id"]), {server.alice: True})
        await server.services.servers.change(server.guild.id, lambda _: {"channels": (1,)})
        assert not await server.alice.autocomplete(server.general, "dream-settings remove", "entry", "")


DELETED = 10**17


def rules_with_deleted(server):
    """Rules with deleted channels and roles, and with one existing channel."""
    rules = AllowanceRules(dreams=1)
    return {"channels": (DELETED, server.general.id), "roles": {DELETED + 1: rules}, "exempt": (DELETED + 2,)}


def refuses(kind, code):
    """Return a request that fails with an error of Discord's API."""

    async def refuse(*_):
        raise kind(SimpleNamespace(status=403, reason="Forbidden"), {"code": code, "message": "No"})

    return refuse
