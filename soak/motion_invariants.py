"""Invariants of motions in a soak run. Each check yields its violations."""

from collections.abc import Collection, Iterable, Iterator

from bot.models import OPEN
from dream_engine.motion.recognition import is_moving
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import jobs_of_dreams
from soak import bot_messages
from soak.outcomes import ANSWERED, OutcomeClassifier, SentRequest
from soak.store_monitor import StoredJob


def moving_dreams(
    discord: DiscordServer, classifier: OutcomeClassifier, requests: Iterable[SentRequest]
) -> Iterator[str]:
    """Check that dreams move if they were to move, and only then, and that their cards say so.

    Args:
        discord: The server that shows the dreams.
        classifier: Knows the jobs and the outcome of each request.
        requests: All requests.
    """
    shown = _shown_dreams(discord)
    for request in requests:
        if classifier.outcome_of(request) != ANSWERED:
            continue
        plan = request.plan
        verb = "does not" if plan.moves else "should not"
        for does_move, says_so in {one for job in classifier.jobs_of(request) for one in shown.get(job, ())}:
            if does_move is not plan.moves:
                yield f"the dream of request {plan.number} {verb} move"
            if says_so is not plan.moves:
                yield f"the card of request {plan.number} {verb} name a motion"


def _shown_dreams(discord: DiscordServer) -> dict[str, set[tuple[bool, bool]]]:
    """Whether the dreams of each job move, and whether their cards say so."""
    shown: dict[str, set[tuple[bool, bool]]] = {}
    for message in discord.world.messages.values():
        for state in message.states if message.author == discord.world.bot else ():
            says_so = bot_messages.contains("card-moved", state.text)
            for file in state.attachments:
                for job in jobs_of_dreams([file.filename]):
                    shown.setdefault(job, set()).add((is_moving(file.data), says_so))
    return shown


def leftover_folders(
    jobs: Iterable[StoredJob], present: Collection[str], folders: Iterable[str]
) -> Iterator[str]:
    """Check that no frames are kept of a motion that is over.

    Args:
        jobs: All jobs that were ever in the store.
        present: The jobs in the store at the end.
        folders: The names of the folders of motions at the end.
    """
    unfinished = {job.job_id for job in jobs if job.job_id in present and job.state in OPEN}
    for name in sorted(set(folders) - unfinished):
        yield f"the frames of a motion that is over are still stored: {name}"
