"""Whole conversations with a real worker, which decodes, dreams and encodes."""

import io

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from bot.models import State
from bot.settings import BotSettings
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.local.devices import CPU
from dream_engine.images import describe
from fake_discord.simcord_additions import labels_of, text_of
from tests.bot.simulated_server import Town, photograph, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUICK = {"preset": "mild", "iterations": 6, "octaves": 1, "size": 96}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def executor():
    async with LocalExecutor([CPU], warm=()) as executor:
        yield executor


@pytest_asyncio.fixture(loop_scope="module")
async def town(executor, tmp_path):
    settings = BotSettings(_env_file=None, data_dir=tmp_path / "data", source_megabytes=1.0)
    async with Town.populated(settings, executor) as town:
        yield town


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


async def test_from_the_photograph_to_the_dream_and_deeper(town):
    asked = await town.order(content=photograph(), name="photo.jpg", seed=5, **QUICK)
    answer = await town.answer(asked)
    content = town.content_of(answer)
    upright = pixels(photograph()).transpose(1, 0, 2)[:, ::-1]
    assert pixels(content).shape == upright.shape == (96, 64, 3)
    assert np.abs(pixels(content) - upright).mean() > 2
    assert b"Secret Camera" not in content
    assert describe(content)["settings"]["seed"] == 5
    assert "**Mild** · dreamed in" in text_of(answer)

    asked = await town.alice.click(answer, label="Deeper")
    deeper = await town.answer(asked)
    assert np.abs(pixels(town.content_of(deeper)) - pixels(content)).mean() > 1
    jobs = await town.parts.store.of_user(town.alice.id, State.DELIVERED)
    assert jobs[1].source == jobs[0].dream


async def test_the_same_seed_gives_the_same_dream(town):
    first, second = [
        town.content_of(await town.answer(await town.order(seed=7, keep_colour=True, **QUICK)))
        for _ in range(2)
    ]
    assert (pixels(first) == pixels(second)).all()


async def test_a_guide_makes_a_difference(town):
    guide = ("guide.png", picture(colour="orange"))
    plain, guided = [
        town.content_of(await town.answer(await town.order(seed=7, **QUICK, **options)))
        for options in ({}, {"guide": guide})
    ]
    assert (pixels(plain) != pixels(guided)).any()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"Dear bot, please dream this.", "That looks like a text, not like a picture that I can read."),
        (picture()[:60], "That picture is damaged"),
        (picture(16, 16), "I need at least 32 × 32."),
        (b"\x1f\x8b" + bytes(100), "a gzip archive"),
    ],
    ids=["text", "cut short", "tiny", "archive"],
)
async def test_what_cannot_be_dreamed_is_refused_by_the_worker_privately_and_for_free(town, content, says):
    for _ in range(4):
        asked = await town.order(content=content, **QUICK)
        assert says in await town.whispers(asked)
        await town.quiet()
    assert town.square.history(viewer=town.bob) == []


async def test_a_guide_that_is_no_picture_is_told_from_the_source(town):
    asked = await town.order(guide=("guide.png", b"Dear bot"), **QUICK)
    assert (await town.whispers(asked)).startswith("The guide cannot be used. That looks like a text")


async def test_a_running_dream_is_cancelled_and_the_worker_serves_the_next(town):
    asked = await town.order(preset="mild", iterations=500, octaves=1, size=96)
    await town.says(asked, "step")
    await town.alice.click(asked.response, label="Cancel")
    await town.says(asked, "cancelled")
    assert labels_of(asked.response) == []
    await town.answer(await town.order(**QUICK))


async def test_a_dream_is_finished_after_the_bot_was_killed(town):
    asked = await town.order(preset="mild", iterations=60, octaves=1, size=96, seed=3)
    await town.says(asked, "step")
    await town.restart(killed=True)
    answer = await town.answer(asked)
    assert describe(town.content_of(answer))["settings"]["iterations"] == 60
