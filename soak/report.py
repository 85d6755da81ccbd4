"""Reports a soak run: its failures and its page."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from benchmarks.machine import describe, format_machine
from scripts.write_tables import table
from soak import interactions
from soak.outcomes import FAILURES
from soak.run import USERS, Result
from soak.supervised_bot import KEEP_MEGABYTES, WORKER_MEGABYTES, ProcessRecord

_MAX_MEMORY_GROWTH = 1.15
_MAX_DESCRIPTOR_GROWTH = 15
_MIN_OBSERVED_SECONDS = 60
"""A process that lived shorter than this does not show whether resources grow."""
_SHORT_RUN_SECONDS = 150
"""In a run shorter than this, no process lives long enough to be observed."""
_MAX_WORKER_MEGABYTES = 1.25 * WORKER_MEGABYTES
"""A worker above its limit is replaced between two dreams, so it may exceed the limit during one."""
_MAX_LAG_SECONDS = 1.5
"""An interaction has to be acknowledged within 3 seconds."""

_PAGE = """\
# Reliability

This page is written by `make soak`, which lets the bot's real process serve a Discord on loopback while
everything goes wrong, and then accounts for every request. {people} people send pictures of all formats and
sizes, and files that are none. They ask in channels, threads, direct messages and groups, and in servers
that have not invited the bot; by the command, and from the menus of messages that may forward others; with
all presets, with layers, guides, strengths and sizes. They cancel, delete, dream again and deeper, and have
everything about them deleted; moderators and strangers click on other people's cards. Answers are private,
tokens have expired, and Discord tells of some interactions twice.

```console
$ make soak                  # a seed that was not run before on this machine
$ make soak SEED={seed}      # the same once more
```

The seed decides who asks for what, and what goes wrong when; the run names it at its beginning and its end.
In which order things reach each other is the machine's, so that two runs are alike, and not the same.
`python -m soak --help` lists what else can be chosen: `--minutes`, `--requests`, `--troubles` for
some kinds of trouble only, and `--busy-neighbours` for processes that compute beside the bot.

Measured on {today}: {machine}.

## What became of {count} requests in {minutes:.1f} minutes

{ends}
## What went wrong meanwhile

{troubles}
The disk was one of {disk} MB of its own, filled to the last byte. A worker that was killed had its dream
dreamed once more by the next one; a bot that was killed answered after its restart. Another process held
the store's lock for 3 to 9 seconds. Where a dream had arrived when the bot was killed, the bot had not
heard of that.

A request that was never heard has cost nothing: Discord tells who asked that the application did not
respond. One that was cut off was acknowledged, and the bot was killed in the moment before it was decided;
its card says that the bot is thinking, until Discord ends it. Nothing of it was accepted.

## What became of clicks and other commands

{visits}
## What also held

- Everybody paid for the dreams that they got, and for nothing else.
- Of people who had everything about them deleted, and of dreams that were deleted, no record and no picture
  stayed. Every picture belonged to a job, and no file that is no picture was kept.
- No card said what was not so: that a dream is elsewhere, was cancelled or could not be brought.
- No bug was told of in the log.

## What the bot held

