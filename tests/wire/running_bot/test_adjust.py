"""The form below a dream on the wire, from the click to the adjusted dream."""

import numpy as np
import pytest

from fake_discord.inspection import INSTANT_DREAM, has_dream, pixels

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("bot")]

FORM, THINKING = 9, 5


async def test_a_form_opens_at_once_and_its_submission_dreams(discord, person, picture, large_picture):
    dream = await discord.slash("dream", {"image": picture, "seed": 5} | INSTANT_DREAM, user=person)
    first = await dream.until(has_dream)
    form = await discord.click(dream.message, "Adjust…", user=person)
    opened = await form.acknowledged()
    assert opened.type == FORM
    assert opened.seconds < 3
    again = await (await discord.submit(form)).until(has_dream)
    assert np.array_equal(pixels(again.attachments[0].data), pixels(first.attachments[0].data))
    values = {"numbers": "Size: 96\nSeed: 6", "strength": ["2.0"], "guide": [large_picture]}
    submission = await discord.submit(form, values)
    acknowledgement = await submission.acknowledged()
    assert (acknowledgement.type, acknowledgement.ephemeral) == (THINKING, False)
    adjusted = await submission.until(has_dream)
    assert "Guided by a second picture" in adjusted.text
    details = await discord.click(submission.message, "Details", user=person)
    shown = (await details.until(lambda state: "**Seed:**" in state.text)).text
    assert "**Seed:** 6" in shown
    assert "96 × 64" in shown


async def test_an_unusable_number_is_refused_before_anybody_sees_it(discord, person, picture):
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    await dream.until(has_dream)
    form = await discord.click(dream.message, "Adjust…", user=person)
    submission = await discord.submit(form, {"numbers": "Size: huge"})
    assert (await submission.acknowledged()).ephemeral
    answer = await submission.until(lambda state: "a whole number from 32 to" in state.text)
    assert answer.ephemeral
