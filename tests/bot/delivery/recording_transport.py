"""A transport that records cards and fails on request, and a delivery record for the tests."""

import asyncio

from bot.delivery import cards
from bot.delivery.retry import ExpiredError, TooLargeError
from tests.bot.records import a_job, a_reply, an_outcome, noise

PICTURE = noise(120)


class RecordingTransport:
    """Records the cards that it sends.

    Attributes:
        arrived: The route, file content and text of each card that arrived.
        tried: The routes in the order of the attempts.
        channel_edits: The texts of the cards that were edited as the bot user.
        errors: The errors that routes raise, and under ``lookup`` the error of each lookup.
        max_bytes: The largest file that a route accepts.
        found_on: The routes on which a lookup finds the dream.
        lookups: The routes that were looked up.
        card_hangs: Whether the edit of a card without a file never ends.
        edit_started: Set once an edit has started.
        second_arrival: Set once two cards have arrived.
        dm_texts: The sentences that a lookup finds in the direct messages.
        answer: The interaction's answer.
    """

    def __init__(self):
        self.arrived = []
        self.tried = []
        self.channel_edits = []
        self.errors = {}
        self.max_bytes = 10**9
        self.found_on = set()
        self.lookups = []
        self.card_hangs = False
        self.edit_started = asyncio.Event()
        self.second_arrival = asyncio.Event()
        self.dm_texts = ()
        self.answer = None

    def _send(self, route, card):
        self.tried.append(route)
        if route in self.errors:
            raise self.errors[route]
        content = b"".join(file.fp.read() for file in card.files)
        if len(content) > self.max_bytes:
            raise TooLargeError
        self.arrived.append((route, content, str(card.view.to_components())))
        if len(self.arrived) > 1:
            self.second_arrival.set()

    async def edit(self, _, card):
        self.edit_started.set()
        if self.card_hangs and not card.files:
            await asyncio.Event().wait()
        self._send("interaction", card)

    async def edit_in_channel(self, reply, card):
        if reply.private or not reply.reachable:
            raise ExpiredError
        self.channel_edits.append(str(card.view.to_components()))
        if "channel" in self.errors:
            raise self.errors["channel"]

    async def send_to_channel(self, _, card, nonce):
        assert nonce
        self._send("channel", card)

    async def send_dm(self, _, card, nonce):
        assert nonce
        self._send("dm", card)

    async def send_privately(self, _, card):
        self._send("private", card)

    async def answer_privately(self, _, draw, __, *, send_first):
        self._send("answer privately", draw())
        self.send_first = send_first

    def _find_file(self, route, stem):
        assert stem.startswith("dream-")
        self.lookups.append(route)
        self._raise_lookup_error()
        return route in self.found_on

    def _raise_lookup_error(self):
        if "lookup" in self.errors:
            raise self.errors["lookup"]

    async def fetch_answer(self, _):
        self._raise_lookup_error()
        return self.answer

    async def answer_has_file(self, _, stem):
        return self._find_file("interaction", stem)

    async def channel_has_file(self, _, stem):
        return self._find_file("channel", stem)

    async def dm_has_file(self, _, stem):
        return self._find_file("dm", stem)

    async def dm_has_text(self, _, sentence):
        self._raise_lookup_error()
        return sentence in self.dm_texts


class RecordedDelivery:
    """Records the calls of a delivery, and the attempts, edits and arrivals before it."""

    def __init__(self, transport):
        self.transport = transport
        self.log = []

    async def attempt(self, route):
        self.log.append(("attempt", route, tuple(self.transport.tried)))

    async def end(self, state, outcome, pending_message=None):
        self.log.append(("end", state, pending_message))
        self.outcome = outcome
        self.channel_edits_before = tuple(self.transport.channel_edits)
        self.arrived_before = tuple(route for route, _, _ in self.transport.arrived)

    @property
    def ends(self):
        return [entry for entry in self.log if entry[0] == "end"]

    @property
    def state(self):
        ((_, state, _),) = self.ends
        return state

    @property
    def attempts(self):
        return [route for kind, route, _ in self.log if kind == "attempt"]


async def deliver(delivery, image=PICTURE, again=False, **reply):
    """Deliver a picture; returns the record."""
    record = RecordedDelivery(delivery._transport)
    await delivery.deliver(a_job(reply=a_reply(**reply)), an_outcome(), image, record, again=again)
    return record


def a_card():
    """A card without a file."""
    return cards.ended("still here")
