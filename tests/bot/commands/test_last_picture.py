"""Where others may see a dream of the picture of someone's last dream."""

from types import SimpleNamespace

import pytest

from bot.commands._last_picture import is_private_here
from bot.models import Lender
from tests.bot.records import a_job

SERVER, CHANNEL = 3, 4


@pytest.mark.parametrize(
    ("was_private", "dreamed_in", "here", "is_private"),
    [
        (False, (SERVER, CHANNEL), (SERVER, CHANNEL), False),
        (False, (SERVER, CHANNEL), (SERVER, 5), False),
        (True, (SERVER, CHANNEL), (SERVER, CHANNEL), True),
        (False, (SERVER, CHANNEL), (6, CHANNEL), True),
        (False, (None, CHANNEL), (SERVER, CHANNEL), True),
        (False, (None, CHANNEL), (None, CHANNEL), False),
        (False, (None, CHANNEL), (None, 5), True),
        (False, (SERVER, CHANNEL), (None, 5), True),
    ],
)
def test_a_picture_is_public_only_where_its_dream_was(was_private, dreamed_in, here, is_private):
    job = a_job()
    reply = job.reply.model_copy(update=dict(zip(("server_id", "channel_id"), dreamed_in, strict=True)))
    options = job.options.model_copy(update={"private": was_private})
    interaction = SimpleNamespace(guild_id=here[0], channel_id=here[1])
    assert is_private_here(interaction, job.but(reply=reply, options=options)) is is_private


@pytest.mark.parametrize(("channel", "is_private"), [(CHANNEL, False), (5, True)])
def test_a_picture_of_somebody_else_is_public_only_in_its_channel(channel, is_private):
    job = a_job()
    reply = job.reply.model_copy(update={"server_id": SERVER, "channel_id": CHANNEL})
    lent = job.but(reply=reply, lenders=(Lender("0123456789abcdef", 7),))
    interaction = SimpleNamespace(guild_id=SERVER, channel_id=channel)
    assert is_private_here(interaction, lent) is is_private
