"""Dreams with a real worker, which decodes, dreams and encodes."""

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
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.simulated_server import SimulatedServer, photograph, picture
from tests.dream_engine.motion.clip_files import video
from tests.moving import frames_of, moving

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUICK = {"preset": "mild", "iterations": 6, "octaves": 1, "size": 96}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def executor():
    async with LocalExecutor([CPU], workers=1, warm=()) as executor:
        yield executor


@pytest_asyncio.fixture(loop_scope="module")
async def server(executor, tmp_path):
    settings = BotSettings(_env_file=None, data_dir=tmp_path / "data", source_megabytes=1.0)
    async with SimulatedServer.populated(settings, executor) as server:
        yield server


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


async def test_a_photograph_is_dreamed_and_dreamed_deeper(server):
    asked = await server.submit(content=photograph(), name="photo.jpg", seed=5, **QUICK)
    answer = await server.answer(asked)
    content = server.content_of(answer)
    upright = pixels(photograph()).transpose(1, 0, 2)[:, ::-1]
    assert pixels(content).shape == upright.shape == (96, 64, 3)
    assert np.abs(pixels(content) - upright).mean() > 2
    assert b"Secret Camera" not in content
    assert describe(content)["settings"]["seed"] == 5
    assert "**Mild** · dreamed in" in text_of(answer)

    asked = await server.alice.click(answer, label="Deeper")
    deeper = await server.answer(asked)
    assert np.abs(pixels(server.content_of(deeper)) - pixels(content)).mean() > 1
    jobs = await server.services.store.of_user(server.alice.id, State.DELIVERED)
    assert jobs[1].source == jobs[0].dream


async def test_the_same_seed_gives_the_same_dream(server):
    first, second = [
        server.content_of(await server.answer(await server.submit(seed=7, keep_colour=True, **QUICK)))
        for _ in range(2)
    ]
    assert (pixels(first) == pixels(second)).all()


async def test_a_guide_changes_the_dream(server):
    guide = ("guide.png", picture(colour="orange"))
    plain, guided = [
        server.content_of(await server.answer(await server.submit(seed=7, **QUICK, **options)))
        for options in ({}, {"guide": guide})
    ]
    assert (pixels(plain) != pixels(guided)).any()


async def test_a_thing_is_dreamed_and_then_another(server):
    quick = {name: value for name, value in QUICK.items() if name != "preset"}
    answer = await server.answer(await server.submit(of="jellyfish", seed=7, **quick))
    assert "**jellyfish** · dreamed in" in text_of(answer)
    jellyfish = server.content_of(answer)
    assert describe(jellyfish)["settings"]["classes"] == {"jellyfish": 1.0}
    select = next(part["custom_id"] for part in parts_of(answer) if ":thing:" in part.get("custom_id", ""))
    answer = await server.answer(await server.alice.select(answer, ["tiger"], custom_id=select))
    assert "**tiger** · dreamed in" in text_of(answer)
    assert np.abs(pixels(server.content_of(answer)) - pixels(jellyfish)).mean() > 1


async def test_a_mask_confines_the_dream_to_its_white_part(server):
    mask = Image.new("L", (96, 64), "black")
    mask.paste("white", (48, 0, 96, 64))
    buffer = io.BytesIO()
    mask.save(buffer, "png")
    asked = await server.submit(mask=("mask.png", buffer.getvalue()), **QUICK)
    dream, source = pixels(server.content_of(await server.answer(asked))), pixels(picture())
    assert (dream[:, : dream.shape[1] // 2 - 1] == source[:, : source.shape[1] // 2 - 1]).all()
    assert (dream != source).any()


async def test_a_mask_of_another_aspect_is_refused_for_free(server):
    for _ in range(4):
        asked = await server.submit(mask=("mask.png", picture(64, 64)), **QUICK)
        assert (await server.private_text(asked)).startswith(
            "I can't use the mask. The mask is 64 × 64 pixels"
        )
        await server.until_idle()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"Dear bot, please dream this.", "That looks like a text file, not a picture I can read."),
        (picture()[:60], "That picture is damaged"),
        (picture(16, 16), "it needs to be at least 32 × 32."),
        (b"\x1f\x8b" + bytes(100), "a gzip archive"),
    ],
    ids=["text", "cut short", "tiny", "archive"],
)
async def test_an_unusable_picture_is_refused_by_the_worker_privately_and_for_free(server, content, says):
    for _ in range(4):
        asked = await server.submit(content=content, **QUICK)
        assert says in await server.private_text(asked)
        await server.until_idle()
    assert server.general.history(viewer=server.bob) == []


