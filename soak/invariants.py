"""Invariants of a soak run beside the outcomes of requests. Each check yields its violations."""

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from bot.models import State as JobState
from dream_engine import image_classes
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import delivery_times, has_dream, jobs_of_dreams
from fake_discord.messages import Message, State
from soak import bot_messages
from soak.outcomes import (
    ANSWERED,
    ANSWERED_AFTER_DELETION,
    CANCELLED,
    DATA_DELETED,
    DELETED,
    FAILURES,
    THING_WRONGLY_DREAMED,
    WRONGLY_DREAMED,
    OutcomeClassifier,
    SentRequest,
    jobs_in,
)
from soak.store_monitor import StoredJob
from soak.uploads import Upload

_COSTS: Mapping[str, tuple[int, int]] = {
    ANSWERED: (1, 1),
    WRONGLY_DREAMED: (1, 1),
    THING_WRONGLY_DREAMED: (1, 1),
    CANCELLED: (0, 1),  # a dream that had started is charged
    DELETED: (0, 1),
    DATA_DELETED: (0, 1),
    ANSWERED_AFTER_DELETION: (0, 1),
}
_ROUNDING = 0.05
"""Less than one dream is refilled while a soak run lasts."""
_REORDER_SECONDS = 0.5
"""Two requests that reach Discord within this many seconds may have been sent in the other order."""
_LAG = re.compile(r"kept its tasks waiting for (\d+) ms")
_PERCENT = re.compile(r"`\s(\d+) ?%")
_BUG_MARKS = ("Traceback (most recent call last)", "never retrieved", "never awaited", "Unclosed ")
_RUNNING = ("card-place", "card-title", "card-title-of")


def charges(
    classifier: OutcomeClassifier,
    requests: Iterable[SentRequest],
    spent: Mapping[int, float],
    prices: Mapping[str, int],
) -> Iterator[str]:
    """Check that users were charged for exactly the dreams that they received.

    Args:
        classifier: Knows the outcome of each request.
        requests: All requests.
        spent: How many dreams each user was charged for.
        prices: How many dreams each job costs.
    """
    bounds: dict[int, tuple[int, int]] = {}
    unclear = set()
    for request in requests:
        if request.interaction is None:
            continue
        user_id, outcome = request.interaction.context.user.id, classifier.outcome_of(request)
        least, most = bounds.get(user_id, (0, 0))
        low, high = _COSTS.get(outcome, (0, 0))
        price = sum(prices.get(job, 1) for job in classifier.jobs_of(request)) or 1
        bounds[user_id] = (least + low * price, most + high * price)
        if outcome in FAILURES and outcome not in _COSTS:
            unclear.add(user_id)  # an outcome that is reported as a failure need not be reported twice
    for user_id, (least, most) in bounds.items():
        paid = spent.get(user_id, 0.0)
        if user_id not in unclear and not least - _ROUNDING <= paid <= most + _ROUNDING:
            yield f"user {user_id} was charged for {paid:.2f} dreams instead of {least} to {most}"


def erased_data(
    classifier: OutcomeClassifier,
    requests: Sequence[SentRequest],
    jobs: Iterable[StoredJob],
    present: Collection[str],
    files: Collection[str],
) -> Iterator[str]:
    """Check that no data remains of users who had it deleted, or of deleted dreams.

    Args:
        classifier: Knows who had their data deleted, and when.
        requests: All requests.
        jobs: All jobs that were ever in the store.
        present: The jobs in the store at the end.
        files: The stored pictures at the end.
    """
    by_id = {job.job_id: job for job in jobs}
    erased: dict[str, str] = {}
    needed = set()
    for request in requests:
        reason = _erasure_reason(classifier, request)
        for job in classifier.jobs_of(request):
            if reason and job in present:
                yield f"request {request.plan.number} is still stored although its owner {reason}: job {job}"
        digests = {upload.digest for upload in request.plan.uploads}
        pictures = {
            digest for job in classifier.jobs_of(request) if job in by_id for digest in by_id[job].pictures
        }
        if reason:
            erased |= dict.fromkeys(
                digests | pictures, f"of request {request.plan.number}, whose owner {reason}"
            )
        else:
            needed |= digests | pictures
    for digest in erased.keys() - needed:
        if digest in files:
            yield f"a picture is still stored {erased[digest]}: {digest}"


def _erasure_reason(classifier: OutcomeClassifier, request: SentRequest) -> str | None:
    """Why nothing of a request may remain, or ``None`` if it may."""
    if classifier.data_deleted_at(request) is not None:
        return "had their data deleted"
    deleted = request.delete_click.interaction.component if request.delete_click else None
    if deleted is not None and deleted.deleted:
        return "deleted the dream"
    return None


def unreferenced_pictures(
    jobs: Iterable[StoredJob], present: Collection[str], files: Iterable[str]
) -> Iterator[str]:
    """Check that a stored job refers to every stored picture."""
    referenced = {digest for job in jobs if job.job_id in present for digest in job.pictures}
    for digest in files:
        if digest not in referenced:
            yield f"no stored job refers to a picture: {digest}"


