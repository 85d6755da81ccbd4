"""The worker process, started by the executor: ``python -m dream_engine.executors.local.worker_process``."""

import logging
import os
import queue
import signal
import threading
import traceback
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, BinaryIO

from dream_engine.compute.unencoded_dream import UnencodedDream
from dream_engine.executors.pool.log_forwarding import Reporter, dream_number
from dream_engine.executors.pool.messages import (
    AtRest,
    Begin,
    Freed,
    Ready,
    Stop,
    Stopped,
    Told,
    WorkerPlan,
    failed,
    finished,
)
from dream_engine.executors.process.pipes import pack, read
from dream_engine.memory import Memory

_log = logging.getLogger("dream_engine.executors.local.worker_process")  # which is run as __main__


class _Inbox:
    """Reads what the executor says on a thread of its own; ends the process when the executor is gone."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._dreams: queue.SimpleQueue[Begin] = queue.SimpleQueue()
        self._stopped: set[int] = set()
        threading.Thread(target=self._read, daemon=True).start()

    def next_dream(self) -> Begin:
        """Wait for one."""
        return self._dreams.get()

    def wants_stopped(self, number: int) -> bool:
        """Whether the executor said so."""
        return number in self._stopped

    def _read(self) -> None:
        status = 1
        try:
            while (message := read(self._pipe)) is not None:
                if isinstance(message, Begin):
                    self._stopped.clear()
                    self._dreams.put(message)
                elif isinstance(message, Stop):
                    self._stopped.add(message.number)
            status = 0
        finally:
            # Nobody is left to dream for, or nobody can be understood, whatever the main thread is at.
            os._exit(status)


class _Outbox:
    """Writes to the executor."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, message: Any) -> None:
        """Write one message, from any thread."""
        packed = pack(message)
        with self._lock:
            self._pipe.write(packed)
            self._pipe.flush()


class _Finisher:
    """Writes the files of grown dreams on a thread of its own, while the next dream grows."""

    def __init__(self, outbox: _Outbox) -> None:
        self._outbox = outbox
        self._thread = ThreadPoolExecutor(1)
        self._last: Future[None] | None = None

    def take(self, number: int, grown: UnencodedDream) -> None:
        """Finish a dream; waits for the one before, so that pictures do not pile up."""
        if self._last is not None:
            wait([self._last])
        self._outbox.send(Freed(number))
        self._last = self._thread.submit(self._finish, number, grown)

    def _finish(self, number: int, grown: UnencodedDream) -> None:
        dream_number.set(number)
        try:
            self._outbox.send(finished(number, grown))
        except BaseException:  # noqa: BLE001 - as on the main thread, it ends the process, or nobody would hear
            traceback.print_exc()
            os._exit(1)


def main() -> None:
    """Get warm, then dream what comes, one after the other, until the executor is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the executor decides
    incoming, outgoing = _take_over_stdio()
    plan: WorkerPlan = read(incoming)
    outbox = _Outbox(outgoing)
    inbox = _Inbox(incoming)
    logging.basicConfig(level=logging.INFO, handlers=[Reporter(outbox.send)])
    try:
        from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - loads TensorFlow, and can fail

        dreamer = Dreamer(plan.weights, plan.limits, plan.precision, Memory(plan.memory, plan.sharers))
        for settings in plan.warm:
            dreamer.warm(settings)
    except Exception as error:  # noqa: BLE001 - whatever it is, the executor has to know
        outbox.send(failed(None, error))
        return
    outbox.send(Ready())
    finisher = _Finisher(outbox)
    while True:
        begin = inbox.next_dream()
        dream_number.set(begin.number)
        settings = begin.request.settings
        try:
            _log.info("Dreaming: %d octaves of %d steps.", settings.octaves, settings.iterations)
            for event in dreamer.dream_unencoded(begin.request):
                if inbox.wants_stopped(begin.number):
                    outbox.send(AtRest(begin.number, dreamer.release_excess_memory()))
                    outbox.send(Stopped(begin.number))
                    break
                if isinstance(event, UnencodedDream):
                    outbox.send(AtRest(begin.number, dreamer.release_excess_memory()))
                    finisher.take(begin.number, event)
                    del event  # a large picture, which the finisher lets go of once it is written
                else:
                    outbox.send(Told(begin.number, event))
        except Exception as error:  # noqa: BLE001 - one dream's failure is not the worker's end
            outbox.send(AtRest(begin.number, dreamer.release_excess_memory()))
            outbox.send(failed(begin.number, error))


def _take_over_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes for messages; whatever a library prints goes to stderr."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return incoming, outgoing


if __name__ == "__main__":
    main()
