"""Each job has one live card, which closes before the answer replaces it."""

import asyncio

import pytest

from tests.bot.delivery.recording_transport import PICTURE, RecordedDelivery, a_card
from tests.bot.records import a_job, an_outcome


async def test_the_card_is_closed_before_the_dream_is_sent(delivery, notifier, transport):
    job = a_job()
    card = notifier.live_card(job)
    record = RecordedDelivery(transport)
    card.show(lambda: pytest.fail("the card came after the dream") if transport.arrived else a_card())
    await delivery.deliver(job, an_outcome(), PICTURE, record)
    assert transport.arrived[-1][1] == PICTURE
    assert card._task.done()
    assert card.answered.is_set()
    assert notifier.live_card(job) is not card
    await notifier.close_card(job)


async def test_a_closed_card_is_not_edited_any_more(notifier, transport):
    job = a_job()
    card = notifier.live_card(job)
    await notifier.close_card(job)
    card.show(a_card)
    await asyncio.sleep(0.01)
    assert card._task.done()
    assert transport.tried == []


async def test_each_job_has_its_own_card(notifier):
    one, two = a_job(), a_job()
    assert notifier.live_card(one) is notifier.live_card(one)
    assert notifier.live_card(one) is not notifier.live_card(two)
    await asyncio.gather(notifier.close_card(one), notifier.close_card(two))
