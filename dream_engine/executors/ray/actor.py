"""The Ray actor in which a worker of the cluster runs."""

import logging
import os
import queue
from collections import defaultdict
from collections.abc import Iterator

from dream_engine.executors.pool.log_forwarding import LogForwarder
from dream_engine.executors.pool.messages import Failed, Logged, Request, WorkerPlan
from dream_engine.executors.pool.serve import DreamMessage, DreamServer, SupportsDreaming, make_dreamer
from dream_engine.executors.ray.node import WorkerInfo, worker_info
from dream_engine.executors.ray.resources import WorkerResources

_REPORT_SECONDS = 0.25
"""Steps take less time than this, and a single process receives the messages of all actors."""


class DreamActor:
    """Keeps a network warm, and runs dreams for the process that holds the actor's handle.

    Ray runs its calls on several threads at once: one takes the steps of a dream, one encodes the file of the
    dream before, one receives requests to stop, and one forwards the log.
    """

    def __init__(self) -> None:
        self._server = DreamServer(self.make_dreamer, report_seconds=_REPORT_SECONDS)
        self._logged: defaultdict[int | None, queue.SimpleQueue[Logged]] = defaultdict(queue.SimpleQueue)
        # The stream goes to the log files that Ray keeps and its dashboard shows.
        handlers = [LogForwarder(lambda line: self._logged[line.number].put(line)), logging.StreamHandler()]
        logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)

    def make_dreamer(self, plan: WorkerPlan) -> SupportsDreaming:
        """Make the Dreamer of a plan; this loads TensorFlow."""
        return make_dreamer(plan)

    def worker_info(self) -> WorkerInfo:
        """Describe this process."""
        return worker_info()

    def warm(self, plan: WorkerPlan, resources: WorkerResources) -> Failed | None:
        """Warm up.

        Args:
            plan: How to set itself up.
            resources: The resources that Ray has reserved. Without this limit, TensorFlow would use every
                core and GPU of the machine, those reserved for others included.

        Returns:
            The failure, if there was one.
        """
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(max(1, round(resources.cpus)))
        if not resources.gpus:
            os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        return self._server.warm(plan)

    def log_lines(self) -> Iterator[Logged]:
        """Yield the log lines that belong to no dream.

        It never returns: its end tells the executor that the actor is gone.
        """
        while True:
            yield self._logged[None].get()

    def stop(self, number: int) -> None:
        """Stop a dream at its next step."""
        self._server.stop(number)

    def dream(self, number: int, request: Request) -> Iterator[DreamMessage | Logged]:
        """Run a dream or a chunk; the last message holds the result or its failure."""
        for message in self._server.dream(number, request):
            yield from self._lines_about(number)
            yield message
        del self._logged[number]

    def _lines_about(self, number: int) -> Iterator[Logged]:
        """Yield the lines that were logged about a dream since the last call."""
        lines = self._logged[number]
        while not lines.empty():
            yield lines.get()
