"""A cancelled dream can be tried again."""

import pytest

from bot.models import State
from fake_discord.simcord_additions import labels_of, text_of
from tests.bot.simulated_server import all_answers, picture

GUIDE, MASK = picture(colour="red"), picture(colour="white")
OPTIONS = {"preset": "mild", "strength": 2.0, "size": 64, "seed": 5, "keep_colour": True, "spoiler": True}


async def cancelled(server, **options):
    """Let Alice cancel a running dream; returns the interaction and the dream."""
    interaction, dream = await server.start_dream(**options)
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    await server.alice.click(interaction.response, label="Cancel")
    await server.until_shown(interaction, "Cancelled:")
    return interaction, dream


async def refusal(click):
    (refused,) = [message for message in all_answers(click) if message.ephemeral]
    return text_of(refused)


@pytest.mark.parametrize("restarted", [False, True])
async def test_the_same_dream_is_dreamed_again(server, restarted):
    interaction, dream = await cancelled(
        server, guide=("guide.png", GUIDE), mask=("mask.png", MASK), **OPTIONS
    )
    assert text_of(interaction.response) == "### Cancelled: Mild\nI stopped this dream."
    if restarted:
        await server.restart()
    click = await server.alice.click(interaction.response, label="Try again")
    again = await server.script.next_dream()
    assert again.request == dream.request
    assert (again.request.source, again.request.guide, again.request.mask) == (picture(), GUIDE, MASK)
    again.finish()
    answer = await server.answer(click)
    assert answer.attachments[0].filename.startswith("SPOILER_")
    assert answer.id != interaction.response.id


async def test_a_motion_moves_again(server):
    await server.start_dream(server.bob)
    interaction = await server.submit(preset="mild", motion="zoom", seconds=1.0, fps=8.0, format="gif")
    await server.until_shown(interaction, "next")
    await server.alice.click(interaction.response, label="Cancel")
    await server.until_shown(interaction, "### Cancelled: Mild · Zoom\n")
    again = await server.alice.click(interaction.response, label="Try again")
    await server.until_shown(again, "You're next.")
    first, second = await server.services.store.of_user(server.alice.id, *State)
    assert (second.options, second.motion) == (first.options, first.motion)


async def test_a_dream_that_was_cancelled_in_line_can_be_tried_again(server):
    await server.start_dream(server.bob)
    interaction = await server.submit(seed=7)
    await server.until_shown(interaction, "next")
    await server.alice.click(interaction.response, label="Cancel")
    said = await server.until_shown(interaction, "Cancelled:")
    assert said.endswith("I stopped this dream. It didn't cost you anything.")
    again = await server.alice.click(interaction.response, label="Try again")
    await server.until_shown(again, "You're next.")
    jobs = await server.services.store.of_user(server.alice.id, *State)
    assert [job.options.seed for job in jobs] == [7, 7]


async def test_a_private_dream_stays_private(server):
    interaction, _ = await cancelled(server, private=True)
    click = await server.alice.click(interaction.response, label="Try again")
    (await server.script.next_dream()).finish()
    assert (await server.answer(click)).ephemeral


@pytest.mark.parametrize("who", ["bob", "moderator"])
async def test_only_its_owner_tries_a_dream_again(server, who):
    interaction, _ = await cancelled(server)
    click = await getattr(server, who).click(interaction.response, label="Try again")
    assert "That dream belongs to someone else." in await refusal(click)
    assert len(server.script.dreams) == 1


async def test_its_owner_tries_again_what_a_moderator_has_cancelled(server):
    interaction, dream = await server.start_dream(seed=3)
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    await server.moderator.click(interaction.response, label="Cancel")
    await server.until_shown(interaction, "Cancelled:")
    await server.alice.click(interaction.response, label="Try again")
    assert (await server.script.next_dream()).request.settings.seed == 3


@pytest.mark.settings(burst=2)
async def test_trying_again_costs_as_usual(server):
    interaction, _ = await cancelled(server)
    await server.alice.click(interaction.response, label="Try again")
    (await server.script.next_dream()).finish()
    await server.until_idle()
    click = await server.alice.click(interaction.response, label="Try again")
    assert "You've used up your dreams for now." in await refusal(click)


async def test_a_source_that_is_no_longer_kept_is_refused(server):
    interaction, _ = await cancelled(server)
    server.services.pictures._clock = lambda: server.env.now().timestamp() + 3600.0
    assert await server.services.pictures.expire(3601.0, 1e9) == 0  # as long as that of a finished dream
    assert await server.services.pictures.expire(3599.0, 1e9) == 1
    click = await server.alice.click(interaction.response, label="Try again")
    assert "I no longer have that picture" in await refusal(click)


async def test_the_dreams_of_a_forgotten_owner_are_not_offered_again(server):
    interaction, dream = await server.start_dream()
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    waiting = await server.submit()
    await server.until_shown(waiting, "next")
    await server.forget(server.alice)
    for asked in (interaction, waiting):
        await server.until_shown(asked, "Cancelled:")
        assert labels_of(asked.response) == []


async def test_a_cancelled_dreams_picture_is_forgotten_with_its_owner(server):
    interaction, _ = await cancelled(server)
    await server.forget(server.alice)
    assert await server.services.pictures.bytes_kept() == 0
    click = await server.alice.click(interaction.response, label="Try again")
    assert "I no longer have that picture" in await refusal(click)


async def test_a_blocked_owner_is_refused(server):
    interaction, _ = await cancelled(server)
    await server.services.blocklist.add("user", server.alice.id)
    click = await server.alice.click(interaction.response, label="Try again")
    assert await refusal(click) == "The bot's operator has blocked you."


async def test_the_texts_are_in_the_language_of_whoever_clicks(server):
    server.locales[server.alice.id] = server.locales[server.bob.id] = "ko"
    interaction, dream = await server.start_dream()
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    await server.alice.click(interaction.response, label="취소")
    assert await server.until_shown(interaction, "취소됨: 강렬하게") == "### 취소됨: 강렬하게\n꿈을 멈췄어요."
    click = await server.bob.click(interaction.response, label="다시 시도")
    assert (await refusal(click)).startswith("다른 사람의 꿈이에요.")
