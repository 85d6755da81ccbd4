"""What those who manage a server decide, and what it does."""

import discord
import pytest
import simcord

from sandbox.simulation import text_of


async def decide(town, what, who=None, **options):
    """A manager's command; returns all decisions as they are shown."""
    asked = await (who or town.keeper).slash(town.square, f"dream-settings {what}", **options)
    assert asked.ephemeral
    return text_of(asked.response)


async def test_at_first_everything_is_the_bots_own(town):
    assert await decide(town, "show") == (
        "### Dreaming in this server\n"
        "It is switched on.\n"
        "In every channel.\n"
        "Default preset: Intense.\n"
        "Largest size: 2048 pixels.\n"
        "Every member: 6 dreams in 10 minutes, 3 saved up, 3 waiting, 1 at the same time."
    )


async def test_it_is_not_offered_to_those_who_may_not_manage_the_server(town):
    assert "dream-settings show" in town.keeper.available_commands(town.square)
    assert "dream-settings show" not in town.alice.available_commands(town.square)
    with pytest.raises(simcord.SetupError, match="not visible"):
        await town.moderator.slash(town.square, "dream-settings switch", on=False)


async def test_who_comes_by_an_exception_in_the_servers_own_rules_is_refused_all_the_same(town):
    (command,) = [
        found for found in town.env.backend.commands[None].values() if found["name"] == "dream-settings"
    ]
    town.guild.set_command_permissions(int(command["id"]), {town.alice: True})
    asked = await town.alice.slash(town.square, "dream-settings switch", on=False)
    assert text_of(asked.response) == "Only people who can manage this server can change that."
    assert "It is switched on." in await decide(town, "show")


async def test_it_needs_a_server(town):
    town.disguise["guild_id"] = None
    town.disguise["user"] = {
        "id": str(town.keeper.id),
        "username": "keeper",
        "avatar": None,
        "discriminator": "0",
    }
    asked = await town.keeper.slash(town.square, "dream-settings show")
    assert text_of(asked.response) == "That works only in a server that has invited me."


async def test_switched_off_nobody_dreams_and_switched_on_again_they_do(town):
    assert "It is switched off." in await decide(town, "switch", on=False)
    assert await town.whispers(await town.order()) == "Dreaming is switched off in this server."
    assert "It is switched on." in await decide(town, "switch", on=True)
    await town.dreamed()


async def test_switched_off_in_the_server_people_dream_in_direct_messages(town):
    await decide(town, "switch", on=False)
    await town.alice.user.slash("dream", image=("cat.png", b"never decoded here"))
    await town.script.begun()


async def test_with_channels_allowed_dreams_are_dreamed_there_only(town):
    studio, attic = (town.guild.create_text_channel(name) for name in ("studio", "attic"))
    assert f"Only in {studio.mention}." in await decide(town, "channel", channel=studio)
    shown = await decide(town, "channel", channel=attic)
    assert f"Only in {studio.mention} {attic.mention}." in shown
    refused = await town.whispers(await town.order())
    assert refused == f"I don't dream in this channel. Ask me in {studio.mention} {attic.mention}."
    await town.dreamed(where=studio)
    await decide(town, "channel", channel=studio, allowed=False)
    assert (
        await town.whispers(await town.order(where=studio))
        == f"I don't dream in this channel. Ask me in {attic.mention}."
    )
    assert "In every channel." in await decide(town, "channel", channel=attic, allowed=False)
    await town.dreamed()


async def test_an_allowed_channels_threads_are_allowed_as_well(town):
    studio = town.guild.create_text_channel("studio")
    await town.env.settle()
    await decide(town, "channel", channel=studio)
    for parent in (studio, town.square):
        channel = town.bot.get_channel(parent.id)
        with town.env.time_context():
            await channel.create_thread(name="talk", type=discord.ChannelType.public_thread)
    await town.env.settle()
    (inside,), (outside,) = studio.threads, town.square.threads
    await town.dreamed(where=inside)
    assert "I don't dream in this channel" in await town.whispers(await town.order(where=outside))


async def test_the_context_menus_and_the_buttons_obey_as_well(town):
    answer = await town.dreamed()
    studio = town.guild.create_text_channel("studio")
    await decide(town, "channel", channel=studio)
    asked = await town.alice.click(answer, label="Again")
    assert "I don't dream in this channel" in await town.whispers(asked)
    asked = await town.alice.context_menu(town.square, "Dream avatar", town.bob)
    assert "I don't dream in this channel" in await town.whispers(asked)


