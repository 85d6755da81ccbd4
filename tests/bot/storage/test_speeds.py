"""Storage of measured speeds."""

import pytest


async def test_the_latest_speed_is_stored(store):
    await store.speeds.save("lite0", "mild", 0.5)
    await store.speeds.save("lite0", "mild", 0.25)
    assert await store.speeds.all() == {("lite0", "mild"): 0.25}


@pytest.mark.parametrize("nonsense", ["fast", 9e999, 0, -1.0])
async def test_an_invalid_speed_is_ignored(store, nonsense, caplog):
    await store.speeds.save("lite0", "mild", 0.5)
    await store.speeds.save("lite0", "eyes", nonsense)
    assert await store.speeds.all() == {("lite0", "mild"): 0.5}
    assert "The speed of preset eyes on lite0 is unreadable" in caplog.text
