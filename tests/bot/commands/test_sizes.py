"""The option of a size names its largest value before the command is sent."""

import pytest
import simcord.backend.errors

from bot.app import new_client
from tests.bot.commands.test_server_settings import change_settings
from tests.bot.simulated_server import picture

LARGEST = "{} \u2013 the largest here"


async def offered_sizes(server, typed="", *, member=None, command="dream", channel=None):
    where = channel or server.general
    choices = await (member or server.alice).autocomplete(where, command, "size", typed)
    return {choice["name"]: choice["value"] for choice in choices}


@pytest.mark.settings(largest_size=1000)
@pytest.mark.parametrize("command", ["dream", "dream-settings size"])
async def test_discord_accepts_at_most_the_operators_largest_size(server, command):
    member = server.manager
    image = {"image": ("cat.png", picture())} if command == "dream" else {}
    with pytest.raises(simcord.backend.errors.OptionError, match="must be ≤ 1000, got 1001"):
        await member.slash(server.general, command, size=1001, **image)
    interaction = await member.slash(server.general, command, size=1000, **image)
    assert not interaction.followups


@pytest.mark.settings(largest_size=1000)
async def test_a_restart_with_another_largest_size_changes_the_command(server):
    server.settings = server.settings.model_copy(update={"largest_size": 500})
    await server.restart()
    with pytest.raises(simcord.backend.errors.OptionError, match="must be ≤ 500"):
        await server.submit(size=501)
    assert list(await offered_sizes(server))[-1] == LARGEST.format(500)


async def test_the_completion_ends_with_the_largest_size_of_the_server(server):
    sizes = await offered_sizes(server)
    assert sizes[LARGEST.format("2,048")] == 2048
    assert list(sizes.values()) == [256, 384, 512, 640, 768, 1024, 1280, 1536, 2048]
    await change_settings(server, "size", size=700)
    sizes = await offered_sizes(server)
    assert list(sizes.values()) == [256, 384, 512, 640, 700]
    assert list(sizes)[-1] == LARGEST.format(700)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("6", [640, 700]),
        ("600", [600, 700]),
        ("9000", [700]),
        ("700", [700]),
        ("4", [700]),
        ("-1", [700]),
        ("big", [700]),
        ("6,4", [64, 640, 700]),
        ("\uff19\uff19", [700]),
    ],
)
async def test_what_was_typed_is_offered_only_if_it_is_allowed(server, typed, offered):
    await change_settings(server, "size", size=700)
    assert list((await offered_sizes(server, typed)).values()) == offered


async def test_managers_are_offered_what_the_operator_allows(server):
    await change_settings(server, "size", size=700)
    sizes = await offered_sizes(server, member=server.manager, command="dream-settings size")
    assert list(sizes)[-1] == LARGEST.format("2,048")


async def test_the_completion_is_in_the_language_of_the_reader(server):
    server.locales[server.alice.id] = "ko"
    assert list(await offered_sizes(server))[-1] == "2,048 \u2013 여기서 가장 큰 크기"


@pytest.mark.parametrize(
    ("locale", "sizes"),
    [
        ("en-US", ["768", "1,024", "2,048 \u2013 the largest here"]),
        ("pt-BR", ["768", "1.024", "2.048 \u2013 o maior daqui"]),
        ("es-ES", ["768", "1024", "2048 \u2013 el máximo aquí"]),
    ],
)
async def test_sizes_have_the_separators_of_the_language(server, locale, sizes):
    server.locales[server.alice.id] = locale
    offered = await offered_sizes(server)
    assert [name for name, size in offered.items() if size in (768, 1024, 2048)] == sizes
    assert await offered_sizes(server, sizes[1]) == {sizes[1]: 1024, sizes[2]: 2048}


@pytest.mark.settings(largest_size=1000)
async def test_commands_of_two_bots_do_not_share_their_bounds(server):
    other = new_client(shard_count=1, largest_size=300)
    bounds = [
        next(option["max_value"] for option in command["options"] if option["name"] == "size")
        for command in (
            client.tree.get_command("dream").to_dict(client.tree) for client in (other, server.bot)
        )
    ]
    assert bounds == [300, 1000]