{held}
The bot's own process, {watched} s of it under load: the median of its memory and the least of its open
files, connections apart, in the first and in the last quarter after 30 seconds. Its event loop never kept a
task waiting for more than {lag:.0f} ms. A worker held {worker:.0f} MB at most, of {most_of_a_worker:.0f}
that it may. Of pictures that nothing on its way needed, {kept:.1f} MB were kept at most, of {keep} that may
be. The bot was started {lives} times in all.
"""


def find_failures(result: Result) -> list[str]:
    """List the failures of a run."""
    wrong = [f"{result.outcomes[end]} requests: {end}" for end in FAILURES if result.outcomes[end]]
    wrong += [
        f"{result.interactions[end]} clicks: {end}"
        for end in interactions.FAILURES
        if result.interactions[end]
    ]
    wrong += result.violations
    wrong += _exceeded_limits(result)
    watched = list(_observed(result))
    if not watched and result.seconds > _SHORT_RUN_SECONDS:
        wrong.append(f"no process lived for {_MIN_OBSERVED_SECONDS} seconds, so growth could not be observed")
    for record in watched:
        (memory_before, memory), (before, after) = record.memory(), record.descriptors()
        if memory > _MAX_MEMORY_GROWTH * memory_before:
            wrong.append(f"memory grew from {memory_before:.0f} to {memory:.0f} MB")
        if after > before + _MAX_DESCRIPTOR_GROWTH:
            wrong.append(f"open files grew from {before} to {after}")
    return wrong


def _exceeded_limits(result: Result) -> Iterator[str]:
    worker = _peak_worker_memory(result)
    if worker > _MAX_WORKER_MEGABYTES:
        yield f"a worker held {worker:.0f} MB, above the limit of {_MAX_WORKER_MEGABYTES:.0f} MB"
    kept = result.unneeded_bytes / 1e6
    if kept > KEEP_MEGABYTES:
        yield f"{kept:.1f} MB of unneeded pictures were stored, above the limit of {KEEP_MEGABYTES} MB"
    if result.max_lag > _MAX_LAG_SECONDS:
        yield f"the event loop kept its tasks waiting for {result.max_lag:.1f} s"


def resource_summary(result: Result) -> str:
    """Summarise peak resource use in one line."""
    return (
        f"Peak memory of a worker: {_peak_worker_memory(result):.0f} MB. "
        f"Peak size of unneeded pictures: {result.unneeded_bytes / 1e6:.1f} MB. "
        f"Longest wait in the event loop: {1000 * result.max_lag:.0f} ms."
    )


def outcome_table(result: Result) -> str:
    """Build the table of outcomes."""
    expected = sorted(
        (end for end in result.outcomes if end not in FAILURES), key=lambda end: -result.outcomes[end]
    )
    rows = [(end, str(result.outcomes[end])) for end in (*expected, *FAILURES)]
    return table(("what", "requests"), [*rows, ("**all**", f"**{result.outcomes.total()}**")])


def page(result: Result, disk_megabytes: int) -> str:
    """Build the page about a run."""
    longest = max(_observed(result), key=lambda record: len(record.samples))
    memory, descriptors = longest.memory(), longest.descriptors()
    at_first_and_last = [
        ("memory, 10⁶ bytes", f"{memory[0]:.0f}", f"{memory[1]:.0f}"),
        ("open files", str(descriptors[0]), str(descriptors[1])),
    ]
    return _PAGE.format(
        people=USERS,
        seed=result.seed,
        today=datetime.now(UTC).date().isoformat(),
        machine=format_machine(describe(None)),
        count=result.outcomes.total(),
        minutes=result.seconds / 60,
        ends=outcome_table(result),
        troubles=table(("what", "times"), _count_rows(result.faults.items())),
        disk=disk_megabytes,
        held=table(("", "at first", "at last"), at_first_and_last),
        watched=f"{longest.samples[-1].at:.0f}",
        worker=_peak_worker_memory(result),
        most_of_a_worker=_MAX_WORKER_MEGABYTES,
        kept=result.unneeded_bytes / 1e6,
        keep=KEEP_MEGABYTES,
        lag=1000 * result.max_lag,
        visits=table(("what", "times"), _count_rows(result.interactions.items())),
        lives=len(result.processes),
    )


def _peak_worker_memory(result: Result) -> float:
    return max(max(record.workers, default=0.0) for record in result.processes)


def _observed(result: Result) -> Iterator[ProcessRecord]:
    for record in result.processes:
        if record.samples and record.samples[-1].at >= _MIN_OBSERVED_SECONDS:
            yield record


def _count_rows(items: Iterable[tuple[str, int]]) -> list[tuple[str, str]]:
    return [(name, str(count)) for name, count in sorted(items, key=lambda item: -item[1])]
