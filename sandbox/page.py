"""Opens the bot in a local browser page: ``python -m sandbox.page [PORT]``.

The page looks like a channel. Type ``/dream``, attach a photograph, choose a preset, click the buttons. The
bot, its store, its queue and the network are real. Only Discord is simulated.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import simcord

from bot.errors import StartupError
from bot.settings import BotSettings
from bot.stop_signals import listen_to_stop_signals
from dream_engine.executors.base import ExecutorError
from sandbox.simulation import CDN, simulated

_BUSY_PAUSE = 0.05
_HINTS = """\
Attach a photograph to /dream, and click what the bot answers with.
Each tab can show another person: a friend, a moderator, or somebody who speaks another language.
A click is ignored while a card changes. Click again.
Stop with Ctrl-C."""


async def serve(port: int) -> None:
    """Serve the page until it is closed, or until a signal stops the process.

    Args:
        port: The port on this machine, or 0 for any free one.
    """
    stop = asyncio.Event()
    listen_to_stop_signals(lambda _: stop.set())
    with tempfile.TemporaryDirectory() as folder:
        settings = BotSettings(_env_file=None, data_dir=Path(folder), cdn_hosts=(CDN,), shutdown_seconds=0)
        print("The bot loads its network …", flush=True)
        async with simulated(settings) as simulation:
            changed = asyncio.Event()
            simulation.listen(lambda *_: changed.set())
            users = [simulation.you, simulation.friend, *simulation.others]
            page = simulation.env.preview(simulation.channel, viewers=users, layout="channel", port=port)
            async with page as preview:
                print(f"Open {preview.url}\n{_HINTS}", flush=True)
                tasks = [
                    asyncio.create_task(_refresh_on_change(preview, changed)),
                    asyncio.create_task(preview.wait_closed()),
                    asyncio.create_task(stop.wait()),
                ]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                broken = [task.exception() for task in tasks if task.done()]
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                for error in filter(None, broken):
                    raise error
    print("Closed.", flush=True)


async def _refresh_on_change(preview: Any, changed: asyncio.Event) -> None:
    """Refresh the page when the bot changes a message."""
    while True:
        await changed.wait()
        changed.clear()
        while True:
            try:
                await preview.refresh()
                break
            except simcord.SetupError:  # the user is interacting, which refreshes the page anyway
                await asyncio.sleep(_BUSY_PAUSE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the page.

    Args:
        arguments: The command line. Defaults to this process's own.

    Returns:
        The exit status: 0 once the page is closed, 1 if it cannot be served.
    """
    parser = argparse.ArgumentParser("python -m sandbox.page", description="The bot in a browser page.")
    parser.add_argument("port", type=int, nargs="?", default=0, help="the port (default: any free one)")
    try:
        asyncio.run(serve(parser.parse_args(arguments).port))
    except (StartupError, ExecutorError, OSError, OverflowError, simcord.SetupError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
