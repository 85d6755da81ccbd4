"""Reports a soak run: its failures and its page."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from benchmarks.machine import describe, format_machine
from scripts.write_tables import table
from soak import interactions
from soak.outcomes import ANSWERED, FAILURES
from soak.run import USERS, Result
from soak.supervised_bot import KEEP_MEGABYTES, MOTION_MEGABYTES, WORKER_MEGABYTES, ProcessRecord

_MAX_MEMORY_GROWTH = 1.15
_FIRST_MOTION_MEGABYTES = 40.0
"""The memory that the first motions of a process take for encoders; later motions take no more."""

_MAX_DESCRIPTOR_GROWTH = 15
_MIN_OBSERVED_SECONDS = 60
"""A process that lived shorter than this does not show whether resources grow."""
_SHORT_RUN_SECONDS = 150
"""In a run shorter than this, no process lives long enough to be observed."""
_MAX_WORKER_MEGABYTES = 1.25 * WORKER_MEGABYTES
"""A worker above its limit is replaced between two dreams, so it may exceed the limit during one."""
_MAX_MOTION_MEGABYTES = 1.25 * MOTION_MEGABYTES
"""The limit counts frames. The files that are written meanwhile are beside them."""
_MAX_LAG_SECONDS = 1.5
"""An interaction has to be acknowledged within 3 seconds."""

_PAGE = """\
# Reliability

```console
$ make soak                  # a seed that was not run before on this machine
$ make soak SEED={seed}      # the same seed again
```

`make soak` writes this page. It runs the bot's real process with a fake Discord server on loopback, injects
faults, and then checks the outcome of every request:

- {people} users send pictures of all formats and sizes, and files that are not pictures.
- They send animations and videos, and let still pictures move: zooms, growths and morphs.
- They use channels, threads, direct messages and groups, and servers that have not invited the bot.
- They use the command, and the menus of messages, some of which forward other messages.
- They use all presets, layers, guides, masks, strengths and sizes. They dream of things, and type names that
  are unknown or that the bot refuses.
- They cancel, delete, dream again and deeper, let dreams move, and use `/forget-me`. Moderators and strangers
  click on other users' cards. They cancel motions when some frames are dreamed.
- Some answers are private, some tokens have expired, and Discord sends some interactions twice.

The seed determines the requests, and the faults with their times. The run prints it at its start and its end.
The machine's scheduling determines the order of events, so two runs with one seed are similar, but not
identical. `python -m soak --help` lists the other options: `--minutes`, `--requests`, `--troubles` to select
faults, and `--busy-neighbours` for processes that compute next to the bot.

Measured on {today}: {machine}.

## Outcomes of {count} requests in {minutes:.1f} minutes

{ends}
{motions} of the requests were for motions, and {answered_motions} of these were answered with one motion.

## Injected faults

{troubles}
The full disk was a separate one of {disk} MB, filled to the last byte. When a worker was killed, the next one
dreamed its dream once more. When the bot was killed, it answered after its restart. Another process held the
store's lock for 3 to 9 seconds. If a dream had arrived when the bot was killed, the bot had not yet received
Discord's confirmation. If the disk was full when a motion was to begin, its owner was told so; a bot that was
killed before it could store this refusal dreamed the motion after its restart.

A missed request cost nothing: Discord told its user that the application did not respond. An interrupted
request was acknowledged, and the bot was killed before it accepted or refused the request. Its card says that
the bot is thinking, until Discord ends it. Nothing of such a request was accepted.

## Outcomes of clicks and other commands

{visits}
## Other checks that passed

- Every user was charged for the dreams that they received, and for nothing else.
- No record and no picture remained of users who used `/forget-me`, or of deleted dreams. Every kept picture
  belonged to a job. The bot kept no file that is not a picture, unless its job was cancelled before the file
  was read, so that the job can be tried again.
- No card made a false statement about a dream: that it is elsewhere, was cancelled, or was not
  delivered.
- The card of every dream of a thing named that thing.
- Every dream of a motion moved, and no other dream did. No frame was kept of a motion that was over.
- The log reported no bug.

## Memory and files

{held}
The table shows the bot's own process during {watched} s under load: the median of its memory, and the minimum
of its open files without connections, in the first and in the last quarter after 30 seconds. Its event loop
never kept a task waiting for more than {lag:.0f} ms. A worker held {worker:.0f} MB at most, and may hold
{most_of_a_worker:.0f} MB. The bot kept {kept:.1f} MB of pictures at most that no open job needed, and may
keep {keep} MB. The frames of all motions took {frames:.1f} MB at most, and may take
{most_frames} MB. The bot was started {lives} times in all.
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
        if memory > _MAX_MEMORY_GROWTH * memory_before + _FIRST_MOTION_MEGABYTES:
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
    frames = result.motion_bytes / 1e6
    if frames > _MAX_MOTION_MEGABYTES:
        yield f"motions took {frames:.1f} MB, above the limit of {_MAX_MOTION_MEGABYTES:.1f} MB"
    if result.max_lag > _MAX_LAG_SECONDS:
        yield f"the event loop kept its tasks waiting for {result.max_lag:.1f} s"


def resource_summary(result: Result) -> str:
    """Summarise peak resource use in one line."""
    return (
        f"Peak memory of a worker: {_peak_worker_memory(result):.0f} MB. "
        f"Peak size of unneeded pictures: {result.unneeded_bytes / 1e6:.1f} MB. "
        f"Peak size of motions: {result.motion_bytes / 1e6:.1f} MB. "
        f"Motions: {result.motions[ANSWERED]} answered of {result.motions.total()}. "
        f"Longest wait in the event loop: {1000 * result.max_lag:.0f} ms."
    )


def outcome_table(result: Result) -> str:
    """Build the table of outcomes."""
    expected = sorted(
        (end for end in result.outcomes if end not in FAILURES), key=lambda end: -result.outcomes[end]
    )
    rows = [(end, str(result.outcomes[end])) for end in (*expected, *FAILURES)]
    return table(("outcome", "requests"), [*rows, ("**all**", f"**{result.outcomes.total()}**")])


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
        troubles=table(("fault", "times"), _count_rows(result.faults.items())),
        disk=disk_megabytes,
        held=table(("", "first quarter", "last quarter"), at_first_and_last),
        watched=f"{longest.samples[-1].at:.0f}",
        worker=_peak_worker_memory(result),
        most_of_a_worker=_MAX_WORKER_MEGABYTES,
        kept=result.unneeded_bytes / 1e6,
        keep=KEEP_MEGABYTES,
        frames=result.motion_bytes / 1e6,
        most_frames=MOTION_MEGABYTES,
        motions=result.motions.total(),
        answered_motions=result.motions[ANSWERED],
        lag=1000 * result.max_lag,
        visits=table(("outcome", "times"), _count_rows(result.interactions.items())),
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
