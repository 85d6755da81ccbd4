"""Fixtures of the bot's tests: settings, a scripted executor and a simulated Discord server."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from discord import app_commands

from bot.settings import BotSettings, variable
from bot.settings_file import ENV_FILE_VARIABLE
from bot.storage.database import Database
from tests.bot.records import Clock
from tests.bot.scripted_executor import ScriptedExecutor
from tests.bot.simulated_server import SimulatedServer


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in BotSettings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)
    monkeypatch.setenv(ENV_FILE_VARIABLE, "")


@pytest.fixture(scope="session", autouse=True)
def _each_command_is_translated_once() -> Iterator[None]:
    """Translate each command once in a process, which takes most of the time in which a bot starts."""
    translated: dict[str, str] = {}

    def remembered(translate: Callable[..., Any]) -> Callable[..., Any]:
        async def get_translated_payload(command: Any, tree: Any, translator: Any) -> Any:
            command_in_english = json.dumps(command.to_dict(tree), sort_keys=True)
            if command_in_english not in translated:
                translated[command_in_english] = json.dumps(await translate(command, tree, translator))
            return json.loads(translated[command_in_english])

        return get_translated_payload

    with pytest.MonkeyPatch.context() as patch:
        for kind in (app_commands.Command, app_commands.Group, app_commands.ContextMenu):
            patch.setattr(kind, "get_translated_payload", remembered(kind.get_translated_payload))
        yield


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
    """Makes settings from the differences to the tests' defaults."""

    def settings(**differences: object) -> BotSettings:
        own = {"data_dir": tmp_path / "data", "preview_seconds": 0.05}
        return _default_settings().model_copy(update=own | differences)

    return settings


@cache
def _default_settings() -> BotSettings:
    """The settings of an empty environment, which take as long to read as a small test takes."""
    return BotSettings(_env_file=None)


@pytest.fixture
def changes(request: pytest.FixtureRequest) -> dict[str, object]:
    """The settings that a test's marker ``settings`` changes."""
    mark = request.node.get_closest_marker("settings")
    return dict(mark.kwargs) if mark else {}


@pytest.fixture
def executor() -> ScriptedExecutor:
    """An executor with one worker, which the test controls."""
    return ScriptedExecutor()


@pytest.fixture
async def server(
    settings_with: Callable[..., BotSettings], changes: dict[str, object], executor: ScriptedExecutor
) -> AsyncIterator[SimulatedServer]:
    """A simulated server with some members and the bot."""
    async with SimulatedServer.populated(settings_with(**changes), executor) as server:
        yield server
        unfilled = [text for _, _, text, _ in server.recorder.log if "{" in text]
        assert not unfilled, "a text was shown with an unfilled placeholder"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker ``settings``."""
    config.addinivalue_line("markers", "settings(**changes): the settings of the test's bot")
