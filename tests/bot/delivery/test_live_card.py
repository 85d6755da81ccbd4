"""A live card shows the newest content and stops when it is closed."""

import asyncio

import pytest

from bot.background import Background
from bot.delivery import live_card
from bot.delivery.live_card import LiveCard
from bot.delivery.retry import BusyError, ExpiredError, ForbiddenError, GoneError
from tests.bot.records import a_reply

RETRY_SECONDS = 20.0


class FakeTransport:
    """Records the cards; a test can hold an edit back or make it fail."""

    def __init__(self):
        self.shown = []
        self.edit_started = asyncio.Event()
        self.may_finish = asyncio.Event()
        self.may_finish.set()
        self.errors = []
        self.channel_error = ExpiredError()
        self.changed = asyncio.Event()

    async def edit(self, _, card):
        self.edit_started.set()
        await self.may_finish.wait()
        self.changed.set()
        if self.errors:
            raise self.errors.pop(0)
        self.shown.append(card)

    async def edit_in_channel(self, _, card):
        self.changed.set()
        if self.channel_error is not None:
            raise self.channel_error
        self.shown.append(f"{card}, in the channel")

    async def until_shown(self, card):
        async with asyncio.timeout(RETRY_SECONDS):
            while card not in self.shown:
                await self.changed.wait()
                self.changed.clear()


@pytest.fixture
def transport():
    return FakeTransport()


@pytest.fixture
async def make(transport):
    background = Background()
    yield lambda interval=0.001: LiveCard(a_reply(), transport, background, interval)
    await background.stop()


async def test_a_card_shows_the_given_content(make, transport):
    make().show(lambda: "one")
    await transport.until_shown("one")


async def test_only_the_newest_content_waits_for_a_running_edit(make, transport):
    card = make()
    transport.may_finish.clear()
    card.show(lambda: "one")
    await transport.edit_started.wait()
    for number in range(100):
        card.show(lambda number=number: number)
    transport.may_finish.set()
    await transport.until_shown(99)
    assert transport.shown == ["one", 99]


async def test_two_edits_are_an_interval_apart(make, transport):
    card = make(interval=3600.0)
    card.show(lambda: "one")
    await transport.until_shown("one")
    card.show(lambda: "two")
    await asyncio.sleep(0)
    assert transport.shown == ["one"]


async def test_the_same_content_is_not_shown_twice_in_a_row(make, transport):
    card = make()
    for _ in range(3):
        card.show(lambda: "one", key=(1, None))
        await transport.until_shown("one")
    card.show(lambda: "two", key=(2, None))
    await transport.until_shown("two")
    assert transport.shown == ["one", "two"]


async def test_a_closed_card_shows_nothing_more(make, transport):
    card = make()
    card.show(lambda: "one")
    await transport.until_shown("one")
    await card.close()
    card.show(lambda: "two")
    await asyncio.sleep(0)
    assert transport.shown == ["one"]


async def test_closing_waits_for_a_running_edit(make, transport):
    card = make()
    transport.may_finish.clear()
    card.show(lambda: "one")
    await transport.edit_started.wait()
    closing = asyncio.create_task(card.close())
    await asyncio.sleep(0)
    assert not closing.done()
    transport.may_finish.set()
    await closing
    assert transport.shown == ["one"]


async def test_closing_does_not_wait_long_for_a_running_edit(make, transport, monkeypatch):
    monkeypatch.setattr(live_card, "_CLOSE_SECONDS", 0.01)
    card = make()
    transport.may_finish.clear()
    card.show(lambda: "one")
    await transport.edit_started.wait()
    async with asyncio.timeout(RETRY_SECONDS):
        await card.close()
    assert transport.shown == []


async def test_closing_does_not_wait_for_the_next_edit(make, transport):
    card = make(interval=3600.0)
    card.show(lambda: "one")
    await transport.until_shown("one")
    card.show(lambda: "two")
    async with asyncio.timeout(RETRY_SECONDS):
        await card.close()


async def test_the_newest_content_is_shown_once_discord_is_no_longer_busy(make, transport):
    card = make()
    transport.errors = [BusyError(0.001), BusyError()]
    card.show(lambda: "one")
    await transport.until_shown("one")


async def test_a_deleted_message_is_noticed(make, transport):
    card = make()
    transport.errors = [GoneError()]
    card.show(lambda: "one")
    async with asyncio.timeout(RETRY_SECONDS):
        await card.gone.wait()
    await card.close()


async def test_the_bot_user_edits_the_card_once_the_token_has_expired(make, transport):
    card = make()
    transport.errors, transport.channel_error = [ExpiredError()], None
    card.show(lambda: "one")
    await transport.until_shown("one, in the channel")
    async with asyncio.timeout(RETRY_SECONDS):
        await card.answered.wait()
    assert not card.gone.is_set()


async def test_an_expired_token_is_not_used_again(make, transport):
    card = make()
    transport.errors, transport.channel_error = [ExpiredError()], None
    card.show(lambda: "one")
    await transport.until_shown("one, in the channel")
    card.show(lambda: "two")
    await transport.until_shown("two, in the channel")
    assert "two" not in transport.shown


async def test_an_answer_that_the_bot_user_cannot_see_does_not_count_as_deleted(make, transport):
    card = make()
    transport.errors, transport.channel_error = [ExpiredError()], GoneError()
    card.show(lambda: "one")
    await transport.edit_started.wait()
    await card.close()
    assert not card.gone.is_set()


async def test_closing_returns_whether_an_edit_was_interrupted(make, transport, monkeypatch):
    monkeypatch.setattr(live_card, "_CLOSE_SECONDS", 0.0)
    card, other = make(), make()
    transport.may_finish.clear()
    card.show(lambda: "one")
    await transport.edit_started.wait()
    assert await card.close()
    assert not await other.close()


@pytest.mark.parametrize("error", [ExpiredError(), ForbiddenError()])
async def test_a_card_that_cannot_be_edited_is_abandoned(make, transport, error):
    card = make()
    transport.errors = [error]
    card.show(lambda: "one")
    await transport.edit_started.wait()
    await card.close()
    assert transport.shown == []
    assert not card.gone.is_set()


class TestWaitingForAnAnswer:
    async def test_ends_when_discord_has_accepted_the_card(self, make, transport):
        card = make()
        transport.may_finish.clear()
        card.show(lambda: "one")
        waiting = asyncio.create_task(card.wait_until_answered(RETRY_SECONDS))
        await transport.edit_started.wait()
        assert not waiting.done()
        transport.may_finish.set()
        await waiting
        assert transport.shown == ["one"]

    async def test_ends_when_the_message_is_gone(self, make, transport):
        card = make()
        transport.errors.append(GoneError())
        card.show(lambda: "one")
        await card.wait_until_answered(3600.0)
        assert card.gone.is_set()

    async def test_ends_when_the_card_cannot_be_shown(self, make, transport):
        card = make()
        transport.errors.append(ForbiddenError())
        card.show(lambda: "one")
        await card.wait_until_answered(3600.0)
        assert not card.answered.is_set()

    async def test_ends_after_the_given_time(self, make, transport):
        card = make()
        transport.may_finish.clear()
        card.show(lambda: "one")
        await card.wait_until_answered(0.01)
        assert not card.answered.is_set()
