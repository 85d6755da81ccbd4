"""What runs on a machine of the cluster: an actor that keeps a network warm."""

import logging
import os
import platform
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from dream_engine import __version__
from dream_engine.dreams import DreamRequest
from dream_engine.grown import Grown
from dream_engine.memory import Memory
from dream_engine.pool.messages import Failed, Freed, Stopped, Told, WorkerPlan, failed, finished

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Who an actor is.

    Attributes:
        version: The version of this project there.
        machine: The machine's name.
        pid: The process's number there.
    """

    version: str
    machine: str
    pid: int


class DreamActor:
    """Dreams for whoever holds its handle; its calls run on several threads at once.

    One takes the steps of a dream, one writes the file of the dream before, and one may say that a dream is
    to be stopped.
    """

    def __init__(self) -> None:
        self._unwanted: set[int] = set()
        self._writing = threading.Lock()

    def whereabouts(self) -> Whereabouts:
        """Who this is."""
        return Whereabouts(__version__, platform.node(), os.getpid())

    def warm(self, plan: WorkerPlan) -> Failed | None:
        """Get ready; returns why that was not possible."""
        try:
            from dream_engine.dreamer import Dreamer  # noqa: PLC0415 - loads TensorFlow, and can fail

            self._dreamer = Dreamer(
                plan.weights, plan.limits, plan.precision, Memory(plan.memory, plan.sharers)
            )
            for settings in plan.warm:
                self._dreamer.warm(settings)
        except Exception as error:  # noqa: BLE001 - whatever it is, the executor has to know
            return failed(None, error)
        return None

    def live(self) -> None:
        """Never return: that this call ends tells the executor that the actor is gone."""
        threading.Event().wait()

    def stop(self, number: int) -> None:
        """Let a dream be at its next step."""
        self._unwanted.add(number)

    def dream(self, number: int, request: DreamRequest) -> Iterator[Told | Freed | Stopped | Failed]:
        """Dream; what this yields last is the dream, or why there is none."""
        try:
            for event in self._dreamer.grow(request):
                if number in self._unwanted:
                    yield Stopped(number)
                    return
                if not isinstance(event, Grown):
                    yield Told(number, event)
                    continue
                with self._writing:  # so that pictures do not pile up
                    yield Freed(number)
                    yield finished(number, event)
        except Exception as error:  # noqa: BLE001 - one dream's failure is not the actor's end
            yield failed(number, error)
        finally:
            self._unwanted.discard(number)
