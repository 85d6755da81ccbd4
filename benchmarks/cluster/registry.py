"""All measurements of the cluster by name, in the order in which they run.

A measurement is a module with two functions. ``measure(scale, address)`` receives the cluster's address and
returns a result for ``results.json``. ``render(result)`` returns Markdown. The last one, ``foresight``,
receives the results of others instead of the address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from benchmarks.cluster import bot_work, capacity, efficiency, fairness, forwarding, network, projection


@dataclass(frozen=True)
class Measurement:
    """A measurement and its part of the page.

    Attributes:
        module: The module that measures it.
        heading: Its heading.
        explanation: How it was measured.
    """

    module: ModuleType
    heading: str
    explanation: str


_SLEEPING = """\
The actors sleep where the network would compute. All else is real: Ray, the driver, and messages with
previews and pictures of real sizes. The first table submits all dreams at once. *Efficiency* is the time of
the dreams' steps divided by the workers' time, from the submission to the last dream. All dreams take
equally long, so they start and end together, which is the worst case.

The second table submits dreams one by one. *Dispatch* is the time from the request to the executor until
the dream is returned, without the worker's time. *Progress* is the worker's time beyond the sleep of its
steps: sleeps that last too long, and sending progress."""

_TURNS = """\
Three users request dreams of one second at the same time: once they are served in the order of their
requests, and once by the bot's fair queue, in turn."""

_NETWORK = """\
The same dreams on the same two cores, in turn. A worker of one core computes on one thread."""

_CAPACITY = """\
Dreams per hour of one worker with one core, and in brackets the time of each, from the bytes of its source
to the bytes of the dream. Two workers dream at the same time, on both cores, with EfficientNet-Lite0. GPUs
have not been measured yet. To measure yours, run
`dream photograph.jpg -o dream.png --preset mild --size 1024 --report report.json`."""

_PASSING = """\
CPU time of both processes, separated by means of dreams with one step and with many."""

_BOT = """\
The CPU time of the bot's real process, with the fake Discord server on loopback. The bot computes a
forecast for all waiting jobs whenever something has changed."""

MEASUREMENTS: Mapping[str, Measurement] = {
    "efficiency": Measurement(efficiency, "Efficiency, and overhead of a dream", _SLEEPING),
    "fairness": Measurement(fairness, "Order and fairness", _TURNS),
    "network": Measurement(network, "The real network", _NETWORK),
    "capacity": Measurement(capacity, "Dreams per hour", _CAPACITY),
    "passing_on": Measurement(forwarding, "Cost of forwarding a dream", _PASSING),
    "bot_work": Measurement(bot_work, "Cost of a dream for the bot", _BOT),
    "foresight": Measurement(projection, "Larger clusters, simulated", ""),
}

PROJECTION = "foresight"
PROJECTION_INPUTS = ("network", "passing_on", "bot_work")
"""The measurements that the projection is based on."""
