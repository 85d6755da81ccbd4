"""``--check``: tries every step of the start, and prints a line for each."""

import asyncio
import contextlib
import sys
from collections.abc import Iterator

from bot.app import new_client
from bot.errors import InUseError, StartupError, UnavailableError
from bot.invitation import application_id_in, invitation
from bot.settings import BotSettings
from bot.startup import executor_of, log_in, make_ready, token_in
from bot.storage.data_dir import claimed, open_database
from bot.thing_restrictions import ThingRestrictions
from dream_engine import backbones

_LOGIN_SECONDS = 30.0


async def check(settings: BotSettings) -> int:
    """Try every step of the start without serving, even after one that fails.

    A step that succeeds is reported on standard output, and one that fails on standard error.

    Returns:
        The exit status: 0 if the bot could start, otherwise that of the first step that failed.
    """
    failures: list[StartupError] = []
    with _reporting_to(failures):
        ThingRestrictions.read(settings.restricted_things_file)
        _report("configuration", "valid")
    with _reporting_to(failures):
        await _check_data_dir(settings)
    with _reporting_to(failures):
        await _check_executor(settings)
    with _reporting_to(failures):
        await _check_login(settings)
    return failures[0].status if failures else 0


async def _check_data_dir(settings: BotSettings) -> None:
    folder = settings.data_dir.absolute()
    try:
        with claimed(settings.data_dir):
            async with open_database(settings.data_dir):
                _report("data directory", str(folder))
    except InUseError:
        _report("data directory", f"{folder}, where a bot is running")


async def _check_executor(settings: BotSettings) -> None:
    executor = executor_of(settings)
    try:
        await make_ready(executor, settings)
        weights = settings.weights or "default"
        _report("backbone", f"{backbones.get(settings.backbone).name}, weights: {weights}")
        _report("workers", f"{executor.capacity}")
    finally:
        await executor.close()


async def _check_login(settings: BotSettings) -> None:
    """Log in over the REST API, which neither connects to the gateway nor registers commands."""
    token = token_in(settings)
    application_id = application_id_in(token)
    try:
        async with new_client(register=False) as client:
            try:
                async with asyncio.timeout(_LOGIN_SECONDS):
                    await log_in(client, token)
            except TimeoutError:
                raise UnavailableError(
                    f"Discord cannot be reached at {settings.api_base}: "
                    f"it did not answer within {_LOGIN_SECONDS:.0f} seconds."
                ) from None
            application_id = client.application_id or application_id
            _report("Discord", f"logged in as {client.user}")
    finally:
        if application_id is not None:
            _report("invitation", invitation(application_id))


@contextlib.contextmanager
def _reporting_to(failures: list[StartupError]) -> Iterator[None]:
    try:
        yield
    except StartupError as error:
        failures.append(error)
        sys.stdout.flush()
        print(error, file=sys.stderr, flush=True)


def _report(subject: str, result: str) -> None:
    line = f"{subject + ':':<16} {result}"
    print(line.encode(errors="backslashreplace").decode())
