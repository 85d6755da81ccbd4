"""Admission of requests, and the contents of their jobs."""

import pytest

from bot.errors import (
    BlockedServerRefusal,
    ChannelRefusal,
    QueueFullRefusal,
    UnknownLayerRefusal,
)
from bot.models import State
from bot.options import DreamOptions
from bot.submission.requests import ImageRef
from dream_engine.errors import TooManyBytesError
from tests.bot.records import ALICE, BOB, NOW
from tests.bot.submission.scene import CAT, CHANNEL, GUIDE, MASK, ROLE, SERVER, Scene


@pytest.fixture
async def scene(tmp_path, database, settings_with, changes):
    scene = Scene(tmp_path / "pictures", database, settings_with(**changes))
    yield scene
    await scene.background.stop()


@pytest.mark.parametrize("declared_bytes", [None, 100])
async def test_urls_and_declared_sizes_are_checked(scene, declared_bytes):
    guide = ImageRef(url=GUIDE, declared_bytes=7)
    mask = ImageRef(url=MASK, declared_bytes=8)
    await scene.take(source=ImageRef(url=CAT, declared_bytes=declared_bytes), guide=guide, mask=mask)
    assert scene.downloader.checked == [(CAT, declared_bytes), (GUIDE, 7), (MASK, 8)]


async def test_a_request_that_is_refused_without_a_download_is_not_stored(scene):
    with pytest.raises(TooManyBytesError):
        await scene.take(source=ImageRef(url=CAT, declared_bytes=101))
    assert await scene.store.of_user(ALICE, *State) == []


async def test_contradictory_options_are_refused(scene):
    with pytest.raises(UnknownLayerRefusal):
        await scene.take(options=DreamOptions(preset="mild", layer="mixed9"))


async def test_blocked_users_and_other_channels_are_refused(scene):
    await scene.rules(channels=[CHANNEL + 1])
    with pytest.raises(ChannelRefusal):
        await scene.take()
    await scene.blocklist.add("server", SERVER)
    with pytest.raises(BlockedServerRefusal):
        await scene.take()


@pytest.mark.parametrize(
    ("rules", "roles", "bucket", "max_running"),
    [
        ({}, (), 0, 1),
        ({"allowance": {"running": 2}}, (), SERVER, 2),
        ({"roles": {ROLE: {"running": 4}}}, (ROLE,), SERVER, 4),
        ({"roles": {ROLE: {"running": 4}}}, (), SERVER, 1),
        ({"exempt": [ROLE]}, (ROLE,), None, 100),
    ],
    ids=str,
)
async def test_the_servers_rules_decide_the_bucket_and_the_running_jobs(
    scene, rules, roles, bucket, max_running
):
    await scene.rules(**rules)
    job = await scene.take(roles=roles)
    assert (job.bucket, job.max_running) == (bucket, max_running)


@pytest.mark.settings(queue=1)
async def test_a_full_queue_says_when_to_try_again(scene):
    await scene.take()
    with pytest.raises(QueueFullRefusal) as refusal:
        await scene.take(user_id=BOB)
    assert refusal.value.details == {"when": NOW + BOB}
