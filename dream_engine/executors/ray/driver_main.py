"""What speaks with Ray for an executor: ``python -m dream_engine.executors.ray.driver_main``.

Ray ends a process that has lost its cluster for a while. So that this is not the bot, it has one of its own.
"""

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING

from dream_engine.executors.base import ExecutorError
from dream_engine.executors.pool.log_forwarding import Reporter
from dream_engine.executors.pool.messages import failed
from dream_engine.executors.process.pipes import read_async
from dream_engine.executors.process.stdio import AsyncOutbox, take_over_stdio_async
from dream_engine.executors.ray.addresses import CLIENT
from dream_engine.executors.ray.error_text import sentence
from dream_engine.executors.ray.messages import ClusterPlan

if TYPE_CHECKING:
    from dream_engine.executors.ray.coordinator import Coordinator
    from dream_engine.executors.ray.remote_coordinator import RemoteCoordinator

# After so many seconds without its cluster, Ray ends this process, and the executor begins another.
os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "15")
# For so many seconds, one that it speaks with from outside waits for it, and it for that one, where their
# connection breaks; then the actors there end, and this process.
os.environ.setdefault("RAY_CLIENT_RECONNECT_GRACE_PERIOD", "10")

os.environ.setdefault("RAY_COLOR_PREFIX", "0")  # what is printed goes to a log

_log = logging.getLogger("dream_engine.executors.ray.driver_main")  # which is run as __main__

_NO_RAY = "A cluster needs Ray: install this project with its cluster extra (pip install -e '.[cluster]')."


async def main() -> None:
    """Join the cluster, then have dreamed what comes, until the executor, or the cluster, is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the executor decides
    incoming, outgoing = await take_over_stdio_async()
    outbox = AsyncOutbox(outgoing)
    plan: ClusterPlan = await read_async(incoming)
    logging.basicConfig(level=logging.WARNING, handlers=[Reporter(outbox.send_from_thread)])
    logging.getLogger("dream_engine").setLevel(logging.INFO)
    starting = asyncio.create_task(_start(plan, outbox))
    passing_on = asyncio.create_task(_pass_on(incoming, starting))
    await asyncio.wait((starting, passing_on), return_when=asyncio.FIRST_COMPLETED)
    if passing_on.done():  # the executor was gone before anything was warm
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return
    try:
        coordinator = await starting
    except Exception as error:  # noqa: BLE001 - whatever it is, the executor has to know
        await outbox.send(failed(None, error))
        return
    listening = asyncio.create_task(coordinator.listen())
    await asyncio.wait((listening, passing_on), return_when=asyncio.FIRST_COMPLETED)
    for ended in filter(asyncio.Task.done, (listening, passing_on)):
        if reason := ended.exception():
            _log.error("The cluster answers no more: %s", sentence(reason))
            await outbox.drain()
            os._exit(1)  # and nobody is told that a dream was stopped: the executor begins it again
    await coordinator.close()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


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


async def _pass_on(
    incoming: asyncio.StreamReader, coordinator: "asyncio.Task[Coordinator | RemoteCoordinator]"
) -> None:
    """Pass on to the coordinator what the executor says, until the executor is gone."""
    while (message := await read_async(incoming)) is not None:
        (await coordinator).take(message)


if __name__ == "__main__":
    asyncio.run(main())
