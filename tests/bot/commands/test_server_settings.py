"""What those who manage a server decide, and what it does."""

import asyncio
from types import SimpleNamespace

import discord
import pytest
import simcord
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.server_settings import describe_rules
from bot.delivery.message_limits import length
from bot.settings import BotSettings
from bot.storage.servers import AllowanceRules, ServerRules
from bot.texts import packaged_catalogue
from fake_discord.simcord_additions import text_of


async def decide(server, what, who=None, **options):
    """A manager's command; returns all decisions as they are shown."""
    asked = await (who or server.manager).slash(server.square, f"dream-settings {what}", **options)
    assert asked.ephemeral
    return text_of(asked.response)


async def test_at_first_everything_is_the_bots_own(server):
    assert await decide(server, "show") == (
        "### Dreaming in this server\n"
        "It is switched on.\n"
        "In every channel.\n"
        "Default preset: Intense.\n"
        "Largest size: 2048 pixels.\n"
        "Every member: 6 dreams in 10 minutes, 3 saved up, 3 waiting, 1 at the same time."
    )


async def test_it_is_not_offered_to_those_who_may_not_manage_the_server(server):
    assert "dream-settings show" in server.manager.available_commands(server.square)
    assert "dream-settings show" not in server.alice.available_commands(server.square)
    with pytest.raises(simcord.SetupError, match="not visible"):
        await server.moderator.slash(server.square, "dream-settings switch", on=False)


async def test_who_comes_by_an_exception_in_the_servers_own_rules_is_refused_all_the_same(server):
    (command,) = [
        found for found in server.env.backend.commands[None].values() if found["name"] == "dream-settings"
    ]
    server.guild.set_command_permissions(int(command["id"]), {server.alice: True})
    asked = await server.alice.slash(server.square, "dream-settings switch", on=False)
    assert text_of(asked.response) == "Only people who can manage this server can change that."
    assert "It is switched on." in await decide(server, "show")


async def test_it_needs_a_server(server):
    server.payload_overrides["guild_id"] = None
    server.payload_overrides["user"] = {
        "id": str(server.manager.id),
        "username": "keeper",
        "avatar": None,
        "discriminator": "0",
    }
    asked = await server.manager.slash(server.square, "dream-settings show")
    assert text_of(asked.response) == "That works only in a server that has invited me."


async def test_switched_off_nobody_dreams_and_switched_on_again_they_do(server):
    assert "It is switched off." in await decide(server, "switch", on=False)
    assert await server.whispers(await server.submit()) == "Dreaming is switched off in this server."
    assert "It is switched on." in await decide(server, "switch", on=True)
    await server.dreamed()


async def test_switched_off_in_the_server_people_dream_in_direct_messages(server):
    await decide(server, "switch", on=False)
    await server.alice.user.slash("dream", image=("cat.png", b"never decoded here"))
    await server.script.begun()


async def test_with_channels_allowed_dreams_are_dreamed_there_only(server):
    studio, attic = (server.guild.create_text_channel(name) for name in ("studio", "attic"))
    assert f"Only in {studio.mention}." in await decide(server, "channel", channel=studio)
    shown = await decide(server, "channel", channel=attic)
    assert f"Only in {studio.mention} {attic.mention}." in shown
    refused = await server.whispers(await server.submit())
    assert refused == f"I don't dream in this channel. Ask me in {studio.mention} {attic.mention}."
    await server.dreamed(where=studio)
    await decide(server, "channel", channel=studio, allowed=False)
    assert (
        await server.whispers(await server.submit(where=studio))
        == f"I don't dream in this channel. Ask me in {attic.mention}."
    )
    assert "In every channel." in await decide(server, "channel", channel=attic, allowed=False)
    await server.dreamed()


async def test_an_allowed_channels_threads_are_allowed_as_well(server):
    studio = server.guild.create_text_channel("studio")
    await server.env.settle()
    await decide(server, "channel", channel=studio)
    for parent in (studio, server.square):
        channel = server.bot.get_channel(parent.id)
        with server.env.time_context():
            await channel.create_thread(name="talk", type=discord.ChannelType.public_thread)
    await server.env.settle()
    (inside,), (outside,) = studio.threads, server.square.threads
    await server.dreamed(where=inside)
    assert "I don't dream in this channel" in await server.whispers(await server.submit(where=outside))


