"""Prepares a release and answers what the release workflow needs to know about it.

It needs only Python's standard library, so the workflow runs it before anything is installed.
"""

import argparse
import datetime as dt
import re
import sys
from pathlib import Path

from scripts.project import FINAL, RELEASE, ROOT, repository, version

_VERSION_LINE = re.compile(r'^version = "[^"]+"', re.MULTILINE)
_HEADING = re.compile(r"^## \[?(?P<version>[^\]\s]+)\]?(?: - (?P<date>\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)
_LINK = re.compile(r"^\[[^\]]+\]: .+\n?", re.MULTILINE)
UNRELEASED = "Unreleased"


class ReleaseError(Exception):
    """A release that cannot be made. The message says what to do."""


def main(arguments: list[str] | None = None) -> None:
    """Run one of the subcommands."""
    parser = argparse.ArgumentParser("python -m scripts.release", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    preparing = commands.add_parser(
        "prepare", help="set the version, and date the changelog's unreleased section"
    )
    preparing.add_argument("version")
    developing = commands.add_parser(
        "develop", help="set the version that the development after a release is for"
    )
    developing.add_argument("version")
    checking = commands.add_parser("check", help="check that a tag, the version and the changelog agree")
    checking.add_argument("tag")
    noting = commands.add_parser("notes", help="print the changelog's section of a version")
    noting.add_argument("version")
    tagging = commands.add_parser("image-tags", help="print the tags of an image, separated by commas")
    tagging.add_argument("version")
    tagging.add_argument("--image", required=True, help="such as ghcr.io/OWNER/NAME")
    tagging.add_argument("--variant", required=True, help="cpu, gpu or cluster")
    chosen = parser.parse_args(arguments)
    try:
        match chosen.command:
            case "prepare":
                prepare(ROOT, chosen.version, dt.datetime.now(dt.UTC).date())
            case "develop":
                develop(ROOT, chosen.version)
            case "check":
                print(check(ROOT, chosen.tag))
            case "notes":
                print(notes(ROOT, chosen.version))
            case "image-tags":
                print(",".join(image_tags(chosen.image, chosen.version, chosen.variant)))
    except ReleaseError as error:
        sys.exit(str(error))


def prepare(root: Path, release: str, today: dt.date) -> None:
    """Set the version, and give the changelog's unreleased section that version and a date.

    Raises:
        ReleaseError: The version cannot be released, or the changelog has nothing about it.
    """
    _must_be_release(release)
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text()
    if not _section(text, UNRELEASED):
        raise ReleaseError(f"CHANGELOG.md has nothing below {UNRELEASED}.")
    if any(heading["version"] == release for heading in _HEADING.finditer(text)):
        raise ReleaseError(f"CHANGELOG.md already has a section {release}.")
    address, pages = repository(root), f"[{release}]: {repository(root)}/releases/tag/v{release}"
    text = text.replace(f"## [{UNRELEASED}]\n", f"## [{UNRELEASED}]\n\n## [{release}] - {today}\n", 1)
    since = f"[{UNRELEASED}]: {address}/compare/v{release}...HEAD"
    changelog.write_text(re.sub(rf"^\[{UNRELEASED}\]: .+$", f"{since}\n{pages}", text, flags=re.MULTILINE))
    _set_version(root, release)


def develop(root: Path, release: str) -> None:
    """Set the version of a checkout between releases.

    Raises:
        ReleaseError: The version cannot be released.
    """
    _must_be_release(release)
    _set_version(root, f"{release}.dev0")


def check(root: Path, tag: str) -> str:
    """Check that a tag may be released, and return its version.

    Raises:
        ReleaseError: The tag is not the version's, or the changelog has no dated section about it.
    """
    release = tag.removeprefix("v")
    _must_be_release(release)
    if tag != f"v{release}":
        raise ReleaseError(f"The tag is {tag} instead of v{release}.")
    if version(root) != release:
        raise ReleaseError(f"The tag is {tag}, but pyproject.toml says {version(root)}; run make release.")
    notes(root, release)
    return release


def notes(root: Path, release: str) -> str:
    """The changelog's section of a version, without its heading.

    Raises:
        ReleaseError: There is no such section, or it has no date or no text.
    """
    text = (root / "CHANGELOG.md").read_text()
    dated = any(heading["version"] == release and heading["date"] for heading in _HEADING.finditer(text))
    section = _section(text, release)
    if not dated or not section:
        raise ReleaseError(f"CHANGELOG.md has no section {release} with a date and text; run make release.")
    return section


def image_tags(image: str, release: str, variant: str) -> list[str]:
    """The tags of an image; those without a full version move with each release that is no pre-release.

    Raises:
        ReleaseError: The version cannot be released.
    """
    _must_be_release(release)
    name = image.lower()  # as registries demand
    names = [f"{release}-{variant}"]
    if FINAL.fullmatch(release):
        minor = release.rpartition(".")[0]
        names += [f"{minor}-{variant}", variant]
        if variant == "cpu":
            names += [release, minor, "latest"]
    elif variant == "cpu":
        names.append(release)
    return [f"{name}:{tag}" for tag in names]


def _section(text: str, release: str) -> str:
    headings = [*_HEADING.finditer(text)]
    for number, heading in enumerate(headings):
        if heading["version"] == release:
            end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
            return _LINK.sub("", text[heading.end() : end]).strip()
    return ""


def _must_be_release(release: str) -> None:
    if not RELEASE.fullmatch(release):
        raise ReleaseError(
            f"{release or 'The version'} must be a version such as 0.2.0, or 0.2.0rc1 of a pre-release."
        )


def _set_version(root: Path, to: str) -> None:
    file = root / "pyproject.toml"
    text, replaced = _VERSION_LINE.subn(f'version = "{to}"', file.read_text(), count=1)
    assert replaced == 1
    file.write_text(text)


if __name__ == "__main__":
    main()
