"""Shows a conversation with the bot in the terminal: ``python -m sandbox.demo PHOTOGRAPH OUTPUT``.

The bot, its store, its queue and the network are real. Only Discord is simulated.
"""

import argparse
import asyncio
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from bot.errors import StartupError
from bot.settings import BotSettings
from dream_engine.executors.base import ExecutorError
from fake_discord.simcord_additions import labels_of, text_of
from sandbox.simulation import CDN, Simulation, simulated

_LOADING = 1 << 7
_TIMESTAMP = re.compile(r"<t:(\d+):R>")
_TIMEOUT_SECONDS = 120.0
_CANCEL = "Cancel"


class NoDreamError(Exception):
    """The bot answered without a dream. The message says why in one line."""


class ConversationPrinter:
    """Prints messages as they arrive.

    Args:
        console: The terminal.
        simulation: The simulated Discord.
    """

    def __init__(self, console: Console, simulation: Simulation) -> None:
        self._console = console
        self._names = {simulation.you.id: "You", simulation.friend.id: "Friend"}
        self._now = simulation.env.now

    def print_message(self, kind: str, message: Any) -> None:
        """Print a message or its change."""
        who = self._names.get(message.author_id, "Dream Bot")
        change = {"create": "", "edit": " [dim](edited)[/]", "delete": " [dim](deleted)[/]"}[kind]
        self._console.print(f"[bold]{who}[/]{change}")
        text = text_of(message) or ("is thinking …" if message.flags & _LOADING else "")
        for line in filter(None, _TIMESTAMP.sub(self._relative_time, text).splitlines()):
            plain = line.removeprefix("### ").removeprefix("-# ").replace("**", "")
            self._console.print(f"    {plain}", markup=False, highlight=False, soft_wrap=True)
        for attachment in message.attachments:
            size = f"{attachment.get('width')} × {attachment.get('height')}"
            self._console.print(f"    📎 {attachment['filename']} ({size})", highlight=False, markup=False)
        if labels := labels_of(message):
            self._console.print(
                "    " + "  ".join(f"[{label}]" for label in labels), style="cyan", markup=False
            )

    def _relative_time(self, moment: re.Match[str]) -> str:
        """A timestamp as Discord shows it."""
        return f"in {max(0, int(moment[1]) - self._now().timestamp()):.0f} s"


async def dream_once(photograph: Path, console: Console) -> bytes:
    """Start the bot and request a dream.

    Args:
        photograph: The picture to dream.
        console: Shows the conversation.

    Returns:
        The dream's file.

    Raises:
        NoDreamError: The bot answered with a message instead, or did not answer in time.
    """
    picture = (photograph.name, await asyncio.to_thread(photograph.read_bytes))
    with tempfile.TemporaryDirectory() as folder:
        settings = BotSettings(_env_file=None, data_dir=Path(folder), cdn_hosts=(CDN,), preview_seconds=1.5)
        console.print("The bot loads its network, and connects to a simulated Discord.\n")
        async with simulated(settings) as simulation:
            answer = await _converse(simulation, picture, console)
    return answer


async def _converse(simulation: Simulation, picture: tuple[str, bytes], console: Console) -> bytes:
    """Use ``/dream``, and wait for the dream or for the message that explains its absence."""
    answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    printer = ConversationPrinter(console, simulation)
    users = {simulation.you.id, simulation.friend.id}

    def on_message(kind: str, message: Any) -> None:
        printer.print_message(kind, message)
        if answered.done() or message.author_id in users or kind == "delete":
            return
        for attachment in message.attachments:
            if attachment["filename"].startswith("dream-"):
                answered.set_result(simulation.file(attachment))
                return
        if _is_final_answer(message):
            answered.set_exception(NoDreamError(f"The bot refused: {' '.join(text_of(message).split())}"))

    simulation.listen(on_message)
    console.print("[bold]You[/]")
    console.print(f"    /dream image:{picture[0]} preset:intense", highlight=False, markup=False)
    await simulation.you.slash(simulation.channel, "dream", image=picture, preset="intense")
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            return await answered
    except TimeoutError:
        raise NoDreamError(f"The bot did not answer within {_TIMEOUT_SECONDS:g} seconds.") from None


def _is_final_answer(message: Any) -> bool:
    """Whether a message without a dream is final: it has text, and offers no way to cancel."""
    return bool(text_of(message)) and not message.flags & _LOADING and _CANCEL not in labels_of(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the conversation, and save the dream.

    Args:
        arguments: The command line. Defaults to this process's own.

    Returns:
        The exit status: 0 with a dream, 1 without one.
    """
    parser = argparse.ArgumentParser("python -m sandbox.demo", description="A conversation with the bot.")
    parser.add_argument("photograph", type=Path, help="the picture to dream")
    parser.add_argument("output", type=Path, help="the file to write the dream to")
    chosen = parser.parse_args(arguments)
    console = Console()
    try:
        answer = asyncio.run(dream_once(chosen.photograph, console))
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_bytes(answer)
    except (NoDreamError, StartupError, ExecutorError, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    console.print(f"\nThe dream is in [bold]{escape(str(chosen.output))}[/].", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
