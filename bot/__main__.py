"""``dream-bot`` and ``python -m bot``: starts the bot, checks its configuration, or backs up its data."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

from yarl import URL

from bot.app import new_client, opened
from bot.client import DreamBot, set_addresses
from bot.errors import ConfigurationError, StartFailedError, StartupError, UnavailableError
from bot.identity import VERSION
from bot.operations.endpoint import monitoring_server
from bot.services import Services
from bot.settings import BotSettings, variable
from bot.settings_file import ENV_FILE_VARIABLE, env_file
from bot.startup import check, executor_of, log_in, make_ready, translate_connection_errors
from bot.storage.backup import back_up
from bot.telemetry.log import set_up_logging
from dream_engine.executors.base import DreamExecutor

_log = logging.getLogger("bot")

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def run() -> int:
    """Entry point of ``dream-bot``."""
    return main(program="dream-bot")


def main(arguments: Sequence[str] | None = None, *, program: str = "python -m bot") -> int:
    """Run the bot, check whether it can run, or copy its data.

    Args:
        arguments: The command line; by default the process's own.
        program: The name of the program in its help.

    Returns:
        The exit status: 0 after a clean stop, otherwise a code from ``sysexits.h``.
    """
    parser = argparse.ArgumentParser(program, description="The Discord bot that dreams.")
    parser.add_argument("--version", action="version", version=f"dream-bot {VERSION}")
    parser.add_argument("--check", action="store_true", help="only check settings, workers and the token")
    parser.add_argument(
        "--backup",
        type=Path,
        metavar="DIRECTORY",
        help="only copy the bot's data; it may be running",
    )
    chosen = parser.parse_args(arguments)
    try:
        with _failing_in_a_line():
            settings = BotSettings.read()
            token = settings.discord_token.get_secret_value() if settings.discord_token else ""
            os.environ.pop(variable("discord_token"), None)  # no worker needs it
            set_up_logging(settings.log_level, token, layout=settings.log_format)
            _warn_of_unread_file()
            _reach_this_machine_directly()
            set_addresses(settings)
        if chosen.backup:
            with _failing_in_a_line():
                back_up(settings.data_dir, chosen.backup)
            print(f"The backup is in {chosen.backup}.")
            return 0
        if chosen.check:
            with _failing_in_a_line():
                return asyncio.run(check(settings))
        if not token:
            raise ConfigurationError(f"{variable('discord_token')} is missing; it must be a bot's token.")
        asyncio.run(_run(settings, token))
    except StartupError as error:
        print(error, file=sys.stderr)
        return error.status
    return 0


async def _run(settings: BotSettings, token: str) -> None:
    """Serve until a signal stops the bot. A second signal ends the process at once."""
    stop = _listen_to_signals()
    async with contextlib.AsyncExitStack() as stack:
        with _failing_in_a_line():
            executor = executor_of(settings)
            stack.push_async_callback(executor.close)
            gateway = None if settings.gateway_url is None else URL(settings.gateway_url)
            client = new_client(gateway=gateway, largest_size=settings.largest_size)
            await stack.enter_async_context(client)
            services = await stack.enter_async_context(opened(settings, client, executor))
            await stack.enter_async_context(
                monitoring_server(settings.http_host, settings.http_port, services.health, client.metrics)
            )
            ready = await _done_before(stop, _get_ready(client, token, executor, services))
        if ready:
            await _serve(client, services, stop)
    worst = 1000 * services.lag.worst
    _log.info("Stopped. The event loop never kept its tasks waiting for more than %.0f ms.", worst)


@contextlib.contextmanager
def _failing_in_a_line() -> Iterator[None]:
    """Turn an unexpected error into one line for the operator, and log its traceback at ``DEBUG``.

    Raises:
        StartFailedError: An error that is not a ``StartupError`` was raised.
    """
    try:
        yield
    except StartupError:
        raise
    except Exception as error:
        _log.debug("The start failed.", exc_info=True)
        raise StartFailedError(error) from error


def _warn_of_unread_file() -> None:
    """Warn the operator of a ``.env`` file in the working directory that the bot does not read."""
    here, read = Path(".env"), env_file()
    with contextlib.suppress(OSError):  # another user's directory, in which nothing can be looked up
        if here.is_file() and (read is None or not here.samefile(read)):
            _log.warning("%s is not read: name it in %s to have it read.", here.absolute(), ENV_FILE_VARIABLE)


def _reach_this_machine_directly() -> None:
    """Bypass the environment's proxies for requests to this machine."""
    named = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = ",".join(filter(None, [named.strip(), *_THIS_MACHINE])) if named.strip() != "*" else "*"
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = hosts


async def _get_ready(client: DreamBot, token: str, executor: DreamExecutor, services: Services) -> None:
    await log_in(client, token)
    await make_ready(executor)
    await services.start()


async def _serve(client: DreamBot, services: Services, stop: asyncio.Event) -> None:
    connection = asyncio.create_task(client.connect())
    try:
        if await _done_before(stop, translate_connection_errors(asyncio.shield(connection))):
            raise UnavailableError("Discord ended the connection.")
        _log.info("Stopping: running dreams have %g seconds to finish.", services.settings.shutdown_seconds)
    finally:  # also after an error: the accepted jobs are kept, and their owners are told
        await services.stop()
        await client.close()
        connection.cancel()  # otherwise it would first wait until its next attempt to reconnect
        await asyncio.gather(connection, return_exceptions=True)


async def _done_before(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Run some work until it is done or the bot is told to stop, and return whether it is done."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        return working.done()
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


def _listen_to_signals() -> asyncio.Event:
    stop = asyncio.Event()

    def on_signal(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)  # workers end when their pipes close, and accepted jobs are on the disk
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, on_signal, number)
    return stop


if __name__ == "__main__":
    sys.exit(main())
