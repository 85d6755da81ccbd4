"""What is told of a soak run: a verdict, and a page."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from benchmarks.machine import describe, in_words
from scripts.write_tables import table
from soak import interactions
from soak.outcomes import WRONG
from soak.run import PEOPLE, Result
from soak.supervised_bot import KEEP_MEGABYTES, WORKER_MEGABYTES, Life

_MORE_MEMORY = 1.15
_MORE_DESCRIPTORS = 15
_WATCHED_SECONDS = 60
"""A process that lived shorter says nothing about what grows."""
_SHORT_RUN_SECONDS = 150
"""In a run that is shorter, no process lives long enough to be watched."""
_MOST_OF_A_WORKER = 1.25 * WORKER_MEGABYTES
"""A worker above its limit is replaced between two dreams; for one of them it may hold a little more."""
_WORST_LAG = 1.5
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


def verdict(result: Result) -> list[str]:
    """What is not as it should be; nothing, if all is well."""
    wrong = [f"{result.ends[end]} requests: {end}" for end in WRONG if result.ends[end]]
    wrong += [f"{result.visits[end]} clicks: {end}" for end in interactions.WRONG if result.visits[end]]
    wrong += result.complaints
    wrong += _beyond_bounds(result)
    watched = list(_watched(result))
    if not watched and result.seconds > _SHORT_RUN_SECONDS:
        wrong.append(f"no process lived for {_WATCHED_SECONDS} seconds, so what grows was not seen")
    for life in watched:
        (memory_before, memory), (before, after) = life.memory(), life.descriptors()
        if memory > _MORE_MEMORY * memory_before:
            wrong.append(f"memory grew from {memory_before:.0f} to {memory:.0f} MB")
        if after > before + _MORE_DESCRIPTORS:
            wrong.append(f"open files grew from {before} to {after}")
    return wrong


def _beyond_bounds(result: Result) -> Iterator[str]:
    worker = _most_of_a_worker(result)
    if worker > _MOST_OF_A_WORKER:
        yield f"a worker held {worker:.0f} MB, and may hold {_MOST_OF_A_WORKER:.0f}"
    kept = result.kept_bytes / 1e6
    if kept > KEEP_MEGABYTES:
        yield f"{kept:.1f} MB of pictures were kept that nothing needed, and {KEEP_MEGABYTES} MB may be"
    if result.lag > _WORST_LAG:
        yield f"the event loop kept its tasks waiting for {result.lag:.1f} s"


def held(result: Result) -> str:
    """What was held at most, in a line."""
    return (
        f"A worker held {_most_of_a_worker(result):.0f} MB at most. Of pictures that nothing needed, "
        f"{result.kept_bytes / 1e6:.1f} MB were kept at most. "
        f"The event loop kept no task waiting for more than {1000 * result.lag:.0f} ms."
    )


def ends(result: Result) -> str:
    """The table of what became of requests."""
    order = sorted((end for end in result.ends if end not in WRONG), key=lambda end: -result.ends[end])
    rows = [(end, str(result.ends[end])) for end in (*order, *WRONG)]
    return table(("what", "requests"), [*rows, ("**all**", f"**{result.ends.total()}**")])


def page(result: Result, disk_megabytes: int) -> str:
    """The page about a run."""
    longest = max(_watched(result), key=lambda life: len(life.samples))
    memory, descriptors = longest.memory(), longest.descriptors()
    at_first_and_last = [
        ("memory, 10⁶ bytes", f"{memory[0]:.0f}", f"{memory[1]:.0f}"),
        ("open files", str(descriptors[0]), str(descriptors[1])),
    ]
    return _PAGE.format(
        people=PEOPLE,
        seed=result.seed,
        today=datetime.now(UTC).date().isoformat(),
        machine=in_words(describe(None)),
        count=result.ends.total(),
        minutes=result.seconds / 60,
        ends=ends(result),
        troubles=table(("what", "times"), _counted(result.troubles.items())),
        disk=disk_megabytes,
        held=table(("", "at first", "at last"), at_first_and_last),
        watched=f"{longest.samples[-1].at:.0f}",
        worker=_most_of_a_worker(result),
        most_of_a_worker=_MOST_OF_A_WORKER,
        kept=result.kept_bytes / 1e6,
        keep=KEEP_MEGABYTES,
        lag=1000 * result.lag,
        visits=table(("what", "times"), _counted(result.visits.items())),
        lives=len(result.lives),
    )


def _most_of_a_worker(result: Result) -> float:
    return max(max(life.workers, default=0.0) for life in result.lives)


def _watched(result: Result) -> Iterator[Life]:
    for life in result.lives:
        if life.samples and life.samples[-1].at >= _WATCHED_SECONDS:
            yield life


def _counted(items: Iterable[tuple[str, int]]) -> list[tuple[str, str]]:
    return [(name, str(count)) for name, count in sorted(items, key=lambda item: -item[1])]
