"""Prometheus collector for queue, worker and shard gauges."""

from collections.abc import Iterator, Mapping

import discord
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.jobs.runner import Runner
from bot.operations.worker_counts import WorkerCounts


class GaugeCollector(Collector):
    """Reads the current values of gauges whenever Prometheus scrapes them.

    Args:
        client: The source of the numbers of servers and shards.
        runner: The source of the numbers of jobs and users.
        executor: The source of the numbers of workers.
    """

    def __init__(self, *, client: discord.AutoShardedClient, runner: Runner, executor: WorkerCounts) -> None:
        self._client = client
        self._runner = runner
        self._executor = executor

    def collect(self) -> Iterator[Metric]:
        """Yield all gauges, and the executor's counter of restarts."""
        waiting, dreaming = self._runner.load
        yield GaugeMetricFamily("dream_queue_length", "Jobs that are waiting in the queue.", waiting)
        yield GaugeMetricFamily("dream_dreaming", "Jobs that are running.", dreaming)
        yield GaugeMetricFamily(
            "dream_active_users", "Users with a waiting or running job.", self._runner.people
        )
        yield GaugeMetricFamily("dream_workers", "Workers that are ready.", self._executor.ready)
        yield GaugeMetricFamily(
            "dream_capacity", "Dreams that can run at the same time.", self._executor.capacity
        )
        yield CounterMetricFamily(
            "dream_worker_restarts", "Workers that were replaced after a failure.", self._executor.restarts
        )
        yield GaugeMetricFamily(
            "dream_servers", "Servers that the bot is a member of.", len(self._client.guilds)
        )
        shards = self._client.shards
        yield _by_shard(
            "dream_shard_connected",
            "Whether a shard is connected to the gateway (1) or not (0).",
            {number: float(not shard.is_closed()) for number, shard in shards.items()},
        )
        yield _by_shard(
            "dream_shard_latency_seconds",
            "Seconds from a heartbeat to its acknowledgement.",
            {number: shard.latency for number, shard in shards.items()},
        )


def _by_shard(name: str, documentation: str, values: Mapping[int, float]) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=("shard",))
    for number, value in values.items():
        family.add_metric((str(number),), value)
    return family
