"""What other files take from pyproject.toml: the project's version and its addresses."""

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FINAL = re.compile(r"\d+\.\d+\.\d+")
"""The version of a release that is not a pre-release."""
RELEASE = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")
"""The version of a release."""


def version(root: Path = ROOT) -> str:
    """The version of the next release, or with ``.dev0`` of the development towards it."""
    return str(_declared(root)["version"])


def repository(root: Path = ROOT) -> str:
    """The address of the repository, without a slash at its end."""
    return str(_declared(root)["urls"]["Source"])


def tag_or_branch(root: Path = ROOT) -> str:
    """The name under which the repository has the files of this version."""
    return f"v{version(root)}" if RELEASE.fullmatch(version(root)) else "main"


def _declared(root: Path) -> dict[str, Any]:
    declared: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return declared
