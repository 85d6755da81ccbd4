"""What is refused is not kept, and who sends nothing else is slowed, kindly."""

import pytest

from bot.errors import DownloadRefusal
from bot.models import State
from bot.submission.downloads import Intake
from dream_engine.errors import DamagedPictureError, TimeLimitError, TooManyBytesError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import text_of
from tests.bot.simulated_server import all_answers, picture

BREAK = "Several of your pictures in a row were none that I can dream"


def kept(town):
    """How many pictures are kept, as files and in the store's books."""
    folder = town.settings.data_dir / "pictures"
    return len(list(folder.iterdir())) if folder.exists() else 0


async def refused(town, who=None, number=0, error=None):
    """Somebody's picture that is refused when it is dreamed; returns what they are told."""
    asked = await town.order(who, content=picture(100 + number, 80))
    (await town.script.begun()).fail(error or DamagedPictureError())
    said = await town.whispers(asked)
    await town.quiet()
    return said


async def test_a_picture_that_cannot_be_dreamed_is_not_kept(town):
    assert "damaged" in await refused(town)
    assert kept(town) == 0
    assert await town.parts.pictures.bytes_kept() == 0
    assert not (await town.only_job()).digests


@pytest.mark.parametrize("error", [DreamCrashedError("KeyError"), TimeLimitError(seconds=5)])
async def test_nor_is_one_that_came_to_no_dream_for_another_reason(town, error):
    _, dream = await town.begun()
    dream.fail(error)
    await town.quiet()
    assert kept(town) == 0


async def test_nor_is_one_that_was_cancelled(town):
    await town.begun(town.bob)
    asked = await town.order()
    await town.says(asked, "You are next.")
    await town.alice.click(asked.response, label="Cancel")
    await town.says(asked, "cancelled")
    await town.over()
    assert kept(town) == 1


async def test_one_that_another_job_needs_stays(town):
    await town.dreamed(town.bob, content=picture(100, 80))
    before = kept(town)
    await refused(town)
    assert kept(town) == before
    job = await town.only_job(town.bob)
    assert await town.parts.pictures.get(job.source) == picture(100, 80)


async def test_a_source_whose_guide_could_not_be_fetched_is_not_kept(town, monkeypatch):
    fetch = Intake.fetch

    async def fail_second(intake, url):
        if "guide" in url:
            raise TooManyBytesError(limit=1)
        return await fetch(intake, url)

    monkeypatch.setattr(Intake, "fetch", fail_second)
    assert "The guide cannot be used." in await town.whispers(
        await town.order(guide=("guide.png", picture(colour="red")))
    )
    await town.over()
    assert kept(town) == 0


async def test_who_sends_only_such_pictures_is_slowed_and_told_so(town, monkeypatch):
    for number in range(5):
        assert "damaged" in await refused(town, number=number)
    asked = await town.order()
    assert BREAK in await town.whispers(asked)
    assert "<t:" in await town.whispers(asked)
    assert town.script.is_idle
    await town.dreamed(town.bob)
    assert len(await town.parts.store.of_user(town.alice.id, *State)) == 5


@pytest.mark.settings(burst=20)
async def test_the_buttons_below_a_dream_work_meanwhile(town):
    answer = await town.dreamed()
    for number in range(5):
        await refused(town, number=number)
    assert BREAK in await town.whispers(await town.order())
    await town.alice.click(answer, label="Again")
    await town.script.begun()


@pytest.mark.settings(burst=20)
async def test_a_dream_forgives(town):
    for number in range(4):
        await refused(town, number=number)
    await town.dreamed()
    for number in range(4):
        assert "damaged" in await refused(town, number=number)
    await town.dreamed()


async def test_a_restart_and_being_forgotten_forgive_nothing(town):
    for number in range(5):
        await refused(town, number=number)
    await town.alice.slash(town.square, "forget-me")
    await town.restart()
    assert BREAK in await town.whispers(await town.order())


async def test_who_is_free_of_all_limits_is_slowed_as_well(town):
    role = town.guild.create_role("exempt")
    await town.keeper.slash(town.square, "dream-settings exempt", role=role)
    somebody = town.somebody("somebody", roles=[role])
    for number in range(5):
        await refused(town, somebody, number)
    assert BREAK in await town.whispers(await town.order(somebody))


async def test_an_avatar_that_is_not_there_counts_as_well(town):
    star = town.guild.add_member(town.env.create_user("star", avatar="0123456789abcdef0123456789abcdef"))
    for _ in range(5):
        asked = await town.alice.context_menu(town.square, "Dream avatar", star)
        assert "could not fetch" in await town.whispers(asked)
    assert BREAK in await town.whispers(await town.order())


async def test_a_file_host_that_is_in_trouble_is_nobodys_mistake(town, monkeypatch):
    async def fail(_):
        raise DownloadRefusal

    with monkeypatch.context() as trouble:
        trouble.setattr(town.parts.intake, "fetch", fail)
        for _ in range(6):
            assert "could not fetch" in await town.whispers(await town.order())
    await town.dreamed()


async def test_what_is_refused_before_it_is_fetched_is_no_mistake(town):
    for _ in range(6):
        await town.whispers(await town.order(size=4096))
    await town.dreamed()


@pytest.mark.settings(keep_megabytes=0.05)
async def test_bad_pictures_push_out_nobodys_good_one_and_the_bound_always_holds(town):
    await town.dreamed(town.bob, content=picture(100, 80))
    job = await town.only_job(town.bob)
    for number in range(4):
        bulky = picture(90 + number, 60) + bytes(30_000)
        asked = await town.order(content=bulky)
        (await town.script.begun()).fail(DamagedPictureError())
        await town.whispers(asked)
        assert await town.parts.pictures.bytes_kept() <= 50_000
    await town.quiet()
    assert await town.parts.pictures.get(job.source) == picture(100, 80)


@pytest.mark.settings(keep_megabytes=0.05)
async def test_a_picture_for_which_there_is_no_room_is_refused_and_costs_nothing(town):
    for number in range(town.settings.burst + 1):
        asked = await town.order(content=picture(90 + number, 60) + bytes(60_000))
        assert "I have no room to keep anything" in text_of(all_answers(asked)[-1])
    await town.dreamed()
    assert await town.parts.pictures.bytes_kept() <= 50_000


@pytest.mark.settings(keep_megabytes=0.05)
async def test_a_dream_for_which_there_is_no_room_is_delivered_all_the_same(town):
    asked, dream = await town.begun(content=picture(90, 60) + bytes(45_000))
    dream.finish(picture(90, 60) + bytes(20_000))
    await town.answer(asked)
    job = await town.only_job(None, State.DELIVERED)
    assert job.dream is None
    assert await town.parts.pictures.bytes_kept() <= 50_000