async def test_the_refusal_of_an_unusable_guide_names_the_guide(server):
    asked = await server.submit(guide=("guide.png", b"Dear bot"), **QUICK)
    assert (await server.private_text(asked)).startswith("I can't use the guide. That looks like a text file")


async def test_a_worker_serves_the_next_dream_after_a_cancellation(server):
    asked = await server.submit(preset="mild", iterations=500, octaves=1, size=96)
    await server.until_shown(asked, "%")
    await server.alice.click(asked.response, label="Cancel")
    await server.until_shown(asked, "Cancelled:")
    assert labels_of(asked.response) == ["Try again"]
    await server.answer(await server.submit(**QUICK))


async def test_a_dream_is_finished_after_the_bot_was_killed(server):
    asked = await server.submit(preset="mild", iterations=60, octaves=1, size=96, seed=3)
    await server.until_shown(asked, "%")
    await server.restart(killed=True)
    answer = await server.answer(asked)
    assert describe(server.content_of(answer))["settings"]["iterations"] == 60


@pytest.mark.parametrize("motion", ["grow", "morph", "zoom"])
async def test_a_still_picture_moves(server, motion):
    answer = await server.answer(await server.submit(**QUICK))
    (job,) = await server.services.store.of_user(server.alice.id, State.DELIVERED)
    update = {"motion": motion, "seconds": 2.0, "fps": 12.0, "iterations": 1}
    options = job.options.model_copy(update=update)
    await server.services.store.change(job, options=options)
    moving = await server.answer(await server.alice.click(answer, label="Reroll"))
    content = server.content_of(moving)
    assert frames_of(content) == 24
    assert describe(content)["motion"]["motion"] == motion
    jobs = await server.services.store.of_user(server.alice.id, State.DELIVERED)
    assert (jobs[1].motion, jobs[1].outcome.frames) == (motion, 24)


async def test_presets_are_compared_on_the_picture_of_the_last_dream(server):
    source = picture(320, 214)
    await server.answer(await server.submit(content=source, **QUICK))
    gallery = (await server.alice.slash(server.general, "presets")).response
    asked = await server.alice.click(gallery, label="Try these four on my picture")
    await server.until(lambda: len(asked.response.attachments) == 4)
    files = [server.env.backend.cdn.get(shown.url) for shown in asked.response.attachments]
    compared = [pixels(content) for content in files]
    assert {one.shape for one in compared} == {(301, 450, 3)}
    for index, one in enumerate(compared):
        assert all(np.abs(one - other).mean() > 2 for other in compared[index + 1 :])
    assert len(await server.services.store.of_user(server.alice.id, *State)) == 1


@pytest.mark.parametrize("kind", ["gif", "mp4"])
async def test_presets_are_compared_on_the_first_picture_of_a_clip(server, kind):
    content = moving(frames=2) if kind == "gif" else video([np.full((48, 64, 3), 90, np.uint8)] * 2)
    await server.answer(await server.submit(content=content, name=f"clip.{kind}", fps=5.0, **QUICK))
    gallery = (await server.alice.slash(server.general, "presets")).response
    asked = await server.alice.click(gallery, label="Try these four on my picture")
    await server.until(lambda: "dreaming" not in text_of(asked.response))
    assert len(asked.response.attachments) == 4
