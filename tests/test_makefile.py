"""Checks of what the Makefile installs and says, without installing anything."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not installed")
VARIABLES = {
    "DISCORD_TOKEN",
    "DREAM_ENV_FILE",
    "VARIANT",
    "PYTHON",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "ARGS",
}


@pytest.fixture
def checkout(tmp_path):
    """A copy of the files that the Makefile's installing part reads."""
    for name in ("Makefile", "pyproject.toml", "scripts/check_platform.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "locks", tmp_path / "locks")
    return tmp_path


def make(checkout, *arguments, **variables):
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES} | variables
    command = [MAKE, "-C", checkout, "--no-print-directory", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def installed(checkout, target, **variables):
    """The locks that a target would install."""
    planned = make(checkout, "--dry-run", target, **variables)
    assert planned.returncode == 0, planned.stderr
    words = planned.stdout.split()
    return [word.removeprefix("locks/") for word in words if word.startswith("locks/")]


def python(folder, version):
    """A Python that would be refused for its version."""
    file = folder / "old-python"
    file.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        f"sys.path.insert(0, {str(folder / 'scripts')!r})\n"
        "import check_platform\n"
        f"check_platform.this_machine = lambda: check_platform.Facts(version={version!r})\n"
        "sys.exit(check_platform.main(sys.argv[2:]))\n"
    )
    file.chmod(0o755)
    return str(file)


def test_run_installs_what_the_image_has_and_no_development_tools(checkout):
    (checkout / ".env").touch()
    assert installed(checkout, "run") == ["build.txt", "cpu.txt", "video.txt"]
    assert installed(checkout, "run", VARIANT="gpu") == ["build.txt", "gpu.txt", "video.txt"]
    planned = make(checkout, "--dry-run", "run", "ARGS=--check").stdout.splitlines()
    assert planned[-1] == "exec .venv/bin/python -m bot --check"


def test_setup_also_installs_the_development_tools(checkout):
    assert installed(checkout, "setup") == ["build.txt", "cpu.txt", "video.txt", "tools.txt", "dev.txt"]


@pytest.mark.parametrize("target", ["demo", "sandbox"])
def test_the_sandbox_needs_no_development_tools(checkout, target):
    assert installed(checkout, target) == ["build.txt", "cpu.txt", "video.txt", "sandbox.txt"]


def test_the_tests_install_the_rest_after_the_bot_has_run(checkout):
    (checkout / ".env").touch()
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "bot-cpu").touch()
    assert installed(checkout, "run") == []
    assert installed(checkout, "test") == ["tools.txt", "dev.txt"]
    assert installed(checkout, "sandbox") == ["sandbox.txt"]


def test_the_installed_variant_is_kept(checkout):
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "bot-gpu").touch()
    assert installed(checkout, "setup") == ["tools.txt", "dev.txt"]
    (checkout / ".venv" / "installed-gpu").touch()
    assert installed(checkout, "setup") == []


def test_a_changed_lock_is_installed_again(checkout):
    (checkout / ".venv").mkdir()
    for name in ("bot-cpu", "installed-cpu"):
        (checkout / ".venv" / name).touch()
    assert installed(checkout, "setup") == []
    later = (checkout / ".venv" / "installed-cpu").stat().st_mtime + 60
    os.utime(checkout / "locks" / "dev.txt", (later, later))
    assert installed(checkout, "setup") == ["tools.txt", "dev.txt"]


def test_run_asks_for_the_token_before_it_installs_anything(checkout):
    ended = make(checkout, "run")
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert ended.stderr.splitlines()[0] == (
        "make run needs the bot's token: copy .env.example to .env, and write it behind DISCORD_TOKEN=."
    )
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("variable", ["DISCORD_TOKEN", "DREAM_ENV_FILE"])
def test_the_token_may_come_from_the_environment(checkout, variable):
    ended = make(checkout, "has-token", **{variable: "something"})
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("target", ["setup", "run", "demo"])
def test_an_unsupported_python_is_refused_before_anything_is_installed(checkout, target):
    (checkout / ".env").touch()
    ended = make(checkout, target, PYTHON=python(checkout, (3, 14)))
    assert ended.returncode != 0
    assert ended.stdout == ""
    first, *rest = ended.stderr.splitlines()
    assert first.startswith("dream-bot needs Python 3.11, 3.12 or 3.13, because TensorFlow has no package")
    assert len(rest) == 1, "make adds a line of its own"
    assert not (checkout / ".venv").exists()


def test_a_python_that_does_not_exist_is_named(checkout):
    ended = make(checkout, "setup", PYTHON="python3.99")
    assert ended.stderr.splitlines()[0].startswith("There is no python3.99; install Python 3.12")
    assert not (checkout / ".venv").exists()


def test_help_names_every_target(checkout):
    lines = (checkout / "Makefile").read_text().replace("\\\n", "").splitlines()
    (targets,) = [line.split()[1:] for line in lines if line.startswith(".PHONY: help")]
    helped = make(checkout, "help").stdout
    assert [name for name in targets if name != "help" and f"make {name} " not in helped] == []
