"""``dream-bot`` and ``python -m bot``: starts the bot, checks its configuration, or backs up its data."""

import argparse
import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

from yarl import URL

from bot.app import new_client, opened
from bot.check import check
from bot.client import DreamBot, set_addresses
from bot.errors import StartFailedError, StartupError, UnavailableError
from bot.identity import VERSION
from bot.invitation import invitation
from bot.operations.endpoint import monitoring_server
from bot.services import Services
from bot.settings import BotSettings, variable
from bot.settings_file import ENV_FILE_VARIABLE, env_file, unread_file, variables_in
from bot.settings_names import unknown_names
from bot.startup import executor_of, log_in, make_ready, token_in, translate_connection_errors
from bot.stop_signals import listen_to_stop_signals
from bot.storage.backup import back_up
from bot.telemetry.log import set_up_logging
from dream_engine.executors.base import DreamExecutor

_log = logging.getLogger("bot")

_EPILOG = f"""\
settings:
  Environment variables, and the lines of the file that {ENV_FILE_VARIABLE} names.
  .env.example and docs/configuration.md have all of them.

exit status:
  0    the bot stopped as it was told to; with --check: it could start
  2    the command line is wrong
  69   a service that the bot needs is unavailable, such as Discord
  70   the start failed for an unexpected reason
  78   a setting is wrong or missing
"""

_INTERRUPTED = 130
"""The exit status of a program that Ctrl-C ended."""

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
    chosen = _parser(program).parse_args(arguments)
    try:
        with _failing_in_a_line():
            settings = BotSettings.read()
            token = settings.discord_token.get_secret_value() if settings.discord_token else ""
            os.environ.pop(variable("discord_token"), None)  # no worker needs it
            set_up_logging(settings.log_level, token, layout=settings.log_format)
            if token or chosen.backup:  # otherwise an error says the same
                _warn_of_unread_file()
            _warn_of_unknown_names()
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
        asyncio.run(_run(settings, token_in(settings)))
    except StartupError as error:
        print(error, file=sys.stderr)
        return error.status
    except KeyboardInterrupt:  # while serving, the signal stops the bot instead
        return _INTERRUPTED
    return 0


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        program,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Run the Discord bot that dreams, until it gets SIGINT or SIGTERM.",
        epilog=_EPILOG,
        add_help=False,
    )
    parser.add_argument("-h", "--help", action="help", help="print this help and exit")
    parser.add_argument(
        "--version", action="version", version=f"dream-bot {VERSION}", help="print the version"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="try settings, data directory, weights, workers and token, print the invitation, and exit",
    )
    parser.add_argument(
        "--backup",
        type=Path,
        metavar="DIRECTORY",
        help="copy the data of the bot, which may be running, and exit",
    )
    return parser


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
    if file := unread_file():
        _log.warning("%s is not read: name it in %s to have it read.", file, ENV_FILE_VARIABLE)


def _warn_of_unknown_names() -> None:
    """Warn the operator of variables that look like settings and are none; they may be another program's."""
    file = env_file()
    known = [variable(name) for name in BotSettings.model_fields]
    for given in (os.environ, {} if file is None else variables_in(file)):
        for name in unknown_names(given, known):
            if name.upper().startswith("DREAM_"):
                _log.warning("%s is not a setting, and is ignored.", name)


def _reach_this_machine_directly() -> None:
    """Bypass the environment's proxies for requests to this machine."""
    named = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = ",".join(filter(None, [named.strip(), *_THIS_MACHINE])) if named.strip() != "*" else "*"
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = hosts


async def _get_ready(client: DreamBot, token: str, executor: DreamExecutor, services: Services) -> None:
    await log_in(client, token)
    if client.application_id is not None:
        _log.info(
            "Logged in as %s. Add the bot to a server: %s", client.user, invitation(client.application_id)
        )
    await make_ready(executor, services.settings)
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

    listen_to_stop_signals(on_signal)
    return stop


if __name__ == "__main__":
    sys.exit(main())
