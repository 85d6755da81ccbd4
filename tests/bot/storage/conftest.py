"""Fixtures of the storage tests."""

import pytest

from bot.storage.database import Database
from bot.storage.jobs import JobStore
from tests.bot.records import Clock


@pytest.fixture
def store(database: Database, clock: Clock) -> JobStore:
    return JobStore(database=database, clock=clock)
