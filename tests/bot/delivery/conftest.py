"""Fixtures of the delivery tests: the services on top of a recording transport."""

import pytest

from bot.background import Background
from bot.delivery import notifier as notifier_module
from bot.delivery import routes as routes_module
from bot.delivery import service as service_module
from bot.delivery.live_cards import LiveCards
from bot.delivery.notifier import Notifier
from bot.delivery.sending import DreamSender
from bot.delivery.service import Delivery
from bot.texts import packaged_catalogue
from dream_engine.images.refitting import Refitter
from tests.bot.delivery.recording_transport import RecordingTransport


@pytest.fixture
def transport():
    return RecordingTransport()


@pytest.fixture
async def background():
    background = Background()
    yield background
    await background.stop()


@pytest.fixture
def live_cards(transport, background):
    return LiveCards(transport=transport, background=background, interval=0.001)


@pytest.fixture
def notifier(transport, live_cards):
    return Notifier(transport=transport, catalogue=packaged_catalogue(), live_cards=live_cards)


@pytest.fixture
def delivery(transport, live_cards, notifier, background):
    return Delivery(
        transport=transport,
        catalogue=packaged_catalogue(),
        live_cards=live_cards,
        sender=DreamSender(catalogue=packaged_catalogue(), refitter=Refitter(), animations=None),
        notifier=notifier,
        background=background,
    )


@pytest.fixture
def no_retries(monkeypatch):
    """Nothing is retried while Discord is busy."""
    monkeypatch.setattr(routes_module, "LONG_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(service_module, "LONG_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(service_module, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(notifier_module, "LONG_RETRY_SECONDS", 0.0)
