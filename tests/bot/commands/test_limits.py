"""`/dream-settings limits` changes only the numbers that were given; the others follow the operator."""

import asyncio
from dataclasses import replace

import pytest

from bot.storage.servers import AllowanceRules
from tests.bot.commands.test_server_settings import change_settings

NAMES = {
    "dreams": "dreams",
    "minutes": "minutes",
    "burst": "burst",
    "waiting": "waiting",
    "at-once": "running",
}
"""The options of the command, and the fields of an allowance."""


async def allowance_of(server, *roles):
    rules = await server.services.servers.rules(server.guild.id)
    return rules.allowance_of([role.id for role in roles], server.settings.allowance)


@pytest.mark.parametrize("option", NAMES)
async def test_one_number_changes_alone(server, option):
    before = await allowance_of(server)
    await change_settings(server, "limits", **{option: 17})
    assert await allowance_of(server) == replace(before, **{NAMES[option]: 17})


@pytest.mark.parametrize("option", NAMES)
async def test_one_number_of_many_changes_alone(server, option):
    every = dict(zip(NAMES, (11, 12, 13, 14, 15), strict=True))
    await change_settings(server, "limits", **every)
    before = await allowance_of(server)
    assert (before.dreams, before.minutes, before.burst, before.waiting, before.running) == (
        11, 12, 13, 14, 15
    )  # fmt: skip
    await change_settings(server, "limits", **{option: 99})
    assert await allowance_of(server) == replace(before, **{NAMES[option]: 99})


@pytest.mark.parametrize("option", NAMES)
async def test_a_number_of_a_role_changes_alone(server, option):
    patrons, friends = server.guild.create_role("Patrons"), server.guild.create_role("Friends")
    await change_settings(server, "limits", dreams=2, waiting=9)
    await change_settings(server, "limits", minutes=30, role=friends)
    before = await allowance_of(server, patrons)
    await change_settings(server, "limits", role=patrons, **{option: 17})
    assert await allowance_of(server, patrons) == replace(before, **{NAMES[option]: 17})
    assert await allowance_of(server) == before
    assert await allowance_of(server, friends) == replace(before, minutes=30)


async def test_numbers_that_were_not_given_follow_the_operator(server):
    await change_settings(server, "limits", burst=8)
    server.settings = server.settings.model_copy(update={"dreams": 20, "waiting": 7, "burst": 2})
    await server.restart()
    shown = await change_settings(server, "show")
    assert "Everyone: 20 dreams per 10 minutes, up to 8 in a row, 7 waiting, 1 at the same time" in shown


async def test_numbers_of_a_role_that_were_not_given_follow_everyone_and_the_operator(server):
    patrons = server.guild.create_role("Patrons")
    await change_settings(server, "limits", waiting=9, role=patrons)
    await change_settings(server, "limits", burst=5)
    server.settings = server.settings.model_copy(update={"dreams": 20, "burst": 2, "waiting": 1})
    await server.restart()
    shown = await change_settings(server, "show")
    assert f"{patrons.mention}: 20 dreams per 10 minutes, up to 5 in a row, 9 waiting" in shown
    assert "Everyone: 20 dreams per 10 minutes, up to 5 in a row, 1 waiting" in shown


async def test_other_settings_do_not_touch_the_limits(server):
    patrons = server.guild.create_role("Patrons")
    await change_settings(server, "limits", dreams=2, burst=4)
    await change_settings(server, "limits", minutes=30, role=patrons)
    before = await server.services.servers.rules(server.guild.id)
    await change_settings(server, "size", size=256)
    await change_settings(server, "preset", preset="webs")
    await change_settings(server, "switch", on=True)
    await change_settings(server, "exempt", role=server.guild.create_role("Friends"))
    after = await server.services.servers.rules(server.guild.id)
    assert (after.allowance, after.roles) == (before.allowance, before.roles)


async def test_two_changes_at_once_keep_both_numbers(server):
    servers, none = server.services.servers, AllowanceRules()
    given = (AllowanceRules(dreams=2), AllowanceRules(burst=9), AllowanceRules(waiting=8))

    def changing(numbers):
        return lambda rules: {"allowance": (rules.allowance or none).updated(numbers)}

    await asyncio.gather(*(servers.change(server.guild.id, changing(numbers)) for numbers in given))
    assert await allowance_of(server) == replace(server.settings.allowance, dreams=2, burst=9, waiting=8)


async def test_a_default_that_was_given_stays_when_the_operators_changes(server):
    await change_settings(server, "limits", dreams=server.settings.dreams)
    server.settings = server.settings.model_copy(update={"dreams": 50})
    await server.restart()
    assert "Everyone: 6 dreams per 10 minutes" in await change_settings(server, "show")
    assert "Everyone: 50 dreams per 10 minutes" in await change_settings(server, "limits", reset=True)
