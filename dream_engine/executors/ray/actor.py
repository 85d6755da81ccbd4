"""What runs on a machine of the cluster: an actor that keeps a network warm."""

import logging
import math
import os
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterator

from dream_engine.compute.unencoded_dream import UnencodedDream
from dream_engine.dreams import DreamRequest
from dream_engine.executors.pool.log_forwarding import Reporter, dream_number
from dream_engine.executors.pool.messages import (
    AtRest,
    Failed,
    Freed,
    Logged,
    Stopped,
    Told,
    WorkerPlan,
    failed,
    finished,
)
from dream_engine.executors.ray.node import WorkerInfo, whereabouts
from dream_engine.executors.ray.resources import WorkerResources
from dream_engine.memory import Memory

_TELL_SECONDS = 0.25
"""Steps are quicker than anybody looks, and each message takes time of the one process that hears all."""

_Said = AtRest | Told | Freed | Stopped | Failed
"""An actor says these of a dream."""

_log = logging.getLogger(__name__)


class DreamActor:
    """Dreams for whoever holds its handle; its calls run on several threads at once.

    One takes the steps of a dream, one writes the file of the dream before, one may say that a dream is to be
    stopped, and one tells what is logged.
    """

    def __init__(self) -> None:
        self._unwanted: set[int] = set()
        self._writing = threading.Lock()
        self._logged: defaultdict[int | None, queue.SimpleQueue[Logged]] = defaultdict(queue.SimpleQueue)
        # To the executor, and to the files that Ray keeps and its dashboard shows.
        handlers = [Reporter(lambda line: self._logged[line.number].put(line)), logging.StreamHandler()]
        logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)

    def whereabouts(self) -> WorkerInfo:
        """Who this is."""
        return whereabouts()

    def warm(self, plan: WorkerPlan, need: WorkerResources) -> Failed | None:
        """Get ready.

        Args:
            plan: For what.
            need: What was asked for. TensorFlow would take every core and GPU of the machine, also those that
                were given to others.

        Returns:
            Why that was not possible.
        """
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(max(1, round(need.cpus)))
        if not need.gpus:
            os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        try:
            from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - loads TensorFlow, and can fail

            self._dreamer = Dreamer(
                plan.weights, plan.limits, plan.precision, Memory(plan.memory, plan.sharers)
            )
            for settings in plan.warm:
                self._dreamer.warm(settings)
        except Exception as error:  # noqa: BLE001 - whatever it is, the executor has to know
            return failed(None, error)
        return None

    def lines(self) -> Iterator[Logged]:
        """What is logged of no dream, for ever: that this ends tells the executor that the actor is gone."""
        while True:
            yield self._logged[None].get()

    def stop(self, number: int) -> None:
        """Let a dream be at its next step."""
        self._unwanted.add(number)

    def dream(self, number: int, request: DreamRequest) -> Iterator[_Said | Logged]:
        """Dream; what this yields last is the dream, or why there is none."""
        dream_number.set(number)
        for message in self._dream(number, request):
            yield from self._lines_of(number)
            yield message
        del self._logged[number]

    def _dream(self, number: int, request: DreamRequest) -> Iterator[_Said]:
        settings, told_at = request.settings, -math.inf
        try:
            _log.info("Dreaming: %d octaves of %d steps.", settings.octaves, settings.iterations)
            for event in self._dreamer.dream_unencoded(request):
                if number in self._unwanted:
                    yield AtRest(number, self._dreamer.release_excess_memory())
                    yield Stopped(number)
                    return
                if not isinstance(event, UnencodedDream):
                    now = time.monotonic()
                    if now >= told_at + _TELL_SECONDS or event.preview or event.fraction == 1.0:
                        told_at = now
                        yield Told(number, event)
                    continue
                with self._writing:  # so that pictures do not pile up
                    yield AtRest(number, self._dreamer.release_excess_memory())
                    yield Freed(number)
                    yield finished(number, event)
        except Exception as error:  # noqa: BLE001 - one dream's failure is not the actor's end
            yield AtRest(number, self._dreamer.release_excess_memory())
            yield failed(number, error)
        finally:
            self._unwanted.discard(number)

    def _lines_of(self, number: int) -> Iterator[Logged]:
        """What was logged of a dream since it was last asked for."""
        lines = self._logged[number]
        while not lines.empty():
            yield lines.get()
