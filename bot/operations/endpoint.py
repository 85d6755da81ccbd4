"""The HTTP server for health checks and metrics."""

import contextlib
import logging
from collections.abc import AsyncIterator

from aiohttp import web

from bot.operations.health import Health
from bot.settings import variable
from bot.telemetry.metrics import Metrics

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def monitoring_server(host: str, port: int, health: Health, metrics: Metrics) -> AsyncIterator[None]:
    """Serve ``/healthz``, ``/readyz`` and ``/metrics`` during the block.

    If the server cannot listen, the failure is logged, and the block runs without it.

    Args:
        host: The address to listen on.
        port: The port; 0 disables the server.
        health: The checks behind ``/readyz``.
        metrics: The metrics behind ``/metrics``.
    """
    if port == 0:
        yield
        return
    runner = web.AppRunner(_application(health, metrics), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        _log.info("Serving health and metrics at http://%s:%d.", host, port)
    except (OSError, ValueError, OverflowError) as error:  # invalid hosts raise ValueError
        _log.error(
            "Health and metrics cannot be served at %s:%d, set by %s and %s: %s",
            host,
            port,
            variable("http_host"),
            variable("http_port"),
            getattr(error, "strerror", None) or error,
        )
    try:
        yield
    finally:
        await runner.cleanup()


def _application(health: Health, metrics: Metrics) -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="The process lives.\n")

    async def readyz(_: web.Request) -> web.Response:
        problems = await health.problems()
        if problems:
            return web.Response(text=f"Not ready: {', '.join(problems)}.\n", status=503)
        return web.Response(text="Ready.\n")

    async def show_metrics(_: web.Request) -> web.Response:
        headers = {"Content-Type": metrics.content_type}
        return web.Response(body=metrics.page(), headers=headers)

    application = web.Application()
    application.router.add_get("/healthz", healthz)
    application.router.add_get("/readyz", readyz)
    application.router.add_get("/metrics", show_metrics)
    return application
