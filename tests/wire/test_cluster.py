"""The bot whose dreams are dreamed on a Ray cluster of two machines, both of them this one."""

import pytest

from tests.wire.bot_process import BotProcess
from tests.wire.conftest import IN_NO_TIME, IN_SECONDS, SWIFT, answers_to, free_port, has_dream, is_growing

ray_cluster = pytest.importorskip("ray.cluster_utils")

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def cluster():
    """A head that dreams nothing, and a machine that does."""
    cluster = ray_cluster.Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    cluster.add_node(num_cpus=1)
    yield cluster
    cluster.shutdown()


async def test_a_machine_that_is_lost_in_mid_dream_costs_nobody_an_answer(
    discord_alone, tmp_path, cluster, cat, small_cat
):
    async with BotProcess(discord_alone, tmp_path, DREAM_EXECUTOR=cluster.address, **SWIFT) as bot:
        await bot.ready()
        small = {"image": discord_alone.attach(small_cat, "small.png")} | IN_NO_TIME
        first = await discord_alone.slash("dream", small, user=discord_alone.add_user("first"))
        await first.until(has_dream)
        large = {"image": discord_alone.attach(cat, "cat.jpg")} | IN_SECONDS
        running = await discord_alone.slash("dream", large, user=discord_alone.add_user("second"))
        await running.until(is_growing)
        (machine,) = cluster.worker_nodes
        cluster.add_node(num_cpus=1)
        cluster.remove_node(machine, allow_graceful=False)
        await running.until(has_dream, within=90)
        assert len(answers_to(discord_alone, running)) == 1
        bot.terminate()
        assert await bot.wait() == 0


async def test_a_cluster_that_is_not_there_is_one_line(discord_alone, tmp_path):
    address = f"127.0.0.1:{free_port()}"
    async with BotProcess(discord_alone, tmp_path, DREAM_EXECUTOR=address, **SWIFT) as bot:
        assert await bot.wait() == 69
        await bot.until_logged(f"No Ray cluster answers at {address}")
        assert "Traceback" not in bot.output
