"""Jobs and their parts, for tests without Discord."""

import io
from typing import Any

from PIL import Image

from bot.models import Job, Outcome, Reply, State, new_id
from bot.options import DreamOptions
from dream_engine.dreams import Dream, OctaveRecord
from dream_engine.settings import DreamSettings

NOW = 1_800_000_000.0
ALICE, BOB = 11, 22


class Clock:
    """A clock that only the test advances."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def a_reply(**differences: Any) -> Reply:
    """A public reply in a channel that the bot can write to."""
    defaults = {
        "application_id": 1,
        "token": "a-token",
        "expires_at": NOW + 900,
        "user_id": ALICE,
        "channel_id": 5,
        "message_id": 6,
        "reachable": True,
        "private": False,
        "max_bytes": 10_000_000,
        "locale": "en-GB",
    }
    return Reply(**{**defaults, **differences})


def a_job(user_id: int = ALICE, **differences: Any) -> Job:
    """A queued job."""
    defaults: dict[str, Any] = {
        "id": new_id(),
        "state": State.QUEUED,
        "user_id": user_id,
        "server_id": 3,
        "options": DreamOptions(preset="mild", seed=7, size=256),
        "reply": a_reply(user_id=user_id),
        "created_at": NOW,
        "work": 10.0,
        "bucket": 0,
    }
    return Job(**{**defaults, **differences})


def an_outcome(**differences: Any) -> Outcome:
    """The outcome of a finished dream."""
    defaults = {
        "layers": "block11/expand",
        "octaves": 3,
        "iterations": 12,
        "seed": 7,
        "seconds": 4.26,
        "height": 480,
        "width": 640,
        "file_format": "png",
        "dreamed_height": 480,
        "dreamed_width": 640,
    }
    return Outcome(**{**defaults, **differences})


def a_dream(image: bytes, **differences: Any) -> Dream:
    """A finished dream."""
    defaults: dict[str, Any] = {
        "file_format": "png",
        "height": 480,
        "width": 640,
        "settings": DreamSettings(seed=7),
        "preset": "mild",
        "octaves": (OctaveRecord(480, 640, (1.0,), 1.0),),
        "seconds": 4.0,
        "precision": "float32",
    }
    return Dream(image=image, **{**defaults, **differences})


def noise(side: int) -> bytes:
    """A picture of random noise, which a PNG can hardly compress."""
    buffer = io.BytesIO()
    Image.effect_noise((side, side), 100).convert("RGB").save(buffer, "png")
    return buffer.getvalue()
