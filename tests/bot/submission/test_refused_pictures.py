"""What is refused is not kept, and who sends nothing else is slowed, kindly."""

import pytest

from bot.errors import DownloadRefusal
from bot.models import State
from bot.submission.downloader import PictureDownloader
from dream_engine.errors import DamagedPictureError, TimeLimitError, TooManyBytesError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import text_of
from tests.bot.simulated_server import all_answers, picture

BREAK = "Several of your pictures in a row were none that I can dream"


def kept(server):
    """How many pictures are kept, as files and in the store's books."""
    folder = server.settings.data_dir / "pictures"
    return len(list(folder.iterdir())) if folder.exists() else 0


async def refused(server, who=None, number=0, error=None):
    """Somebody's picture that is refused when it is dreamed; returns what they are told."""
    asked = await server.submit(who, content=picture(100 + number, 80))
    (await server.script.begun()).fail(error or DamagedPictureError())
    said = await server.whispers(asked)
    await server.quiet()
    return said


async def test_a_picture_that_cannot_be_dreamed_is_not_kept(server):
    assert "damaged" in await refused(server)
    assert kept(server) == 0
    assert await server.services.pictures.bytes_kept() == 0
    assert not (await server.only_job()).digests


@pytest.mark.parametrize("error", [DreamCrashedError("KeyError"), TimeLimitError(seconds=5)])
async def test_nor_is_one_that_came_to_no_dream_for_another_reason(server, error):
    _, dream = await server.begun()
    dream.fail(error)
    await server.quiet()
    assert kept(server) == 0


async def test_nor_is_one_that_was_cancelled(server):
    await server.begun(server.bob)
    asked = await server.submit()
    await server.says(asked, "You are next.")
    await server.alice.click(asked.response, label="Cancel")
    await server.says(asked, "cancelled")
    await server.over()
    assert kept(server) == 1


async def test_one_that_another_job_needs_stays(server):
    await server.dreamed(server.bob, content=picture(100, 80))
    before = kept(server)
    await refused(server)
    assert kept(server) == before
    job = await server.only_job(server.bob)
    assert await server.services.pictures.get(job.source) == picture(100, 80)


async def test_a_source_whose_guide_could_not_be_fetched_is_not_kept(server, monkeypatch):
    fetch = PictureDownloader.fetch

    async def fail_second(downloader, url):
        if "guide" in url:
            raise TooManyBytesError(limit=1)
        return await fetch(downloader, url)

    monkeypatch.setattr(PictureDownloader, "fetch", fail_second)
    assert "The guide cannot be used." in await server.whispers(
        await server.submit(guide=("guide.png", picture(colour="red")))
    )
    await server.over()
    assert kept(server) == 0


async def test_who_sends_only_such_pictures_is_slowed_and_told_so(server, monkeypatch):
    for number in range(5):
        assert "damaged" in await refused(server, number=number)
    asked = await server.submit()
    assert BREAK in await server.whispers(asked)
    assert "<t:" in await server.whispers(asked)
    assert server.script.is_idle
    await server.dreamed(server.bob)
    assert len(await server.services.store.of_user(server.alice.id, *State)) == 5


@pytest.mark.settings(burst=20)
async def test_the_buttons_below_a_dream_work_meanwhile(server):
    answer = await server.dreamed()
    for number in range(5):
        await refused(server, number=number)
    assert BREAK in await server.whispers(await server.submit())
    await server.alice.click(answer, label="Again")
    await server.script.begun()


@pytest.mark.settings(burst=20)
async def test_a_dream_forgives(server):
    for number in range(4):
        await refused(server, number=number)
    await server.dreamed()
    for number in range(4):
        assert "damaged" in await refused(server, number=number)
    await server.dreamed()


async def test_a_restart_and_being_forgotten_forgive_nothing(server):
    for number in range(5):
        await refused(server, number=number)
    await server.alice.slash(server.square, "forget-me")
    await server.restart()
    assert BREAK in await server.whispers(await server.submit())


async def test_who_is_free_of_all_limits_is_slowed_as_well(server):
    role = server.guild.create_role("exempt")
    await server.manager.slash(server.square, "dream-settings exempt", role=role)
    somebody = server.somebody("somebody", roles=[role])
    for number in range(5):
        await refused(server, somebody, number)
    assert BREAK in await server.whispers(await server.submit(somebody))


async def test_an_avatar_that_is_not_there_counts_as_well(server):
    star = server.guild.add_member(server.env.create_user("star", avatar="0123456789abcdef0123456789abcdef"))
    for _ in range(5):
        asked = await server.alice.context_menu(server.square, "Dream avatar", star)
        assert "could not fetch" in await server.whispers(asked)
    assert BREAK in await server.whispers(await server.submit())


async def test_a_file_host_that_is_in_trouble_is_nobodys_mistake(server, monkeypatch):
    async def fail(_):
        raise DownloadRefusal

    with monkeypatch.context() as trouble:
        trouble.setattr(server.services.downloader, "fetch", fail)
        for _ in range(6):
            assert "could not fetch" in await server.whispers(await server.submit())
    await server.dreamed()


async def test_what_is_refused_before_it_is_fetched_is_no_mistake(server):
    for _ in range(6):
        await server.whispers(await server.submit(size=4096))
    await server.dreamed()


@pytest.mark.settings(keep_megabytes=0.05)
async def test_bad_pictures_push_out_nobodys_good_one_and_the_bound_always_holds(server):
    await server.dreamed(server.bob, content=picture(100, 80))
    job = await server.only_job(server.bob)
    for number in range(4):
        bulky = picture(90 + number, 60) + bytes(30_000)
        asked = await server.submit(content=bulky)
        (await server.script.begun()).fail(DamagedPictureError())
        await server.whispers(asked)
        assert await server.services.pictures.bytes_kept() <= 50_000
    await server.quiet()
    assert await server.services.pictures.get(job.source) == picture(100, 80)


@pytest.mark.settings(keep_megabytes=0.05)
async def test_a_picture_for_which_there_is_no_room_is_refused_and_costs_nothing(server):
    for number in range(server.settings.burst + 1):
        asked = await server.submit(content=picture(90 + number, 60) + bytes(60_000))
        assert "I have no room to keep anything" in text_of(all_answers(asked)[-1])
    await server.dreamed()
    assert await server.services.pictures.bytes_kept() <= 50_000


@pytest.mark.settings(keep_megabytes=0.05)
async def test_a_dream_for_which_there_is_no_room_is_delivered_all_the_same(server):
    asked, dream = await server.begun(content=picture(90, 60) + bytes(45_000))
    dream.finish(picture(90, 60) + bytes(20_000))
    await server.answer(asked)
    job = await server.only_job(None, State.DELIVERED)
    assert job.dream is None
    assert await server.services.pictures.bytes_kept() <= 50_000
