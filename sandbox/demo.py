"""Shows a conversation with the bot in the terminal: ``python -m sandbox.demo PHOTOGRAPH OUTPUT``.

The bot, its store, its queue and the network that dreams are the real ones; only Discord is simulated.
"""

import asyncio
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.settings import BotSettings
from sandbox.simulation import CDN, Simulation, labels_of, simulated, text_of

_LOADING = 1 << 7
_MOMENT = re.compile(r"<t:(\d+):R>")
_SECONDS = 120.0


class Storyteller:
    """Prints what is said, as it is said.

    Args:
        console: Where.
        simulation: The simulated Discord.
    """

    def __init__(self, console: Console, simulation: Simulation) -> None:
        self._console = console
        self._names = {simulation.you.id: "You", simulation.friend.id: "Friend"}
        self._now = simulation.env.now

    def hear(self, kind: str, message: Any) -> None:
        """Print one message, or how it changed."""
        who = self._names.get(message.author_id, "Dream Bot")
        change = {"create": "", "edit": " [dim](edited)[/]", "delete": " [dim](deleted)[/]"}[kind]
        self._console.print(f"[bold]{who}[/]{change}")
        text = text_of(message) or ("is thinking …" if message.flags & _LOADING else "")
        for line in filter(None, _MOMENT.sub(self._how_soon, text).splitlines()):
            plain = line.removeprefix("### ").removeprefix("-# ").replace("**", "")
            self._console.print(f"    {plain}", markup=False, highlight=False, soft_wrap=True)
        for attachment in message.attachments:
            size = f"{attachment.get('width')} × {attachment.get('height')}"
            self._console.print(f"    📎 {attachment['filename']} ({size})", highlight=False)
        if labels := labels_of(message):
            self._console.print(
                "    " + "  ".join(f"[{label}]" for label in labels), style="cyan", markup=False
            )

    def _how_soon(self, moment: re.Match[str]) -> str:
        """A moment as Discord shows it."""
        return f"in {max(0, int(moment[1]) - self._now().timestamp()):.0f} s"


async def dream_once(photograph: Path, console: Console) -> bytes:
    """Start the bot and ask it for a dream.

    Args:
        photograph: The picture to dream.
        console: Where the conversation is shown.

    Returns:
        The file that it answers with.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = BotSettings(_env_file=None, data_dir=Path(folder), cdn_hosts=(CDN,), preview_seconds=1.5)
        console.print("The bot gets its network warm, and connects to a Discord that is only simulated.\n")
        async with simulated(settings) as simulation:
            answer = await _converse(simulation, photograph, console)
    return answer


async def _converse(simulation: Simulation, photograph: Path, console: Console) -> bytes:
    """Type ``/dream``, and wait for the picture."""
    answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    storyteller = Storyteller(console, simulation)

    def hear(kind: str, message: Any) -> None:
        storyteller.hear(kind, message)
        for attachment in message.attachments:
            if attachment["filename"].startswith("dream-") and not answered.done():
                answered.set_result(simulation.file(attachment))

    simulation.listen(hear)
    console.print(f"[bold]You[/]\n    /dream image:{photograph.name} preset:intense", highlight=False)
    picture = (photograph.name, await asyncio.to_thread(photograph.read_bytes))
    await simulation.you.slash(simulation.channel, "dream", image=picture, preset="intense")
    async with asyncio.timeout(_SECONDS):
        return await answered


def main() -> None:
    """Show the conversation, and save the dream."""
    photograph, output = map(Path, sys.argv[1:3])
    console = Console()
    answer = asyncio.run(dream_once(photograph, console))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(answer)
    console.print(f"\nThe dream is in [bold]{output}[/].", highlight=False)


if __name__ == "__main__":
    main()
