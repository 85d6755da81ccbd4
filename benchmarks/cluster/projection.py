"""Projects larger clusters by a simulation that is based on the measured costs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from benchmarks.cluster import bot_work, forwarding, network
from benchmarks.cluster.scale import FULL, Scale
from benchmarks.cluster.simulation import RESOURCES, Costs, Load, max_throughput, saturation_point
from benchmarks.processes import log_progress, median
from scripts.write_tables import table

PROJECTED_WORKERS = (10, 30, 100, 300, 1000)
TABLE_WORKERS = (10, 100, 1000)
MAX_WAIT_SECONDS = 60.0
_BANDWIDTH = 125e6
"""1 Gbit/s through the head."""
_DISCORD_SECONDS = 1 / 50
"""The interval between requests at Discord's limit of 50 a second."""
AS_MEASURED = "as it is"
_LONG_SECONDS = 30.0
LONG = f"dreams of {_LONG_SECONDS:.0f} s"
_HEAD = (
    "",
    "workers",
    "dreams per hour",
    "share of the workers' maximum",
    "bottleneck",
    f"busy, %: {' · '.join(RESOURCES)}",
    "forecasts, share of the bot's time",
    "workers from which another resource is the bottleneck",
)
_SAID = """\
The highest number of dreams per hour at which 95 % wait no longer than {patience:.0f} s beyond their own
duration, and how busy each resource is then. **None of this was run**: a simulation uses the costs above.
Requests arrive at random. A dream takes a worker {seconds:.1f} s on average, as `{preset}` at {side} pixels
does on one core here, with exponentially distributed durations, and reports its progress {events:.0f} times
a second. The following is assumed, and not measured: 1 Gbit/s through the head; machines as fast as this
one; dreams of {long:.0f} s in the rows that name them; and that Discord does not count answers to
interactions among the 50 requests a second that it allows a bot.

The simulation assumes that the bot and the driver each do all their work on one core, one task after the
other. The driver does much of its work outside its event loop; the last rows count that loop alone. The
share of forecasts is listed separately, because one forecast covers all changes since the previous one."""


def measure(scale: Scale, found: Mapping[str, Any]) -> dict[str, Any]:
    """Simulate every scenario with every number of workers.

    Args:
        scale: How much to measure.
        found: The measured results, by name.
    """
    sizes = PROJECTED_WORKERS if scale == FULL else PROJECTED_WORKERS[:1]
    scenarios = []
    for name, costs, load in _scenarios(found):
        turn = saturation_point(costs, load)
        outcomes = []
        for workers in sizes:
            outcome = max_throughput(costs, load, workers, MAX_WAIT_SECONDS)
            log_progress(f"{name}, {workers} workers: {outcome.rate * 3600:.0f} dreams an hour")
            outcomes.append(
                {
                    "workers": workers,
                    "hourly": outcome.rate * 3600,
                    "possible": workers / load.seconds * 3600,
                    "busy": dict(outcome.busy),
                    "forecasting": outcome.forecasting,
                    "bottleneck": outcome.bottleneck,
                }
            )
        scenarios.append({"name": name, "turn": turn, "outcomes": outcomes})
    return {"costs": vars(measured_costs(found)), "load": vars(measured_load(found)), "ways": scenarios}


def render(result: Mapping[str, Any]) -> str:
    """State the assumptions, and build the table."""
    load, rows = Load(**result["load"]), []
    for scenario in result["ways"]:
        turn = f"{scenario['turn'][0]}: {scenario['turn'][1]}" if scenario["turn"] else ""
        rows += [
            (
                scenario["name"],
                f"{outcome['workers']}",
                f"{outcome['hourly']:.0f}",
                f"{outcome['hourly'] / outcome['possible']:.0%}",
                outcome["bottleneck"],
                " · ".join(f"{outcome['busy'][name] * 100:.0f}" for name in RESOURCES),
                f"{outcome['forecasting']:.0%}",
                turn,
            )
            for outcome in scenario["outcomes"]
            if outcome["workers"] in TABLE_WORKERS
        ]
    assumptions = _SAID.format(
        patience=MAX_WAIT_SECONDS,
        seconds=load.seconds,
        preset=network.PRESET,
        side=network.SIDE,
        events=load.events,
        long=_LONG_SECONDS,
    )
    return f"{assumptions}\n\n{table(_HEAD, rows)}"


def measured_costs(found: Mapping[str, Any]) -> Costs:
    """The measured costs."""
    passing, work = found["passing_on"], found["bot_work"]
    bot_dream, bot_event, bot_edit = bot_work.costs(work)
    driver_dream, driver_event = forwarding.costs(passing, "driver")
    sizes = passing["bytes"]
    return Costs(
        bot_dream=bot_dream,
        bot_event=bot_event,
        bot_edit=bot_edit,
        bot_forecast=bot_work.forecast_seconds(work),
        driver_dream=driver_dream,
        driver_event=driver_event,
        driver_look=forwarding.scan_seconds_per_worker(passing),
        source_bytes=sizes["request"],
        image_bytes=sizes["dream"],
        edit_bytes=3 * sizes["preview"],  # the bot receives two previews for each that it shows
        bandwidth=_BANDWIDTH,
    )


def measured_load(found: Mapping[str, Any]) -> Load:
    """The load of the real network's dreams on one core."""
    rounds = found["network"]
    seconds = median(seconds for one in rounds[network.SHARED] for seconds in one["steps"])
    events = median(one["events"] for one in rounds[network.SHARED])
    return Load(seconds=seconds, events=events / seconds)


def _scenarios(found: Mapping[str, Any]) -> Iterator[tuple[str, Costs, Load]]:
    """Yield the measured scenario and its variations."""
    costs, load = measured_costs(found), measured_load(found)
    dream, event = forwarding.costs(found["passing_on"], "driver_loop")
    counted = replace(costs, discord_request=_DISCORD_SECONDS)
    loop_alone = replace(costs, driver_dream=dream, driver_event=event)
    long = replace(load, seconds=_LONG_SECONDS)
    yield AS_MEASURED, costs, load
    yield "the same, did Discord count all requests", counted, load
    yield LONG, costs, long
    yield f"{LONG}, by the driver's loop alone", loop_alone, long
