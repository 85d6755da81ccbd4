"""What speaks with Ray for an executor: ``python -m dream_engine.cluster.driver_process``.

Ray ends a process that has lost its cluster for a while. So that this is not the bot, it has one of its own.
"""

import asyncio
import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from dream_engine.cluster.messages import ClusterPlan, Strength
from dream_engine.executor import ExecutorError
from dream_engine.local.pipes import pack, read_async
from dream_engine.pool.messages import Begin, Failed, Logged, Ready, Stop, Stopped, Told, failed

if TYPE_CHECKING:
    from dream_engine.cluster.actors import Actors

# After so many seconds without its cluster, Ray ends this process, and the executor begins another.
os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "15")

_NO_RAY = "A cluster needs Ray: install this project with its cluster extra (pip install -e '.[cluster]')."
_STRENGTH_SECONDS = 0.5


class _Outbox:
    """Writes to the executor."""

    def __init__(self, pipe: asyncio.StreamWriter) -> None:
        self._pipe = pipe
        self._told = Strength((), 0)

    async def send(self, message: Any) -> None:
        """Write one message."""
        self._pipe.write(pack(message))
        await self._pipe.drain()

    async def send_strength(self, strength: Strength) -> None:
        """Write how strong the cluster is, if that is news."""
        if strength != self._told:
            self._told = strength
            await self.send(strength)


class _Reporter(logging.Handler):
    """Sends what is logged to the executor."""

    def __init__(self, pipe: asyncio.StreamWriter) -> None:
        super().__init__()
        self._pipe = pipe

    def emit(self, record: logging.LogRecord) -> None:
        """Send a line; from other threads than the loop's there is none."""
        self._pipe.write(pack(Logged(None, record.levelno, record.name, record.getMessage())))


async def main() -> None:
    """Join the cluster, then have dreamed what comes, until the executor is gone."""
    incoming, outgoing = await _take_over_stdio()
    outbox = _Outbox(outgoing)
    plan: ClusterPlan = await read_async(incoming)
    logging.basicConfig(level=logging.WARNING, handlers=[_Reporter(outgoing)])
    logging.getLogger("ray").setLevel(logging.ERROR)
    try:
        from dream_engine.cluster.actors import Actors  # noqa: PLC0415 - loads Ray, which may be missing

        actors = Actors(plan)
        await actors.start()
    except ModuleNotFoundError:
        await outbox.send(failed(None, ExecutorError(_NO_RAY)))
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, the executor has to know
        await outbox.send(failed(None, error))
        return
    await outbox.send(Ready())
    telling = asyncio.create_task(_tell_strength(actors, outbox))
    dreams: dict[int, asyncio.Task[None]] = {}
    while (message := await read_async(incoming)) is not None:
        if isinstance(message, Begin):
            task = asyncio.create_task(_see_through(actors, message, outbox))
            dreams[message.number] = task
            task.add_done_callback(partial(_forget, dreams, message.number))
        elif isinstance(message, Stop) and message.number in dreams:
            dreams[message.number].cancel()
    telling.cancel()
    await actors.close()


async def _tell_strength(actors: "Actors", outbox: _Outbox) -> None:
    while True:
        await outbox.send_strength(actors.strength)
        await asyncio.sleep(_STRENGTH_SECONDS)


async def _see_through(actors: "Actors", begin: Begin, outbox: _Outbox) -> None:
    """Have one dream dreamed, and say how it goes."""
    end: Failed | Stopped | None = None
    try:
        async for event in actors.dream(begin.request):
            await outbox.send_strength(actors.strength)
            await outbox.send(Told(begin.number, event))
    except asyncio.CancelledError:
        end = Stopped(begin.number)
    except Exception as error:  # noqa: BLE001 - one dream's failure is not the driver's end
        end = failed(begin.number, error)
    if end is not None:
        await outbox.send(end)


def _forget(dreams: dict[int, asyncio.Task[None]], number: int, _: asyncio.Task[None]) -> None:
    dreams.pop(number, None)


async def _take_over_stdio() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Keep the two pipes for messages; whatever a library prints goes to stderr."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), incoming)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, outgoing)
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


if __name__ == "__main__":
    asyncio.run(main())
