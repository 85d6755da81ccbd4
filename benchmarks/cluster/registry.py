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
Actors that sleep where the network would compute; all else is real: Ray, the process that speaks with it,
and messages with previews and pictures of real sizes. Efficiency is the time of the dreams' steps divided
by the workers' time, from asking for all dreams at once to having the last one; as all take equally long,
they begin and end together, and that is the worst case. Then people ask one by one. *Asking and
answering* is what passes between asking the executor and having the dream, without what the worker took;
*telling* is what that takes longer than its steps should sleep: sleeps that last too long, and progress
that is passed on."""

_TURNS = """\
Three people ask at the same time for dreams of one second: once they are served in the order in which
they asked, and once by the bot's own queue, in turn."""

_NETWORK = """\
The same dreams on the same two cores, in turn. A worker of one core computes on one thread."""

_CAPACITY = """\
Dreams an hour of one worker with one core, and in brackets what each takes from its file's bytes to the
dream's; two workers dream at once, on both cores, with EfficientNet-Lite0. Of a GPU nothing is known yet:
`dream photograph.jpg -o dream.png --preset mild --size 1024 --report report.json` tells on yours."""

_PASSING = """\
CPU time of both processes, told apart by dreams of one step and of many."""

_BOT = """\
The bot's real process, its CPU time alone, against the stand-in for Discord on loopback. A forecast for
all who wait is made whenever something has changed."""

MEASUREMENTS: Mapping[str, Measurement] = {
    "efficiency": Measurement(efficiency, "Efficiency, and what a cluster adds to a dream", _SLEEPING),
    "fairness": Measurement(fairness, "Order, and fairness", _TURNS),
    "network": Measurement(network, "The real network", _NETWORK),
    "capacity": Measurement(capacity, "Dreams an hour", _CAPACITY),
    "passing_on": Measurement(forwarding, "What passing a dream on costs", _PASSING),
    "bot_work": Measurement(bot_work, "What a dream costs the bot", _BOT),
    "foresight": Measurement(projection, "Larger clusters, simulated", ""),
}

PROJECTION = "foresight"
PROJECTION_INPUTS = ("network", "passing_on", "bot_work")
"""The measurements that the projection is based on."""
