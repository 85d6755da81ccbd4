"""The bot's Prometheus counters and histograms."""

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

from bot.models import Job, Outcome
from dream_engine.errors import DreamError

_DREAM_SECONDS = (1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640)
_QUEUE_SECONDS = (0.5, 1, 5, 15, 60, 180, 600, 1800, 3600)
_MOTION_SECONDS = (1, 5, 15, 30, 60, 180, 600, 1800, 3600)
_COMPARISON_SECONDS = (1, 2.5, 5, 10, 20, 40, 80)
_LAG_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """Records events in counters and histograms."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._jobs = Counter(
            "dream_jobs_ended",
            "Jobs that ended, by result: delivered, kept, cancelled, refused, failed or lost.",
            ("preset", "backbone", "result"),
            registry=self._registry,
        )
        self._queue_seconds = Histogram(
            "dream_queue_seconds",
            "Seconds from a request to the start of its dream.",
            buckets=_QUEUE_SECONDS,
            registry=self._registry,
        )
        self._dreaming_seconds = Histogram(
            "dream_dreaming_seconds",
            "Seconds from the start of a dream to its finished file.",
            ("preset", "backbone"),
            buckets=_DREAM_SECONDS,
            registry=self._registry,
        )
        self._motion_seconds = Histogram(
            "dream_motion_seconds",
            "Seconds from the start of a motion, or its continuation after a restart, to its finished file.",
            ("motion",),
            buckets=_MOTION_SECONDS,
            registry=self._registry,
        )
        self._motion_frames = Counter(
            "dream_motion_frames", "Frames of finished animations.", ("motion",), registry=self._registry
        )
        self._comparison_seconds = Histogram(
            "dream_comparison_seconds",
            "Seconds that finished comparisons of presets took, waiting for jobs in between included.",
            buckets=_COMPARISON_SECONDS,
            registry=self._registry,
        )
        self._refusals = Counter(
            "dream_refusals", "Refused requests, by reason.", ("reason",), registry=self._registry
        )
        self._lag = Histogram(
            "dream_loop_lag_seconds",
            "Seconds by which the event loop wakes its tasks too late.",
            buckets=_LAG_SECONDS,
            registry=self._registry,
        )
        self._rest = Counter(
            "dream_rest_responses",
            "Responses of Discord's REST API, by status.",
            ("method", "status"),
            registry=self._registry,
        )
        self._rest_errors = Counter(
            "dream_rest_failures",
            "Requests to Discord's REST API without a response.",
            ("method",),
            registry=self._registry,
        )

    def job_ended(self, backbone: str, job: Job) -> None:
        """Count a job that ended, or whose dream is kept for its owner."""
        self._jobs.labels(job.options.preset, backbone, job.state.value).inc()

    def dream_began(self, waited: float) -> None:
        """Observe the seconds between a request and the start of its dream."""
        self._queue_seconds.observe(waited)

    def dream_done(self, preset: str, backbone: str, seconds: float) -> None:
        """Observe the duration of a finished dream, in seconds."""
        self._dreaming_seconds.labels(preset, backbone).observe(seconds)

    def motion_done(self, outcome: Outcome) -> None:
        """Observe a finished motion."""
        self._motion_seconds.labels(outcome.motion).observe(outcome.seconds)
        self._motion_frames.labels(outcome.motion).inc(outcome.frames)

    def compared(self, seconds: float) -> None:
        """Observe the duration of a finished comparison of presets, in seconds."""
        self._comparison_seconds.observe(seconds)

    def refused(self, error: DreamError) -> None:
        """Count a refusal; its reason is the name of its class."""
        name = type(error).__name__
        self._refusals.labels(name.removesuffix("Refusal").removesuffix("Error")).inc()

    def loop_lagged(self, seconds: float) -> None:
        """Observe a delay of the event loop, in seconds."""
        self._lag.observe(seconds)

    def rest_trace(self) -> aiohttp.TraceConfig:
        """Return a trace that counts the responses and failures of a session's requests."""
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
        """Register a collector, whose metrics are read at every scrape."""
        self._registry.register(collector)

    def page(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        return generate_latest(self._registry)
