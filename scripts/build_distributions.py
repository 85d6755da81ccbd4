"""``make dist``: builds the sdist, and the wheel from it, into ``dist/``, and checks what they contain.

They are built from a copy of the tracked files, in which the links of the README are absolute, because a
package index shows the README without the files beside it.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from email import message_from_bytes
from pathlib import Path

from packaging.metadata import Metadata

from scripts.project import ROOT, repository, tag_or_branch, version

PACKAGES = ("bot", "dream_engine")
BESIDE_PACKAGES = ("pyproject.toml", "MANIFEST.in", "README.md", "CHANGELOG.md", "LICENSE", "constraints.txt")
COMMANDS = {"dream = dream_engine.__main__:run", "dream-bot = bot.__main__:run"}

_MARKDOWN_LINK = re.compile(
    r"(?P<image>!?)\[(?P<text>(?:!\[[^\]]*\]\([^)]*\)|[^\[\]])*)\]\((?P<target>[^()\s]+)\)"
)
_HTML_LINK = re.compile(r'(?P<name>src|srcset|href)="(?P<target>[^"\s]+)"')


def main() -> None:
    """Build both distributions, and check them."""
    parser = argparse.ArgumentParser("python -m scripts.build_distributions", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="the folder to write into")
    folder = parser.parse_args().out
    wheel, sdist = build(folder)
    faults = [*check_wheel(wheel), *check_sdist(sdist)]
    if faults:
        sys.exit("\n".join(faults))
    for file in (sdist, wheel):
        print(f"{file}: {file.stat().st_size / 1e6:.2f} MB")


def build(folder: Path) -> tuple[Path, Path]:
    """Build the sdist and, from it, the wheel.

    Args:
        folder: The folder to write into. Its earlier distributions are deleted.

    Returns:
        The wheel and the sdist.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("dream_bot-*.whl"), *folder.glob("dream_bot-*.tar.gz")]:
        old.unlink()
    with tempfile.TemporaryDirectory() as place:
        copied = Path(place)
        for name in tracked(*BESIDE_PACKAGES, *PACKAGES):
            (copied / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copied / name)
        readme = copied / "README.md"
        readme.write_text(with_absolute_links(readme.read_text()))
        # With the setuptools of locks/tools.txt, which is installed beside this script's Python.
        command = [_uv(), "build", "--quiet", "--offline", "--no-build-isolation", "--python", sys.executable]
        dated = os.environ | {"SOURCE_DATE_EPOCH": _commit_time()}
        subprocess.run([*command, "--out-dir", folder.resolve(), copied], check=True, env=dated)
    (wheel,) = folder.glob("dream_bot-*.whl")
    (sdist,) = folder.glob("dream_bot-*.tar.gz")
    return wheel, sdist


def tracked(*paths: str) -> list[str]:
    """The tracked files at these paths, and those that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def with_absolute_links(text: str) -> str:
    """A Markdown page whose links and images lead to the repository, at this version."""
    address, at = repository(), tag_or_branch()

    def absolute(target: str, *, image: bool) -> str:
        if re.match(r"[a-z]+:|#|//", target):
            return target
        return f"{address}/{'raw' if image else 'blob'}/{at}/{target}"

    def markdown(link: re.Match[str]) -> str:
        inner = _MARKDOWN_LINK.sub(markdown, link["text"])
        return f"{link['image']}[{inner}]({absolute(link['target'], image=bool(link['image']))})"

    def html(link: re.Match[str]) -> str:
        return f'{link["name"]}="{absolute(link["target"], image=link["name"] != "href")}"'

    return _HTML_LINK.sub(html, _MARKDOWN_LINK.sub(markdown, text))


def check_wheel(wheel: Path) -> list[str]:
    """The faults of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        info = f"dream_bot-{version()}.dist-info"
        metadata = archive.read(f"{info}/METADATA")
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
    faults = _missing_and_unexpected(wheel, {name for name in names if not name.startswith(f"{info}/")})
    if f"{info}/licenses/LICENSE" not in names:
        faults.append(f"{wheel.name} has no LICENSE")
    if COMMANDS - set(entry_points.splitlines()):
        faults.append(f"{wheel.name} lacks a command: {entry_points}")
    return faults + check_metadata(metadata)


def check_sdist(sdist: Path) -> list[str]:
    """The faults of an sdist."""
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    added = {"PKG-INFO", "setup.cfg", *BESIDE_PACKAGES}
    faults = [f"{sdist.name} lacks {name}" for name in sorted(set(BESIDE_PACKAGES) - names)]
    packaged = {name for name in names - added if not name.startswith("dream_bot.egg-info/")}
    return faults + _missing_and_unexpected(sdist, packaged)


def check_metadata(content: bytes) -> list[str]:
    """The faults of a wheel's metadata, as a package index checks it."""
    metadata = Metadata.from_email(content, validate=True)
    expected = {"name": "dream-bot", "version": version(), "license_expression": "MIT"}
    found = {name: str(getattr(metadata, name)) for name in expected}
    faults = [] if found == expected else [f"the metadata says {found} instead of {expected}"]
    text = message_from_bytes(content).get_payload()
    assert isinstance(text, str)
    if with_absolute_links(text) != text:
        faults.append("the description has links that lead nowhere on a package index")
    return faults


def _missing_and_unexpected(file: Path, packaged: set[str]) -> list[str]:
    wanted = set(tracked(*PACKAGES))
    lacks = [f"{file.name} lacks {name}" for name in sorted(wanted - packaged)]
    return lacks + [f"{file.name} should not have {name}" for name in sorted(packaged - wanted)]


def _commit_time() -> str:
    command = ["git", "log", "-1", "--format=%ct"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else "uv"


if __name__ == "__main__":
    main()
