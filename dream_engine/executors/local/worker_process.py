"""The worker process, started as ``python -m dream_engine.executors.local.worker_process``."""

import logging
import os
import queue
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

from dream_engine.executors.pool.log_forwarding import LogForwarder
from dream_engine.executors.pool.messages import Begin, Freed, Ready, ShareCores, Stop, WorkerPlan
from dream_engine.executors.pool.serve import DreamMessage, DreamServer, SupportsDreaming, make_dreamer
from dream_engine.executors.process.pipes import read
from dream_engine.executors.process.stdio import Outbox, take_over_stdio


class _Inbox:
    """Reads the executor's messages on a thread of its own, and ends the process when the executor is gone.

    Args:
        pipe: The pipe to read from.
        server: Runs the dreams.
    """

    def __init__(self, pipe: BinaryIO, server: DreamServer) -> None:
        self._pipe = pipe
        self._server = server
        self._dreams: queue.SimpleQueue[Begin] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def next_dream(self) -> Begin:
        """Wait for the next dream."""
        return self._dreams.get()

    def _read(self) -> None:
        status = 1
        try:
            while (message := read(self._pipe)) is not None:
                if isinstance(message, Begin):
                    self._dreams.put(message)
                elif isinstance(message, Stop):
                    self._server.stop(message.number)
                elif isinstance(message, ShareCores):
                    self._server.share_cores(message.sharers)
            status = 0
        finally:
            # The executor is gone, or its message cannot be read: end at once, even in the middle of a dream.
            os._exit(status)


class _FileWriter:
    """Encodes the files of dreams on a thread of its own, while the main thread runs the next dream."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._thread = ThreadPoolExecutor(1)

    def take(self, messages: Iterator[DreamMessage]) -> None:
        """Encode the file of a dream and send what remains of its messages."""
        self._thread.submit(self._send, messages)

    def _send(self, messages: Iterator[DreamMessage]) -> None:
        try:
            for message in messages:
                self._outbox.send(message)
        except BaseException:  # noqa: BLE001 - it would be lost here, and on the main thread it ends the process
            traceback.print_exc()
            os._exit(1)


def main(make_dreamer: Callable[[WorkerPlan], SupportsDreaming] = make_dreamer) -> None:
    """Warm up, then run dreams one after the other until the executor is gone.

    Args:
        make_dreamer: Makes the Dreamer of a plan.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the executor decides
    incoming, outgoing = take_over_stdio()
    plan: WorkerPlan = read(incoming)
    outbox = Outbox(outgoing)
    server = DreamServer(make_dreamer)
    inbox = _Inbox(incoming, server)
    logging.basicConfig(level=logging.INFO, handlers=[LogForwarder(outbox.send)])
    if (failure := server.warm(plan)) is not None:
        outbox.send(failure)
        return
    outbox.send(Ready())
    writer = _FileWriter(outbox)
    while True:
        begin = inbox.next_dream()
        messages = server.dream(begin.number, begin.request)
        for message in messages:
            outbox.send(message)
            if isinstance(message, Freed):
                writer.take(messages)
                break


if __name__ == "__main__":
    main()
