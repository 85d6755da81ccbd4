"""What `make lint` and the lock promise of dependencies and secrets."""

import base64
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PINS = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines()]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ASKED_FOR = [
    Requirement(line) for line in chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
]

# In parts, or this file would hold what must be found.
BOT_TOKEN = ".".join([base64.b64encode(b"123456789012345678").decode(), "Gh1jKl", "Zy9-xW8_v" * 3])
PRIVATE_KEY = "\n".join(
    ["-----BEGIN " + "PRIVATE KEY-----", "MC4CAQAwBQYDK2VwBCIEIA", "-----END PRIVATE KEY-----"]
)


def complaints(file: Path) -> str:
    """What the search for secrets says of a file."""
    program = shutil.which("detect-secrets-hook", path=str(Path(sys.executable).parent))
    assert program, "run make setup"
    ended = subprocess.run([program, "--no-verify", file], capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stdout


@pytest.mark.parametrize(
    ("text", "kind"), [(f"as {BOT_TOKEN} here", "Discord Bot Token"), (PRIVATE_KEY, "Private Key")]
)
@pytest.mark.parametrize("name", ["settings.py", "page.md", ".env.example"])
def test_a_secret_is_found_in_whatever_file_it_stands(tmp_path, name, text, kind):
    (tmp_path / name).write_text(text)
    assert kind in complaints(tmp_path / name)


def test_a_file_without_a_secret_is_let_through():
    assert complaints(ROOT / ".env.example") == ""


def test_every_pin_is_one_version_and_none_is_an_address():
    assert all(pin.url is None and [version.operator for version in pin.specifier] == ["=="] for pin in PINS)


@pytest.mark.parametrize("asked", ASKED_FOR, ids=str)
def test_the_lock_has_what_the_project_asks_for(asked):
    pinned = [pin for pin in PINS if canonicalize_name(pin.name) == canonicalize_name(asked.name)]
    assert pinned, "run make lock"
    for pin in pinned:
        (version,) = pin.specifier
        assert asked.specifier.contains(version.version), "run make lock"