async def test_the_context_menus_and_the_buttons_obey_as_well(server):
    answer = await server.dreamed()
    studio = server.guild.create_text_channel("studio")
    await decide(server, "channel", channel=studio)
    asked = await server.alice.click(answer, label="Again")
    assert "I don't dream in this channel" in await server.whispers(asked)
    asked = await server.alice.context_menu(server.square, "Dream avatar", server.bob)
    assert "I don't dream in this channel" in await server.whispers(asked)


async def test_the_preset_of_who_names_none(server):
    assert "Default preset: Webs." in await decide(server, "preset", preset="webs")
    _, dream = await server.begun(server.alice)
    assert dream.request.preset == "webs"
    dream.finish()
    _, dream = await server.begun(server.alice, preset="mild")
    assert dream.request.preset == "mild"
    dream.finish()
    assert "Default preset: Webs." in await decide(server, "preset")  # what is not given stays
    assert "Default preset: Intense." in await decide(server, "preset", reset=True)
    _, dream = await server.begun(server.bob)
    assert dream.request.preset == "intense"


async def test_the_largest_size(server):
    assert "Largest size: 256 pixels." in await decide(server, "size", size=256)
    assert await server.whispers(await server.submit(size=512)) == "The largest size here is 256 pixels."
    _, dream = await server.begun()
    assert dream.request.settings.size == 256  # of who named none
    assert "Largest size: 256 pixels." in await decide(server, "size")  # what is not given stays
    assert "Largest size: 2048 pixels." in await decide(server, "size", reset=True)
    dream.finish()
    await server.dreamed(size=512)


async def test_the_operators_largest_size_stays_the_largest(server):
    await decide(server, "size", size=8192)
    assert await server.whispers(await server.submit(size=4096)) == "The largest size here is 2048 pixels."


async def test_a_dream_larger_than_is_allowed_since_is_dreamed_again_smaller(server):
    answer = await server.dreamed(size=512)
    await decide(server, "size", size=256)
    await server.alice.click(answer, label="Again")
    assert (await server.script.begun()).request.settings.size == 256


async def test_limits_for_everybody_are_counted_in_this_server_alone(server):
    await server.dreamed()
    shown = await decide(server, "limits", dreams=1, minutes=60, burst=1, waiting=2)
    assert "Every member: 1 dream in 60 minutes, 1 saved up, 2 waiting, 1 at the same time." in shown
    await server.dreamed()  # what was dreamed before counts elsewhere
    asked = await server.submit()
    assert "You have dreamed a lot!" in await server.whispers(asked)
    await server.alice.user.slash("dream", image=("cat.png", b"never decoded here"))
    await server.script.begun()
    shown = await decide(server, "limits", reset=True)
    assert "Every member: 6 dreams in 10 minutes, 3 saved up, 3 waiting, 1 at the same time." in shown


async def test_some_numbers_may_be_left_as_they_are(server):
    shown = await decide(server, "limits", burst=1)
    assert "Every member: 6 dreams in 10 minutes, 1 saved up, 3 waiting, 1 at the same time." in shown


async def test_limits_that_are_not_given_stay_as_they_were_set(server):
    await decide(server, "limits", dreams=2)
    await decide(server, "limits", minutes=30, burst=4)
    await decide(server, "limits", waiting=5)
    shown = await decide(server, "limits", **{"at-once": 6})
    everyone = "Every member: 2 dreams in 30 minutes, 4 saved up, 5 waiting, 6 at the same time."
    assert everyone in shown
    assert everyone in await decide(server, "limits")


async def test_limits_are_reset_before_those_that_are_given_with_it_are_set(server):
    await decide(server, "limits", dreams=2, burst=4)
    shown = await decide(server, "limits", minutes=30, reset=True)
    assert "Every member: 6 dreams in 30 minutes, 3 saved up, 3 waiting, 1 at the same time." in shown


async def test_a_roles_limits_that_are_not_given_stay_as_they_were_set(server):
    patrons = server.guild.create_role("Patrons")
    await decide(server, "limits", dreams=2, role=patrons)
    shown = await decide(server, "limits", minutes=30, role=patrons)
    theirs = f"{patrons.mention}: 2 dreams in 30 minutes, 3 saved up, 3 waiting, 1 at the same time."
    assert theirs in shown
    assert theirs in await decide(server, "limits", role=patrons)
    shown = await decide(server, "limits", burst=2, reset=True)  # of everybody else
    assert "Every member: 6 dreams in 10 minutes, 2 saved up" in shown
    assert f"{patrons.mention}: 2 dreams in 30 minutes, 2 saved up" in shown
    shown = await decide(server, "limits", waiting=7, role=patrons, reset=True)
    assert f"{patrons.mention}: 6 dreams in 10 minutes, 2 saved up, 7 waiting, 1 at the same time." in shown


