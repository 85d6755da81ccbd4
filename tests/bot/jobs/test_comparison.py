"""Comparisons of presets take only capacity that no job wants."""

import asyncio

import pytest

from bot.delivery.preset_categories import CATEGORIES
from bot.errors import ComparisonBusyRefusal, ShuttingDownRefusal
from bot.jobs.comparison import SIZE, quickened
from bot.options import DreamOptions
from dream_engine.errors import DamagedPictureError, TimeLimitError
from dream_engine.presets import PRESETS
from dream_engine.shapes import octave_shapes, work
from tests.bot.scripted_executor import ScriptedExecutor
from tests.bot.simulated_server import picture

FOUR = CATEGORIES["art"]


@pytest.fixture
def executor(request):
    return ScriptedExecutor(getattr(request, "param", 1))


@pytest.fixture
def comparer(server):
    return server.services.comparisons._comparer


def start(comparer):
    """Start a comparison in a task."""
    return asyncio.create_task(comparer.compare(picture(), FOUR))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_compared_dream_is_at_most_half_as_much_work(preset):
    options = DreamOptions(preset=preset, size=SIZE)
    settings = options.settings("efficientnet_lite0", 512, 512)
    quick = quickened(settings)
    shapes = octave_shapes((SIZE, SIZE), settings.octaves, settings.octave_scale)
    assert quick.iterations <= 8 <= settings.iterations
    assert work(shapes, quick.iterations) <= 0.8 * work(shapes, settings.iterations)
    assert settings.step_size <= quick.step_size <= 3 * settings.step_size
    assert quick.layers == settings.layers


@pytest.mark.parametrize(("executor", "at_once"), [(1, 1), (2, 2), (3, 3), (8, 4)], indirect=["executor"])
async def test_as_many_are_dreamed_at_once_as_workers_are_free(server, comparer, at_once):
    comparison = start(comparer)
    dreams = [await server.script.next_dream() for _ in range(at_once)]
    assert server.script.is_idle
    for dream in dreams:
        dream.finish()
    for _ in range(len(FOUR) - at_once):
        (await server.script.next_dream()).finish()
    assert len(await comparison) == len(FOUR)
    assert [dream.request.preset for dream in server.script.dreams] == list(FOUR)


@pytest.mark.parametrize("executor", [2], indirect=True)
async def test_a_running_job_keeps_its_worker(server, comparer):
    _, job = await server.start_dream()
    comparison = start(comparer)
    for _ in FOUR:
        small = await server.script.next_dream()
        assert server.script.is_idle
        small.finish()
    await comparison
    job.finish()
    await server.until_idle()


async def test_beside_a_motion_all_share_one_pause_between_chunks(server, comparer):
    await server.submit(motion="zoom")
    await server.script.next_chunk()
    comparison = start(comparer)
    for dream in [await server.script.next_dream() for _ in FOUR]:
        dream.finish()
    await comparison


async def test_the_bot_stops_comparisons_and_starts_no_more(server, comparer):
    running, waiting = start(comparer), start(comparer)
    small = await server.script.next_dream()
    await server.stop()
    for task in (running, waiting, start(comparer)):
        with pytest.raises(ShuttingDownRefusal):
            await task
    assert small.closed.is_set()


async def test_a_cancelled_comparison_stops_its_dream(server, comparer):
    comparison = start(comparer)
    small = await server.script.next_dream()
    comparison.cancel()
    with pytest.raises(asyncio.CancelledError):
        await comparison
    await asyncio.wait_for(small.closed.wait(), 5)


@pytest.mark.parametrize("executor", [1, 4], indirect=True)
@pytest.mark.parametrize(
    ("error", "raised"),
    [(DamagedPictureError(), DamagedPictureError), (TimeLimitError(seconds=30), ComparisonBusyRefusal)],
)
async def test_an_error_of_one_dream_ends_the_comparison(server, comparer, error, raised):
    comparison = start(comparer)
    (await server.script.next_dream()).fail(error)
    with pytest.raises(raised):
        await comparison
