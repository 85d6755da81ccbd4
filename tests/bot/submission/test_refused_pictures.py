"""Refused pictures are deleted, and users who send only such pictures are paused."""

import pytest

from bot.errors import DownloadRefusal
from bot.models import State
from bot.submission.downloader import PictureDownloader
from dream_engine.errors import DamagedPictureError, TimeLimitError, TooManyBytesError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import text_of
from tests.bot.simulated_server import all_answers, picture

BREAK = "I couldn't read several of your pictures in a row"


def kept(server):
    """The number of stored picture files."""
    folder = server.settings.data_dir / "pictures"
    return len(list(folder.iterdir())) if folder.exists() else 0


async def refused(server, who=None, number=0, error=None):
    """Submit a picture that the worker refuses; returns the text of the refusal."""
    asked = await server.submit(who, content=picture(100 + number, 80))
    (await server.script.next_dream()).fail(error or DamagedPictureError())
    said = await server.private_text(asked)
    await server.until_idle()
    return said


async def test_a_refused_picture_is_deleted(server):
    assert "damaged" in await refused(server)
    assert kept(server) == 0
    assert await server.services.pictures.bytes_kept() == 0
    assert not (await server.only_job()).digests


@pytest.mark.parametrize("error", [DreamCrashedError("KeyError"), TimeLimitError(seconds=5)])
async def test_a_picture_of_a_failed_dream_is_deleted(server, error):
    _, dream = await server.start_dream()
    dream.fail(error)
    await server.until_idle()
    assert kept(server) == 0


async def test_a_picture_of_a_cancelled_dream_is_deleted(server):
    await server.start_dream(server.bob)
    asked = await server.submit()
    await server.until_shown(asked, "You're next.")
    await server.alice.click(asked.response, label="Cancel")
    await server.until_shown(asked, "Cancelled:")
    await server.until_recorded()
    assert kept(server) == 1


async def test_a_refused_picture_that_another_job_needs_stays(server):
    await server.complete_dream(server.bob, content=picture(100, 80))
    before = kept(server)
    await refused(server)
    assert kept(server) == before
    job = await server.only_job(server.bob)
    assert await server.services.pictures.get(job.source) == picture(100, 80)


async def test_a_source_whose_guide_could_not_be_fetched_is_deleted(server, monkeypatch):
    fetch = PictureDownloader.fetch

    async def fail_second(downloader, url):
        if "guide" in url:
            raise TooManyBytesError(limit=1)
        return await fetch(downloader, url)

    monkeypatch.setattr(PictureDownloader, "fetch", fail_second)
    assert "I can't use the guide." in await server.private_text(
        await server.submit(guide=("guide.png", picture(colour="red")))
    )
    await server.until_recorded()
    assert kept(server) == 0


async def test_a_user_who_sends_only_bad_pictures_is_paused_and_told_so(server, monkeypatch):
    for number in range(5):
        assert "damaged" in await refused(server, number=number)
    asked = await server.submit()
    assert BREAK in await server.private_text(asked)
    assert "<t:" in await server.private_text(asked)
    assert server.script.is_idle
    await server.complete_dream(server.bob)
    assert len(await server.services.store.of_user(server.alice.id, *State)) == 5


@pytest.mark.settings(burst=20)
async def test_the_buttons_of_a_dream_work_during_the_pause(server):
    answer = await server.complete_dream()
    for number in range(5):
        await refused(server, number=number)
    assert BREAK in await server.private_text(await server.submit())
    await server.alice.click(answer, label="Reroll")
    await server.script.next_dream()


@pytest.mark.settings(burst=20)
async def test_a_successful_dream_resets_the_count(server):
    for number in range(4):
        await refused(server, number=number)
    await server.complete_dream()
    for number in range(4):
        assert "damaged" in await refused(server, number=number)
    await server.complete_dream()


async def test_neither_a_restart_nor_forget_me_resets_the_count(server):
    for number in range(5):
        await refused(server, number=number)
    await server.forget(server.alice)
    await server.restart()
    assert BREAK in await server.private_text(await server.submit())


async def test_an_exempt_user_is_paused_too(server):
    role = server.guild.create_role("exempt")
    await server.manager.slash(server.general, "dream-settings exempt", role=role)
    somebody = server.add_member("somebody", roles=[role])
    for number in range(5):
        await refused(server, somebody, number)
    assert BREAK in await server.private_text(await server.submit(somebody))


async def test_a_missing_avatar_counts_too(server):
    star = server.guild.add_member(server.env.create_user("star", avatar="0123456789abcdef0123456789abcdef"))
    for _ in range(5):
        asked = await server.alice.context_menu(server.general, "Dream avatar", star)
        assert "couldn't get that picture" in await server.private_text(asked)
    assert BREAK in await server.private_text(await server.submit())


async def test_a_failing_file_host_does_not_count(server, monkeypatch):
    async def fail(_):
        raise DownloadRefusal

    with monkeypatch.context() as trouble:
        trouble.setattr(server.services.downloader, "fetch", fail)
        for _ in range(6):
            assert "couldn't get that picture" in await server.private_text(await server.submit())
    await server.complete_dream()


async def test_a_picture_refused_before_its_download_does_not_count(server):
    for _ in range(6):
        await server.private_text(await server.submit(layer="mixed9"))
    await server.complete_dream()


@pytest.mark.settings(keep_megabytes=0.05)
async def test_bad_pictures_evict_no_good_ones_and_never_exceed_the_limit(server):
    await server.complete_dream(server.bob, content=picture(100, 80))
    job = await server.only_job(server.bob)
    for number in range(4):
        bulky = picture(90 + number, 60) + bytes(30_000)
        asked = await server.submit(content=bulky)
        (await server.script.next_dream()).fail(DamagedPictureError())
        await server.private_text(asked)
        assert await server.services.pictures.bytes_kept() <= 50_000
    await server.until_idle()
    assert await server.services.pictures.get(job.source) == picture(100, 80)


@pytest.mark.settings(keep_megabytes=0.05)
async def test_a_picture_without_storage_space_is_refused_and_costs_nothing(server):
    for number in range(server.settings.burst + 1):
        asked = await server.submit(content=picture(90 + number, 60) + bytes(60_000))
        assert "I'm out of storage space" in text_of(all_answers(asked)[-1])
    await server.complete_dream()
    assert await server.services.pictures.bytes_kept() <= 50_000


@pytest.mark.settings(keep_megabytes=0.05)
async def test_a_dream_without_storage_space_is_still_delivered(server):
    asked, dream = await server.start_dream(content=picture(90, 60) + bytes(45_000))
    dream.finish(picture(90, 60) + bytes(20_000))
    await server.answer(asked)
    job = await server.only_job(None, State.DELIVERED)
    assert job.dream is None
    assert await server.services.pictures.bytes_kept() <= 50_000
