"""What the bot's tests share: settings, an executor that does as it is told, and a town in Discord."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.settings import ENV_FILE_VARIABLE, BotSettings, variable
from bot.storage.database import Database
from tests.bot.records import Clock
from tests.bot.scripted_executor import ScriptedExecutor
from tests.bot.simulated_server import SimulatedServer


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in BotSettings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)
    monkeypatch.setenv(ENV_FILE_VARIABLE, "")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "bot.sqlite3")
    yield database
    await database.close()


@pytest.fixture
def settings_with(tmp_path: Path) -> Callable[..., BotSettings]:
    """Makes settings from what differs from a test's usual ones."""

    def settings(**differences: object) -> BotSettings:
        made = BotSettings(_env_file=None, data_dir=tmp_path / "data")
        return made.model_copy(update={"preview_seconds": 0.05, **differences})

    return settings


@pytest.fixture
def changes(request: pytest.FixtureRequest) -> dict[str, object]:
    """What a test wants set in another way, as its mark ``settings`` says."""
    mark = request.node.get_closest_marker("settings")
    return dict(mark.kwargs) if mark else {}


@pytest.fixture
def executor() -> ScriptedExecutor:
    """One dream at a time, as the test tells it."""
    return ScriptedExecutor()


@pytest.fixture
async def server(
    settings_with: Callable[..., BotSettings], changes: dict[str, object], executor: ScriptedExecutor
) -> AsyncIterator[SimulatedServer]:
    """A server with a few people in it, and the bot."""
    async with SimulatedServer.populated(settings_with(**changes), executor) as server:
        yield server
        unfilled = [said for _, _, said, _ in server.recorder.log if "{" in said]
        assert not unfilled, "a text was shown without what belongs into it"


def pytest_configure(config: pytest.Config) -> None:
    """Make the tests' own mark known."""
    config.addinivalue_line("markers", "settings(**changes): what the operator set for this test")
