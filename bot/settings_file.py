"""Finds and checks the file that settings are read from, beside the environment."""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic_settings import BaseSettings, DotEnvSettingsSource

from bot.errors import ConfigurationError

ENV_FILE_VARIABLE = "DREAM_ENV_FILE"
"""The variable that names the settings file. If it is set but empty, no file is read."""
_CHECKOUT = Path(__file__).resolve().parents[1]


def env_file() -> Path | None:
    """The settings file that is read beside the environment, or ``None``."""
    named = os.environ.get(ENV_FILE_VARIABLE)
    if named is not None:
        return Path(named) if named else None
    file = _CHECKOUT / ".env"
    return file if (_CHECKOUT / "pyproject.toml").is_file() and os.path.lexists(file) else None


def unread_file() -> Path | None:
    """The ``.env`` in the working directory, if there is one that is not read."""
    here, read = Path(".env"), env_file()
    with contextlib.suppress(OSError):  # another user's directory, in which nothing can be looked up
        if here.is_file() and (read is None or not here.samefile(read)):
            return here.absolute()
    return None


def where_to_write(name: str) -> str:
    """Tell the operator where a missing setting belongs, for the end of a sentence.

    Args:
        name: The setting's variable.
    """
    read, unread = env_file(), unread_file()
    if read is not None:
        return f"write it behind {name}= in {read}"
    if unread is not None:
        return f"{unread} is not read, unless {ENV_FILE_VARIABLE}={unread} is set"
    if os.environ.get(ENV_FILE_VARIABLE) == "":
        return f"set it in the environment, because {ENV_FILE_VARIABLE} is empty and no file is read"
    if (_CHECKOUT / "pyproject.toml").is_file():
        return (
            f"there is no {_CHECKOUT / '.env'}; copy .env.example to it and write it behind {name}=, "
            f"or name another file in {ENV_FILE_VARIABLE}"
        )
    return (
        f"set it in the environment, or in a file that {ENV_FILE_VARIABLE} names; "
        f"there is no .env in {Path.cwd()} either"
    )


def _named_from() -> str:
    """Explain where a path comes from that an operator may have named from another directory."""
    named = os.environ.get(ENV_FILE_VARIABLE)
    if not named:
        return ""
    start = "" if Path(named).is_absolute() else f" from {Path.cwd()}"
    return f"; {ENV_FILE_VARIABLE} names it{start}"


def check_outside(file: Path, data_dir: Path, variable: str) -> None:
    """Check that a settings file lies where no worker can write.

    Args:
        file: The settings file.
        data_dir: The data directory, where workers can write.
        variable: The variable that names the data directory.

    Raises:
        ConfigurationError: The file lies in the data directory.
    """
    if file.resolve().is_relative_to(data_dir.resolve()):
        raise ConfigurationError(
            f"{file} lies in {variable}, where a broken worker could change it: "
            f"move it, and name it in {ENV_FILE_VARIABLE}."
        )


def variables_in(file: Path) -> dict[str, str | None]:
    """Return the variables in a settings file, with names in capitals; those that are empty are left out."""
    found = DotEnvSettingsSource(BaseSettings, env_file=file, env_ignore_empty=True).env_vars
    return {name.upper(): value for name, value in found.items()}


@contextlib.contextmanager
def unreadable_lines() -> Iterator[list[int]]:
    """Collect the numbers of the lines that cannot be parsed in the files read within the block.

    The parser skips such lines, and only logs their numbers.
    """
    numbers: list[int] = []

    def collect(record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            numbers.extend(number for number in record.args if isinstance(number, int))
        return False

    parser = logging.getLogger("dotenv.main")
    parser.addFilter(collect)
    try:
        yield numbers
    finally:
        parser.removeFilter(collect)


def check_readable(file: Path) -> None:
    """Read the settings file once, so that a fault in it is reported in one line.

    Raises:
        ConfigurationError: The file cannot be read, or is not text in UTF-8.
    """
    try:
        if not file.is_file():
            raise ConfigurationError(f"{file} is not a file that settings can be read from{_named_from()}.")
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} must be text in UTF-8; save it so.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"{file} cannot be read{_named_from()}: {reason}.") from None
    if "\0" in text:
        raise ConfigurationError(f"{file} must be text in UTF-8; save it so.")
