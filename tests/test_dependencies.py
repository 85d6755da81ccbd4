"""Checks of the locks, the pinned tools and the search for secrets."""

import base64
import contextlib
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
LOCKS = {path.stem: path for path in sorted((ROOT / "locks").glob("*.txt"))}
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = DECLARED["project"]
EXTRAS = {name: PROJECT["dependencies"] + asked for name, asked in PROJECT["optional-dependencies"].items()}
GROUPS = DECLARED["dependency-groups"]


def asked_by_group(name: str) -> list[str]:
    """The dependencies of a group, and of the groups that it includes."""
    lines = [line for line in GROUPS[name] if isinstance(line, str)]
    included = (line["include-group"] for line in GROUPS[name] if isinstance(line, dict))
    return [*lines, *(line for group in included for line in asked_by_group(group))]


SETS = EXTRAS | {name: asked_by_group(name) for name in GROUPS}
ASKED_FOR = [(name, Requirement(line)) for name, asked in SETS.items() for line in asked]


def pins(file: Path) -> list[Requirement]:
    """The pins of a file, without the hashes."""
    entries = file.read_text().replace(" \\\n", " ").splitlines()
    return [Requirement(entry.partition(" --hash=")[0]) for entry in entries]


def of(asked: Requirement, pinned: list[Requirement]) -> list[Requirement]:
    """The pins of one package; several if they differ between versions of Python."""
    return [pin for pin in pinned if canonicalize_name(pin.name) == canonicalize_name(asked.name)]


# In parts, because detect-secrets would otherwise complain about this file.
BOT_TOKEN = ".".join([base64.b64encode(b"123456789012345678").decode(), "Gh1jKl", "Zy9-xW8_v" * 3])
PRIVATE_KEY = "\n".join(
    ["-----BEGIN " + "PRIVATE KEY-----", "MC4CAQAwBQYDK2VwBCIEIA", "-----END PRIVATE KEY-----"]
)


def complaints(file: Path) -> str:
    """The complaints of detect-secrets about a file."""
    program = shutil.which("detect-secrets-hook", path=str(Path(sys.executable).parent))
    assert program, "run make setup"
    ended = subprocess.run([program, "--no-verify", file], capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stdout


@pytest.mark.parametrize(
    ("text", "kind"), [(f"as {BOT_TOKEN} here", "Discord Bot Token"), (PRIVATE_KEY, "Private Key")]
)
@pytest.mark.parametrize("name", ["settings.py", "page.md", ".env.example"])
def test_a_secret_is_found_in_any_file(tmp_path, name, text, kind):
    (tmp_path / name).write_text(text)
    assert kind in complaints(tmp_path / name)


def test_a_file_without_a_secret_is_accepted():
    assert complaints(ROOT / ".env.example") == ""


@pytest.mark.parametrize("file", [CONSTRAINTS, *LOCKS.values()], ids=lambda file: file.stem)
def test_every_pin_has_one_version_and_no_address(file):
    assert "://" not in file.read_text()
    for pin in pins(file):
        assert pin.url is None
        assert [version.operator for version in pin.specifier] == ["=="]


def test_each_extra_and_the_tools_have_a_lock():
    assert LOCKS.keys() == SETS.keys()


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_of_a_lock_has_hashes_and_is_a_constraint(name):
    entries = LOCKS[name].read_text().replace(" \\\n", " ").splitlines()
    assert all(re.fullmatch(r"[^#]+?( +--hash=sha256:[0-9a-f]{64})+", entry) for entry in entries)
    known = {(pin.name, str(pin.specifier)) for pin in pins(CONSTRAINTS)}
    assert {(pin.name, str(pin.specifier)) for pin in pins(LOCKS[name])} <= known, "run make lock"


@pytest.mark.parametrize(("name", "asked"), ASKED_FOR, ids=str)
def test_the_lock_satisfies_the_declared_dependencies(name, asked):
    pinned = of(asked, pins(LOCKS[name]))
    assert pinned, "run make lock"
    for pin in pinned:
        (version,) = pin.specifier
        assert asked.specifier.contains(version.version), "run make lock"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_contains_the_dependencies_of_its_packages(name):
    """pip installs nothing that is missing in the lock if the lock has hashes."""
    pinned = {canonicalize_name(pin.name) for pin in pins(LOCKS[name])}
    needed = set()
    for package in pinned:
        with contextlib.suppress(metadata.PackageNotFoundError):
            for line in metadata.requires(package) or []:
                required = Requirement(line)
                if required.marker is None or required.marker.evaluate({"extra": ""}):
                    needed.add(canonicalize_name(required.name))
    assert needed <= pinned


def test_make_installs_with_hashes_and_builds_nothing_from_source():
    makefile = (ROOT / "Makefile").read_text()
    (arguments,) = re.findall(r"^INSTALL_ARGUMENTS := (.+)$", makefile, re.MULTILINE)
    assert "--require-hashes --only-binary :all:" in arguments
    assert re.findall(r"--no-binary (\S+) --no-build-isolation", makefile) == ["yattag"]
    others = [line for line in re.findall(r"pip install.*", makefile) if "$(INSTALL_ARGUMENTS)" not in line]
    assert all("--no-deps --no-build-isolation" in line for line in others)


@pytest.mark.parametrize(
    "file", sorted((ROOT / ".github" / "workflows").iterdir()), ids=lambda file: file.name
)
def test_actions_are_pinned_by_their_commit(file):
    used = re.findall(r"uses: (?!\./)(.+)$", file.read_text(), re.MULTILINE)
    assert used
    assert all(re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in used)