def stored_invalid_files(
    requests: Iterable[SentRequest], jobs: Iterable[StoredJob], files: Collection[str]
) -> Iterator[str]:
    """Check that no invalid file is stored, except for those of jobs that were cancelled before it was read.

    Args:
        requests: All requests.
        jobs: All jobs that were ever in the store.
        files: The stored pictures at the end.
    """
    unread = {digest for job in jobs if job.state is JobState.CANCELLED for digest in job.pictures}
    invalid = {upload.digest: upload.name for request in requests for upload in _invalid_uploads(request)}
    for digest in invalid.keys() & set(files) - unread:
        yield f"an invalid file is stored: {invalid[digest]}"


def _invalid_uploads(request: SentRequest) -> Iterator[Upload]:
    for upload in request.plan.uploads:
        if not upload.is_picture:
            yield upload


def things(
    discord: DiscordServer, classifier: OutcomeClassifier, requests: Iterable[SentRequest]
) -> Iterator[str]:
    """Check that the dream of a thing is of that thing, as its card says.

    Args:
        discord: The server that shows the dreams.
        classifier: Knows the jobs and the outcome of each request.
        requests: All requests.
    """
    texts: dict[str, list[str]] = {}
    for message in discord.world.messages.values():
        for state in message.states if message.author == discord.world.bot else ():
            for job in jobs_of_dreams(file.filename for file in state.attachments):
                texts.setdefault(job, []).append(state.text)
    for request in requests:
        if request.plan.thing is None or classifier.outcome_of(request) != ANSWERED:
            continue
        name = image_classes.get(request.plan.thing).name
        for text in (text for job in classifier.jobs_of(request) for text in texts.get(job, ())):
            if not (bot_messages.contains("card-dreamed", text) and name in text):
                yield f"the dream of request {request.plan.number} is not of {name}: {text!r}"


def log_lines(lines: Iterable[str]) -> Iterator[str]:
    """Check that the log reports no bug."""
    for line in lines:
        if any(mark in line for mark in _BUG_MARKS):
            yield f"the log reports a bug: {line[:3000]}"


def max_lag(lines: Iterable[str]) -> float:
    """The longest time that the event loop kept its tasks waiting, in seconds."""
    return max((int(found[1]) / 1000 for line in lines if (found := _LAG.search(line))), default=0.0)


def cards(
    discord: DiscordServer,
    jobs: Iterable[StoredJob],
    dead: Collection[str],
    restarted_at: Sequence[float] = (),
) -> Iterator[str]:
    """Check that no card states something false.

    Args:
        discord: The server that shows the cards.
        jobs: All jobs that were ever in the store.
        dead: The ids of the interactions that can no longer be answered.
        restarted_at: When running dreams had to start again, on the monotonic clock.
    """
    deliveries = delivery_times(discord)
    over = {job.job_id for job in jobs if job.state is not JobState.RECEIVED}
    for message in discord.world.messages.values():
        if message.author != discord.world.bot or message.interaction is None:
            continue
        for violation in _false_statements(message, deliveries):
            yield f"{violation}: {_history(message)}"
        if _regression_count(message) > _count_between(message, restarted_at):
            yield f"a dream lost progress: {_history(message)}"
        is_dead = message.interaction["id"] in dead
        if not (message.deleted or is_dead) and _is_running(message.state) and jobs_in(message.state) & over:
            yield f"a card shows a finished dream as running: {_history(message)}"


def _false_statements(message: Message, deliveries: Mapping[str, Sequence[float]]) -> Iterator[str]:
    shown: set[str] = set()
    for state in message.states:
        shown |= jobs_in(state)
        delivered = sorted(moment for job in shown for moment in deliveries.get(job, ()))
        earlier = [moment for moment in delivered if moment <= state.at + _REORDER_SECONDS]
        if bot_messages.contains("card-elsewhere", state.text) and shown:
            if not earlier:
                yield "a card says that its dream is elsewhere before it was delivered"
            elif any(map(has_dream, message.states)):
                yield "a card says that its dream is elsewhere, and shows it itself"
        if bot_messages.contains("card-stays", state.text) and any(
            moment < state.at - _REORDER_SECONDS for moment in delivered
        ):
            yield "a card says that a delivered dream could not be delivered"
        if bot_messages.contains("card-cancelled", state.text) and len(delivered) > len(earlier):
            yield "a card says that its dream was cancelled, and it was delivered later"
    if any(map(has_dream, message.states)) and not (message.deleted or has_dream(message.state)):
        yield "a later state replaced a dream"


def _regression_count(message: Message) -> int:
    """How often a card showed less progress than before."""
    shown = [int(found[1]) for state in message.states if (found := _PERCENT.search(state.text))]
    return sum(later < earlier for earlier, later in itertools.pairwise(shown))


def _count_between(message: Message, times: Iterable[float]) -> int:
    """How many of some times lie between a message's first state and its last."""
    first, last = message.states[0].at, message.states[-1].at
    return sum(first <= time <= last for time in times)


def _is_running(state: State) -> bool:
    return any(bot_messages.contains(key, state.text) for key in _RUNNING)


def _history(message: Message) -> str:
    return repr([(round(state.at, 2), state.text, has_dream(state)) for state in message.states])
