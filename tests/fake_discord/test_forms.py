"""Forms that the fake Discord checks as Discord does, and fills in as users do."""

import discord
import pytest
from discord import ui

from fake_discord.answers import Refused
from fake_discord.commands import Resolved
from fake_discord.forms import check_form, fill_form


def form(
    title="Adjust", *, labels=("A shade", "A name", "A file"), description="Any", options=("light", "dark")
):
    """A form of discord.py with a select, a text and a file."""
    made = ui.Modal(title=title, custom_id="form")
    shades = [discord.SelectOption(label=name, default=name == "dark") for name in options]
    components = [
        ui.Select(custom_id="shade", options=shades),
        ui.TextInput(custom_id="name", default="ada", required=False),
        ui.FileUpload(custom_id="file", required=False),
        *(ui.TextInput(custom_id=f"more {number}") for number in range(3)),
    ]
    described = [
        ui.Label(text=label, description=description, component=component)
        for label, component in zip(labels, components, strict=False)
    ]
    return made.to_dict() | {"components": [label.to_component_dict() for label in described]}


async def test_a_form_of_five_fields_is_accepted():
    check_form(form(labels="abcde"))


@pytest.mark.parametrize(
    ("unacceptable", "complaint"),
    [
        ({"labels": "abcdef"}, "1 to 5 labels"),
        ({"title": "a" * 46}, "1 to 45 characters"),
        ({"labels": ["a" * 46]}, "1 to 45 characters"),
        ({"description": "a" * 101}, "longer than 100"),
        ({"options": [f"{number}" for number in range(26)]}, "1 to 25 options"),
    ],
)
async def test_a_form_that_discord_would_refuse_is_refused(unacceptable, complaint):
    with pytest.raises(Refused) as refused:
        check_form(form(**unacceptable))
    assert complaint in str(refused.value.answer.body)


async def test_fields_that_are_not_given_stay_as_they_are_shown():
    filled = fill_form(form(), {}, Resolved(in_guild=True))
    values = [label["component"] for label in filled["components"]]
    assert [value.get("value", value.get("values")) for value in values] == [["dark"], "ada", []]


async def test_given_fields_are_filled_in(server, picture):
    resolved = Resolved(in_guild=True)
    filled = fill_form(form(), {"shade": ["light"], "name": "bob", "file": [picture]}, resolved)
    values = [label["component"] for label in filled["components"]]
    assert [value.get("value", value.get("values")) for value in values] == [
        ["light"],
        "bob",
        [str(picture.id)],
    ]
    assert filled["resolved"]["attachments"][str(picture.id)]["url"] == picture.url
