import asyncio

import pytest

from bot.background import Background
from bot.delivery import live_card
from bot.delivery.live_card import LiveCard
from bot.delivery.retry import BusyError, ExpiredError, ForbiddenError, GoneError
from tests.bot.records import a_reply

RETRY_SECONDS = 20.0


class DiscordTransport:
    """Notes what is shown; an edit lasts until it is let through, and may come to nothing."""

    def __init__(self):
        self.shown = []
        self.begun = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self.troubles = []
        self.shut = ExpiredError()
        self.changed = asyncio.Event()

    async def edit(self, _, card):
        self.begun.set()
        await self.open.wait()
        self.changed.set()
        if self.troubles:
            raise self.troubles.pop(0)
        self.shown.append(card)

    async def edit_in_channel(self, _, card):
        self.changed.set()
        if self.shut is not None:
            raise self.shut
        self.shown.append(f"{card}, by the channel")

    async def shows(self, card):
        async with asyncio.timeout(RETRY_SECONDS):
            while card not in self.shown:
                await self.changed.wait()
                self.changed.clear()


@pytest.fixture
def transport():
    return DiscordTransport()


@pytest.fixture
async def make(transport):
    background = Background()
    yield lambda interval=0.001: LiveCard(a_reply(), transport, background, interval)
    await background.stop()


async def test_it_shows_what_it_is_given(make, transport):
    make().show(lambda: "one")
    await transport.shows("one")


async def test_while_an_edit_is_under_way_only_the_newest_waits(make, transport):
    card = make()
    transport.open.clear()
    card.show(lambda: "one")
    await transport.begun.wait()
    for number in range(100):
        card.show(lambda number=number: number)
    transport.open.set()
    await transport.shows(99)
    assert transport.shown == ["one", 99]


async def test_edits_keep_their_distance(make, transport):
    card = make(interval=3600.0)
    card.show(lambda: "one")
    await transport.shows("one")
    card.show(lambda: "two")
    await asyncio.sleep(0)
    assert transport.shown == ["one"]


async def test_the_same_is_not_shown_twice_in_a_row(make, transport):
    card = make()
    for _ in range(3):
        card.show(lambda: "one", key=(1, None))
        await transport.shows("one")
    card.show(lambda: "two", key=(2, None))
    await transport.shows("two")
    assert transport.shown == ["one", "two"]


async def test_what_was_closed_shows_nothing_any_more(make, transport):
    card = make()
    card.show(lambda: "one")
    await transport.shows("one")
    await card.close()
    card.show(lambda: "two")
    await asyncio.sleep(0)
    assert transport.shown == ["one"]


async def test_closing_lets_an_edit_that_is_under_way_arrive(make, transport):
    card = make()
    transport.open.clear()
    card.show(lambda: "one")
    await transport.begun.wait()
    closing = asyncio.create_task(card.close())
    await asyncio.sleep(0)
    assert not closing.done()
    transport.open.set()
    await closing
    assert transport.shown == ["one"]


async def test_closing_does_not_wait_long_for_one(make, transport, monkeypatch):
    monkeypatch.setattr(live_card, "_CLOSE_SECONDS", 0.01)
    card = make()
    transport.open.clear()
    card.show(lambda: "one")
    await transport.begun.wait()
    async with asyncio.timeout(RETRY_SECONDS):
        await card.close()
    assert transport.shown == []


async def test_closing_does_not_wait_for_the_next_edits_time(make, transport):
    card = make(interval=3600.0)
    card.show(lambda: "one")
    await transport.shows("one")
    card.show(lambda: "two")
    async with asyncio.timeout(RETRY_SECONDS):
        await card.close()


async def test_after_a_busy_moment_the_newest_is_shown(make, transport):
    card = make()
    transport.troubles = [BusyError(0.001), BusyError()]
    card.show(lambda: "one")
    await transport.shows("one")


async def test_a_deleted_message_is_noticed(make, transport):
    card = make()
    transport.troubles = [GoneError()]
    card.show(lambda: "one")
    async with asyncio.timeout(RETRY_SECONDS):
        await card.gone.wait()
    await card.close()


async def test_once_the_token_is_used_up_it_is_shown_as_the_bot_itself(make, transport):
    card = make()
    transport.troubles, transport.shut = [ExpiredError()], None
    card.show(lambda: "one")
    await transport.shows("one, by the channel")
    async with asyncio.timeout(RETRY_SECONDS):
        await card.answered.wait()
    assert not card.gone.is_set()


async def test_discord_is_not_asked_again_with_a_token_that_is_used_up(make, transport):
    card = make()
    transport.troubles, transport.shut = [ExpiredError()], None
    card.show(lambda: "one")
    await transport.shows("one, by the channel")
    card.show(lambda: "two")
    await transport.shows("two, by the channel")
    assert "two" not in transport.shown


async def test_an_answer_that_only_the_interaction_knows_is_not_taken_for_deleted(make, transport):
    card = make()
    transport.troubles, transport.shut = [ExpiredError()], GoneError()
    card.show(lambda: "one")
    await transport.begun.wait()
    await card.close()
    assert not card.gone.is_set()


async def test_it_tells_whether_an_edit_was_broken_off(make, transport, monkeypatch):
    monkeypatch.setattr(live_card, "_CLOSE_SECONDS", 0.0)
    card, other = make(), make()
    transport.open.clear()
    card.show(lambda: "one")
    await transport.begun.wait()
    assert await card.close()
    assert not await other.close()


@pytest.mark.parametrize("trouble", [ExpiredError(), ForbiddenError()])
async def test_where_nothing_can_be_shown_it_stops_trying(make, transport, trouble):
    card = make()
    transport.troubles = [trouble]
    card.show(lambda: "one")
    await transport.begun.wait()
    await card.close()
    assert transport.shown == []
    assert not card.gone.is_set()