async def test_the_preset_of_who_names_none(town):
    assert "Default preset: Webs." in await decide(town, "preset", preset="webs")
    _, dream = await town.begun(town.alice)
    assert dream.request.preset == "webs"
    dream.finish()
    _, dream = await town.begun(town.alice, preset="mild")
    assert dream.request.preset == "mild"
    dream.finish()
    assert "Default preset: Intense." in await decide(town, "preset")
    _, dream = await town.begun(town.bob)
    assert dream.request.preset == "intense"


async def test_the_largest_size(town):
    assert "Largest size: 256 pixels." in await decide(town, "size", size=256)
    assert await town.whispers(await town.order(size=512)) == "The largest size here is 256 pixels."
    _, dream = await town.begun()
    assert dream.request.settings.size == 256  # of who named none
    assert "Largest size: 2048 pixels." in await decide(town, "size")
    dream.finish()
    await town.dreamed(size=512)


async def test_the_operators_largest_size_stays_the_largest(town):
    await decide(town, "size", size=8192)
    assert await town.whispers(await town.order(size=4096)) == "The largest size here is 2048 pixels."


async def test_a_dream_larger_than_is_allowed_since_is_dreamed_again_smaller(town):
    answer = await town.dreamed(size=512)
    await decide(town, "size", size=256)
    await town.alice.click(answer, label="Again")
    assert (await town.script.begun()).request.settings.size == 256


async def test_limits_for_everybody_are_counted_in_this_server_alone(town):
    await town.dreamed()
    shown = await decide(town, "limits", dreams=1, minutes=60, burst=1, waiting=2)
    assert "Every member: 1 dream in 60 minutes, 1 saved up, 2 waiting, 1 at the same time." in shown
    await town.dreamed()  # what was dreamed before counts elsewhere
    asked = await town.order()
    assert "You have dreamed a lot!" in await town.whispers(asked)
    await town.alice.user.slash("dream", image=("cat.png", b"never decoded here"))
    await town.script.begun()
    assert "Every member: 6 dreams in 10 minutes, 3 saved up, 3 waiting, 1 at the same time." in await decide(
        town, "limits"
    )


async def test_some_numbers_may_be_left_as_they_are(town):
    shown = await decide(town, "limits", burst=1)
    assert "Every member: 6 dreams in 10 minutes, 1 saved up, 3 waiting, 1 at the same time." in shown


async def test_limits_for_a_role(town):
    patrons = town.guild.create_role("Patrons")
    rich = town.somebody("rich", [patrons])
    await decide(town, "limits", burst=1)
    shown = await decide(town, "limits", burst=2, role=patrons)
    assert f"{patrons.mention}: 6 dreams in 10 minutes, 2 saved up, 3 waiting, 1 at the same time." in shown
    await town.dreamed(rich)
    await town.dreamed(rich)
    assert "dreamed a lot" in await town.whispers(await town.order(rich))
    await town.dreamed(town.alice)
    assert "dreamed a lot" in await town.whispers(await town.order(town.alice))
    assert patrons.mention not in await decide(town, "limits", role=patrons)


async def test_an_exempt_role_has_no_limits_until_it_is_bound_again(town):
    friends = town.guild.create_role("Friends")
    friend = town.somebody("friend", [friends])
    assert f"{friends.mention}: no limits." in await decide(town, "exempt", role=friends)
    for _ in range(5):
        await town.dreamed(friend)
    await town.begun(friend)
    for _ in range(5):
        asked = await town.order(friend)
        await town.says(asked, "queue") if _ else await town.says(asked, "next")
    assert friends.mention not in await decide(town, "exempt", role=friends, exempt=False)
    assert "waiting already" in await town.whispers(await town.order(friend))


async def test_decisions_outlive_a_restart(town):
    await decide(town, "preset", preset="webs")
    await town.restart()
    assert "Default preset: Webs." in await decide(town, "show")


async def test_decisions_of_one_server_mean_nothing_in_another(town):
    await decide(town, "switch", on=False)
    elsewhere = town.env.create_guild("Elsewhere")
    channel, guest = (
        elsewhere.create_text_channel("hall"),
        elsewhere.add_member(town.env.create_user("guest")),
    )
    await town.dreamed(guest, where=channel)


async def test_many_decisions_still_fit_into_one_answer(town):
    many = tuple(10**17 + number for number in range(400))
    await town.parts.servers.change(town.guild.id, lambda _: {"channels": many})
    shown = await decide(town, "show")
    assert "It is switched on." in shown
    assert "{???}" not in shown
    assert len(shown) <= 4000