async def test_limits_for_a_role(server):
    patrons = server.guild.create_role("Patrons")
    rich = server.somebody("rich", [patrons])
    await decide(server, "limits", burst=1)
    shown = await decide(server, "limits", burst=2, role=patrons)
    assert f"{patrons.mention}: 6 dreams in 10 minutes, 2 saved up, 3 waiting, 1 at the same time." in shown
    await server.dreamed(rich)
    await server.dreamed(rich)
    assert "dreamed a lot" in await server.whispers(await server.submit(rich))
    await server.dreamed(server.alice)
    assert "dreamed a lot" in await server.whispers(await server.submit(server.alice))
    assert patrons.mention not in await decide(server, "limits", role=patrons, reset=True)


async def test_an_exempt_role_has_no_limits_until_it_is_bound_again(server):
    friends = server.guild.create_role("Friends")
    friend = server.somebody("friend", [friends])
    assert f"{friends.mention}: no limits." in await decide(server, "exempt", role=friends)
    for _ in range(5):
        await server.dreamed(friend)
    await server.begun(friend)
    for _ in range(5):
        asked = await server.submit(friend)
        await server.says(asked, "queue") if _ else await server.says(asked, "next")
    assert friends.mention not in await decide(server, "exempt", role=friends, exempt=False)
    assert "waiting already" in await server.whispers(await server.submit(friend))


async def test_decisions_outlive_a_restart(server):
    await decide(server, "preset", preset="webs")
    await server.restart()
    assert "Default preset: Webs." in await decide(server, "show")


async def test_decisions_of_one_server_mean_nothing_in_another(server):
    await decide(server, "switch", on=False)
    elsewhere = server.env.create_guild("Elsewhere")
    channel, guest = (
        elsewhere.create_text_channel("hall"),
        elsewhere.add_member(server.env.create_user("guest")),
    )
    await server.dreamed(guest, where=channel)


async def test_many_decisions_still_fit_into_one_answer(server):
    channels = [server.guild.create_text_channel(f"c{number}").id for number in range(30)]
    roles = [server.guild.create_role(f"r{number}").id for number in range(60)]
    await server.env.settle()
    limits = {role: AllowanceRules(dreams=10000, minutes=10080, burst=1000) for role in roles[:30]}
    rules = {"channels": tuple(channels), "roles": limits, "exempt": tuple(roles[30:])}
    await server.services.servers.change(server.guild.id, lambda _: rules)
    shown = await decide(server, "show")
    assert "It is switched on." in shown
    assert f"<#{channels[24]}> … +5." in shown
    assert shown.endswith(f"<@&{roles[54]}> … +5: no limits.")
    named = shown.count("10,000 dreams")
    assert 15 < named <= 25
    assert f"\n… and {30 - named} more\n" in shown
    assert 3700 < len(shown) <= 4000


IDS = st.lists(st.integers(10**16, 2**63), max_size=300, unique=True)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(packaged_catalogue().languages), IDS, IDS, IDS, st.integers(1, 10**9))
def test_no_settings_are_too_many_for_one_answer(language, channels, roles, exempt, many):
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


