"""What the bot counts and measures of itself, for Prometheus."""

from types import SimpleNamespace

import aiohttp
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.registry import Collector

from bot.models import Job
from dream_engine.errors import DreamError

_DREAM_SECONDS = (1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640)
_QUEUE_SECONDS = (0.5, 1, 5, 15, 60, 180, 600, 1800, 3600)
_LAG_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """Everything that is counted and measured as it happens."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._jobs = Counter(
            "dream_jobs_ended",
            "Jobs that ended, by how: delivered, kept, cancelled, refused, failed or lost.",
            ("preset", "backbone", "result"),
            registry=self._registry,
        )
        self._queue_seconds = Histogram(
            "dream_queue_seconds",
            "From a request until its dream begins.",
            buckets=_QUEUE_SECONDS,
            registry=self._registry,
        )
        self._dreaming_seconds = Histogram(
            "dream_dreaming_seconds",
            "From a dream's beginning until its file is written.",
            ("preset", "backbone"),
            buckets=_DREAM_SECONDS,
            registry=self._registry,
        )
        self._refusals = Counter(
            "dream_refusals", "Requests that were refused, by reason.", ("reason",), registry=self._registry
        )
        self._lag = Histogram(
            "dream_loop_lag_seconds",
            "How late the event loop wakes its tasks.",
            buckets=_LAG_SECONDS,
            registry=self._registry,
        )
        self._rest = Counter(
            "dream_rest_responses",
            "What Discord's REST API answered, by status.",
            ("method", "status"),
            registry=self._registry,
        )
        self._rest_errors = Counter(
            "dream_rest_failures",
            "Requests to Discord's REST API that got no answer.",
            ("method",),
            registry=self._registry,
        )

    def job_ended(self, backbone: str, job: Job) -> None:
        """Count a job that is over, or whose dream is kept for its owner."""
        self._jobs.labels(job.options.preset, backbone, job.state.value).inc()

    def dream_began(self, waited: float) -> None:
        """A dream began, so many seconds after it was asked for."""
        self._queue_seconds.observe(waited)

    def dream_done(self, preset: str, backbone: str, seconds: float) -> None:
        """A dream was dreamed, in so many seconds."""
        self._dreaming_seconds.labels(preset, backbone).observe(seconds)

    def refused(self, error: DreamError) -> None:
        """Count a refusal under the name of its class."""
        name = type(error).__name__
        self._refusals.labels(name.removesuffix("Refusal").removesuffix("Error")).inc()

    def loop_lagged(self, seconds: float) -> None:
        """The event loop woke a task so late."""
        self._lag.observe(seconds)

    def rest_trace(self) -> aiohttp.TraceConfig:
        """What counts the answers of a session's requests."""
        trace = aiohttp.TraceConfig()

        async def answered(
            _: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestEndParams
        ) -> None:
            self._rest.labels(request.method, request.response.status).inc()

        async def failed(
            _: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestExceptionParams
        ) -> None:
            self._rest_errors.labels(request.method).inc()

        trace.on_request_end.append(answered)
        trace.on_request_exception.append(failed)
        return trace

    def add(self, collector: Collector) -> None:
        """From now on, tell also what a collector finds when it is asked."""
        self._registry.register(collector)

    def page(self) -> bytes:
        """All of it, in Prometheus's text format."""
        return generate_latest(self._registry)
