"""Motions in the simulated Discord: from the options to the delivered animation."""

import io

import pytest
from PIL import Image

from bot.models import State
from dream_engine.motion.clips import ClipLimits, read_clip

pytestmark = pytest.mark.settings(burst=20, waiting=20)

FRAMES = 8


def moving(frames: int = FRAMES, width: int = 64, height: int = 48) -> bytes:
    """A GIF in which a square wanders over a gradient."""
    pictures = []
    for number in range(frames):
        picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
        picture.paste("orange", (4 * number, 10, 4 * number + 16, 26))
        pictures.append(picture)
    buffer = io.BytesIO()
    pictures[0].save(buffer, "gif", save_all=True, append_images=pictures[1:], duration=100, loop=0)
    return buffer.getvalue()


def frames_of(animation: bytes) -> int:
    """The number of frames of an animation."""
    with read_clip(animation, ClipLimits(), fps=30, seconds=30, size=64) as clip:
        return sum(1 for _ in clip)


def kept_motions(server) -> set[str]:
    """The names of the folders with frames."""
    root = server.settings.data_dir / "motions"
    return {folder.name for folder in root.iterdir()} if root.exists() else set()


class TestDelivery:
    async def test_a_gif_is_answered_with_an_animation(self, server):
        server.script.at_once = True
        asked = await server.submit(content=moving(), name="wander.gif")
        answer = await server.answer(asked)
        content = server.content_of(answer)
        assert answer.attachments[0].filename.endswith(".webp")
        assert frames_of(content) == FRAMES
        job = await server.only_job()
        assert (job.state, job.motion, job.options.size) == (State.DELIVERED, "clip", 640)
        assert (job.outcome.motion, job.outcome.frames, job.outcome.reduced) == ("clip", FRAMES, ())
        assert job.outcome.fps == pytest.approx(10)

    async def test_the_card_shows_the_frames_that_are_finished(self, server):
        asked = await server.submit(content=moving(), name="wander.gif")
        chunk = await server.script.next_chunk()
        chunk.finish(4)
        await server.until_shown(asked, "50%", "4 of 8")
        chunk.finish(2)
        (await server.script.next_chunk()).finish()
        await server.answer(asked)
