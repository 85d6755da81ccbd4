"""What is so at the moment when Prometheus asks."""

from collections.abc import Iterator, Mapping

import discord
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.jobs.runner import Runner
from bot.operations.workers import Workers


class GaugeCollector(Collector):
    """Asks those who know.

    Args:
        client: Knows its shards.
        runner: Knows its jobs.
        executor: Knows its workers.
    """

    def __init__(self, client: discord.AutoShardedClient, runner: Runner, executor: Workers) -> None:
        self._client = client
        self._runner = runner
        self._executor = executor

    def collect(self) -> Iterator[Metric]:
        """The gauges, and what others count."""
        waiting, dreaming = self._runner.load
        yield GaugeMetricFamily("dream_queue_length", "Jobs that wait for their turn.", waiting)
        yield GaugeMetricFamily("dream_dreaming", "Jobs that are being dreamed.", dreaming)
        yield GaugeMetricFamily("dream_active_users", "People with a job in either.", self._runner.people)
        yield GaugeMetricFamily("dream_workers", "Workers that are warm.", self._executor.ready)
        yield GaugeMetricFamily(
            "dream_capacity", "Dreams that can be worked on at once.", self._executor.capacity
        )
        yield CounterMetricFamily(
            "dream_worker_restarts", "Workers that had to be replaced.", self._executor.restarts
        )
        yield GaugeMetricFamily("dream_servers", "Servers that the bot is in.", len(self._client.guilds))
        shards = self._client.shards
        yield _by_shard(
            "dream_shard_connected",
            "Whether a shard is connected to the gateway.",
            {number: float(not shard.is_closed()) for number, shard in shards.items()},
        )
        yield _by_shard(
            "dream_shard_latency_seconds",
            "From a heartbeat to its acknowledgement.",
            {number: shard.latency for number, shard in shards.items()},
        )


def _by_shard(name: str, meaning: str, values: Mapping[int, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=("shard",))
    for number, value in values.items():
        family.add_metric((str(number),), value)
    return family
