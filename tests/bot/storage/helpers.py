"""A shortcut for tests that admit jobs."""

from bot.models import Job
from bot.rate_limit import Allowance
from bot.storage.jobs import JobStore
from tests.bot.records import NOW, a_job

ALLOWANCE = Allowance(dreams=6, minutes=10, burst=3, waiting=50)
RETRY_AT = NOW + 33


async def admit(
    store: JobStore, job: Job | None = None, allowance: Allowance | None = ALLOWANCE, max_waiting: int = 100
) -> Job:
    return await store.admit(job or a_job(), allowance, max_waiting, RETRY_AT)