class TestWhatIsDeleted:
    async def test_a_deleted_channel_is_no_longer_allowed(self, server):
        studio, attic = (server.guild.create_text_channel(name) for name in ("studio", "attic"))
        await server.env.settle()
        for channel in (studio, attic):
            await decide(server, "channel", channel=channel)
        server.env.backend.delete_channel(studio.id)
        await server.env.settle()
        assert (await server.services.servers.rules(server.guild.id)).channels == (attic.id,)
        assert (
            await server.whispers(await server.submit())
            == f"I don't dream in this channel. Ask me in {attic.mention}."
        )

    async def test_with_the_last_allowed_channel_deleted_all_are_allowed(self, server):
        studio = server.guild.create_text_channel("studio")
        await server.env.settle()
        await decide(server, "channel", channel=studio)
        server.env.backend.delete_channel(studio.id)
        await server.env.settle()
        await server.dreamed()
        assert "In every channel." in await decide(server, "show")

    async def test_a_deleted_role_is_neither_limited_nor_exempt(self, server):
        patrons, friends = (server.guild.create_role(name) for name in ("Patrons", "Friends"))
        await server.env.settle()
        await decide(server, "limits", dreams=2, role=patrons)
        await decide(server, "exempt", role=friends)
        for role in (patrons, friends):
            server.env.backend.delete_role(server.guild.id, role.id)
        await server.env.settle()
        assert await server.services.servers.rules(server.guild.id) == ServerRules()
        assert "@&" not in await decide(server, "show")

    async def test_a_deleted_thread_is_no_longer_allowed(self, server):
        with server.env.time_context():
            talk = await server.bot.get_channel(server.square.id).create_thread(
                name="talk", type=discord.ChannelType.public_thread
            )
        rules = {"channels": (talk.id, server.square.id)}
        await server.services.servers.change(server.guild.id, lambda _: rules)
        server.env.backend.delete_channel(talk.id)
        await server.env.settle()
        assert (await server.services.servers.rules(server.guild.id)).channels == (server.square.id,)

    async def test_a_deleted_channel_of_a_server_without_rules_leaves_it_without(self, server):
        studio = server.guild.create_text_channel("studio")
        await server.env.settle()
        server.env.backend.delete_channel(studio.id)
        await server.env.settle()
        assert await server.services.database.row("SELECT rules FROM servers") is None

    async def test_what_was_deleted_while_the_bot_was_away_is_dropped_at_its_start(self, server):
        await server.services.servers.change(server.guild.id, lambda _: gone(server))
        await server.restart()
        looking = [task for task in server.services.background._tasks if "deleted" in task.get_name()]
        await asyncio.gather(*looking)
        assert (await server.services.servers.rules(server.guild.id)).named_ids == {server.square.id}

    async def test_and_when_the_server_is_back_after_an_outage(self, server):
        await server.services.servers.change(server.guild.id, lambda _: gone(server))
        await server.bot.on_guild_available(server.bot.get_guild(server.guild.id))
        assert (await server.services.servers.rules(server.guild.id)).named_ids == {server.square.id}

    async def test_and_when_the_server_invites_the_bot_again(self, server):
        await server.services.servers.change(server.guild.id, lambda _: gone(server))
        await server.bot.on_guild_join(server.bot.get_guild(server.guild.id))
        assert (await server.services.servers.rules(server.guild.id)).named_ids == {server.square.id}

    async def test_a_bot_that_stops_looks_for_nothing_more(self, server, monkeypatch):
        await server.services.servers.change(server.guild.id, lambda _: gone(server))
        await server.stop()
        await server.bot.on_guild_available(server.bot.get_guild(server.guild.id))
        await server.bot.on_guild_channel_delete(server.bot.get_channel(server.square.id))
        assert DELETED in (await server.services.servers.rules(server.guild.id)).named_ids

    async def test_what_was_deleted_unseen_is_dropped_before_it_is_shown(self, server):
        await server.services.servers.change(server.guild.id, lambda _: gone(server))
        shown = await decide(server, "show")
        assert f"Only in {server.square.mention}." in shown
        assert str(DELETED) not in shown

    async def test_no_refusal_names_a_channel_that_is_deleted(self, server):
        attic = server.guild.create_text_channel("attic")
        await server.env.settle()
        await server.services.servers.change(server.guild.id, lambda _: {"channels": (DELETED, attic.id)})
        said = await server.whispers(await server.submit())
        assert said == f"I don't dream in this channel. Ask me in {attic.mention}."

    async def test_who_is_refused_because_of_deleted_channels_alone_is_served(self, server):
        await server.services.servers.change(server.guild.id, lambda _: {"channels": (DELETED,)})
        await server.dreamed()

    async def test_a_channel_that_the_bot_cannot_see_stays(self, server, monkeypatch):
        await server.services.servers.change(server.guild.id, lambda _: {"channels": (DELETED,)})
        monkeypatch.setattr(server.bot.http, "get_channel", refuses(discord.Forbidden, 50001))
        assert f"Only in <#{DELETED}>." in await decide(server, "show")
        assert f"Ask me in <#{DELETED}>." in await server.whispers(await server.submit())

    async def test_nothing_is_dropped_of_a_server_that_is_not_available(self, server):
        await server.services.servers.change(server.guild.id, lambda _: gone(server))
        server.bot.get_guild(server.guild.id).unavailable = True
        await server.services.reconciler.reconcile(server.guild.id)
        assert DELETED in (await server.services.servers.rules(server.guild.id)).named_ids

    async def test_where_discord_takes_long_nobody_waits(self, server, monkeypatch):
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
        """All that is named here is there, but cannot be seen, so that only a manager can remove it."""
        monkeypatch.setattr(server.bot.http, "get_channel", refuses(discord.Forbidden, 50001))
        monkeypatch.setattr(server.bot.http, "get_role", refuses(discord.Forbidden, 50001))

    async def test_what_is_set_is_removed_by_its_id_or_as_it_is_mentioned(self, server):
        rules = {"channels": (1, 2), "roles": {3: AllowanceRules(dreams=1)}, "exempt": (3, 4)}
        await server.services.servers.change(server.guild.id, lambda _: rules)
        shown = await decide(server, "remove", entry="1")
        assert "Only in <#2>." in shown
        assert "In every channel." in await decide(server, "remove", entry=" <#2> ")
        assert "<@&3>" not in await decide(server, "remove", entry="<@&3>")
        assert "@&" not in await decide(server, "remove", entry="4")

    @pytest.mark.parametrize("nonsense", ["2", "studio", "<@1>", "1 1", "²", "1" * 40])
    async def test_what_is_not_set_is_refused_and_changes_nothing(self, server, nonsense):
        await server.services.servers.change(server.guild.id, lambda _: {"channels": (1,)})
        said = await decide(server, "remove", entry=nonsense)
        assert said == (
            f"“{nonsense}” is no channel or role that is set here. "
            "Choose one from the list that appears while you type."
        )
        assert "Only in <#1>." in await decide(server, "show")

    async def test_what_is_set_is_offered_while_one_types(self, server):
        friends = server.guild.create_role("Friends")
        await server.env.settle()
        rules = {"channels": (1, server.square.id), "roles": {2: AllowanceRules(dreams=1)}}
        rules["exempt"] = (2, friends.id)
        await server.services.servers.change(server.guild.id, lambda _: rules)

        async def offered(typed, who=server.manager):
            found = await who.autocomplete(server.square, "dream-settings remove", "entry", typed)
            return [(choice["name"], choice["value"]) for choice in found]

        square = (f"#square · {server.square.id}", str(server.square.id))
        role = (f"@Friends · {friends.id}", str(friends.id))
        assert await offered("") == [("#1", "1"), square, ("@2", "2"), role]
        assert await offered("SQUARE") == [square]
        assert await offered(str(friends.id)) == [role]
        assert await offered("nothing") == []

    async def test_no_more_is_offered_than_discord_takes(self, server):
        await server.services.servers.change(server.guild.id, lambda _: {"channels": tuple(range(1, 40))})
        found = await server.manager.autocomplete(server.square, "dream-settings remove", "entry", "")
        assert len(found) == 25

    async def test_a_long_name_leaves_room_for_its_id(self, server):
        role = server.guild.create_role("R" * 100)
        await server.env.settle()
        await server.services.servers.change(server.guild.id, lambda _: {"exempt": (role.id,)})
        (found,) = await server.manager.autocomplete(server.square, "dream-settings remove", "entry", "")
        assert found["name"] == f"@{'R' * 70} · {role.id}"

    async def test_nothing_is_offered_to_who_may_not_manage_the_server(self, server):
        (command,) = [
            one for one in server.env.backend.commands[None].values() if one["name"] == "dream-settings"
        ]
        server.guild.set_command_permissions(int(command["id"]), {server.alice: True})
        await server.services.servers.change(server.guild.id, lambda _: {"channels": (1,)})
        assert not await server.alice.autocomplete(server.square, "dream-settings remove", "entry", "")


DELETED = 10**17


def gone(server):
    """Rules that name channels and roles that are deleted, and one channel that is not."""
    rules = AllowanceRules(dreams=1)
    return {"channels": (DELETED, server.square.id), "roles": {DELETED + 1: rules}, "exempt": (DELETED + 2,)}


def refuses(kind, code):
    """What Discord's API answers where it refuses."""

    async def refuse(*_):
        raise kind(SimpleNamespace(status=403, reason="Forbidden"), {"code": code, "message": "No"})

    return refuse
