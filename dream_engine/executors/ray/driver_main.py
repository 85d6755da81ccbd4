"""The driver process, started as ``python -m dream_engine.executors.ray.driver_main``.

Ray ends a process that has lost its cluster for some time. Therefore it runs in a process of its own, which
the executor can start again.
"""

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING

from dream_engine.executors.base import ExecutorError
from dream_engine.executors.pool.log_forwarding import LogForwarder
from dream_engine.executors.pool.messages import failed
from dream_engine.executors.process.pipes import read_async
from dream_engine.executors.process.stdio import AsyncOutbox, take_over_stdio_async
from dream_engine.executors.ray.addresses import CLIENT
from dream_engine.executors.ray.error_text import sentence
from dream_engine.executors.ray.messages import ClusterPlan

if TYPE_CHECKING:
    from dream_engine.executors.ray.coordinator import Coordinator
    from dream_engine.executors.ray.remote_coordinator import RemoteCoordinator

# The seconds without its cluster after which Ray ends this process. The executor then starts another.
os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "15")
# The seconds for which a Ray client and its cluster wait for each other after their connection breaks. After
# that, the cluster ends the client's actors, and Ray ends this process.
os.environ.setdefault("RAY_CLIENT_RECONNECT_GRACE_PERIOD", "10")

os.environ.setdefault("RAY_COLOR_PREFIX", "0")  # the output goes to a log

_log = logging.getLogger("dream_engine.executors.ray.driver_main")  # __name__ is __main__ here

_NO_RAY = "A cluster needs Ray: install dream-bot with its cluster extra (pip install 'dream-bot[cluster]')."


async def main() -> None:
    """Join the cluster, then run dreams until the executor or the cluster is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the executor decides
    incoming, outgoing = await take_over_stdio_async()
    outbox = AsyncOutbox(outgoing)
    plan: ClusterPlan = await read_async(incoming)
    logging.basicConfig(level=logging.WARNING, handlers=[LogForwarder(outbox.send_from_thread)])
    logging.getLogger("dream_engine").setLevel(logging.INFO)
    starting = asyncio.create_task(_start(plan, outbox))
    forwarding = asyncio.create_task(_forward(incoming, starting))
    await asyncio.wait((starting, forwarding), return_when=asyncio.FIRST_COMPLETED)
    if forwarding.done():  # the executor is gone before any worker was warm
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return
    try:
        coordinator = await starting
    except Exception as error:  # noqa: BLE001 - the executor reports any failure
        await outbox.send(failed(None, error))
        return
    running = asyncio.create_task(coordinator.run())
    await asyncio.wait((running, forwarding), return_when=asyncio.FIRST_COMPLETED)
    for ended in filter(asyncio.Task.done, (running, forwarding)):
        if reason := ended.exception():
            _log.error("The cluster no longer answers: %s", sentence(reason))
            await outbox.drain()
            os._exit(1)  # without reporting the dreams as stopped, so that the executor retries them
    await coordinator.close()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _start(plan: ClusterPlan, outbox: AsyncOutbox) -> "Coordinator | RemoteCoordinator":
    try:
        from dream_engine.executors.ray.connection import join  # noqa: PLC0415 - loads Ray, which may be missing
    except ModuleNotFoundError:
        raise ExecutorError(_NO_RAY) from None
    await join(plan.address)
    coordinator = _coordinator(plan, outbox)
    await coordinator.start()
    return coordinator


def _coordinator(plan: ClusterPlan, outbox: AsyncOutbox) -> "Coordinator | RemoteCoordinator":
    if plan.address.startswith(CLIENT):
        from dream_engine.executors.ray.remote_coordinator import RemoteCoordinator  # noqa: PLC0415 - loads Ray

        return RemoteCoordinator(plan, outbox.send)
    from dream_engine.executors.ray.coordinator import Coordinator  # noqa: PLC0415 - loads Ray

    return Coordinator(plan, outbox.send)


async def _forward(
    incoming: asyncio.StreamReader, coordinator: "asyncio.Task[Coordinator | RemoteCoordinator]"
) -> None:
    """Forward the executor's messages to the coordinator, until the executor is gone."""
    while (message := await read_async(incoming)) is not None:
        (await coordinator).handle(message)


if __name__ == "__main__":
    asyncio.run(main())
