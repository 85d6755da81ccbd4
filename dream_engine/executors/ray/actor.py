"""The actor that dreams on a machine of the cluster."""

import logging
import os
import queue
from collections import defaultdict
from collections.abc import Iterator

from dream_engine.dreams import DreamRequest
from dream_engine.executors.pool.log_forwarding import Reporter
from dream_engine.executors.pool.messages import Failed, Logged, WorkerPlan
from dream_engine.executors.pool.serve import DreamMessage, DreamServer, SupportsDreaming, make_dreamer
from dream_engine.executors.ray.node import WorkerInfo, whereabouts
from dream_engine.executors.ray.resources import WorkerResources

_REPORT_SECONDS = 0.25
"""Steps take less time than this, and one process receives the messages of all actors."""


class DreamActor:
    """Keeps a network warm and dreams for the process that holds its handle.

    Ray runs its calls on several threads at once: one takes the steps of a dream, one encodes the file of the
    dream before, one receives requests to stop, and one forwards the log.
    """

    def __init__(self) -> None:
        self._server = DreamServer(self.make_dreamer, report_seconds=_REPORT_SECONDS)
        self._logged: defaultdict[int | None, queue.SimpleQueue[Logged]] = defaultdict(queue.SimpleQueue)
        # To the executor, and to the files that Ray keeps and its dashboard shows.
        handlers = [Reporter(lambda line: self._logged[line.number].put(line)), logging.StreamHandler()]
        logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)

    def make_dreamer(self, plan: WorkerPlan) -> SupportsDreaming:
        """Make the Dreamer of a plan; loads TensorFlow."""
        return make_dreamer(plan)

    def whereabouts(self) -> WorkerInfo:
        """Who this is."""
        return whereabouts()

    def warm(self, plan: WorkerPlan, need: WorkerResources) -> Failed | None:
        """Warm up.

        Args:
            plan: How to set itself up.
            need: The resources that Ray has reserved. Left to itself, TensorFlow would take every core and
                GPU of the machine, those reserved for others included.

        Returns:
            The failure, if there was one.
        """
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(max(1, round(need.cpus)))
        if not need.gpus:
            os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        return self._server.warm(plan)

    def lines(self) -> Iterator[Logged]:
        """Log lines that belong to no dream. Ends only when the actor does, which tells the executor so."""
        while True:
            yield self._logged[None].get()

    def stop(self, number: int) -> None:
        """Stop a dream at its next step."""
        self._server.stop(number)

    def dream(self, number: int, request: DreamRequest) -> Iterator[DreamMessage | Logged]:
        """Run a dream; yields last the dream, or why there is none."""
        for message in self._server.dream(number, request):
            yield from self._lines_of(number)
            yield message
        del self._logged[number]

    def _lines_of(self, number: int) -> Iterator[Logged]:
        """The lines that were logged about a dream since the last call."""
        lines = self._logged[number]
        while not lines.empty():
            yield lines.get()
