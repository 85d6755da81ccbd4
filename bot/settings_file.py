"""Finds the file that settings are read from, beside the environment."""

import os
from pathlib import Path

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


def check_readable(file: Path) -> None:
    """Read the settings file once, so that a fault in it is reported in one line.

    Raises:
        ConfigurationError: The file cannot be read, or is not text in UTF-8.
    """
    try:
        if not file.is_file():
            raise ConfigurationError(f"{file} is not a file that settings can be read from.")
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} must be text in UTF-8; save it so.") from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from None
    if "\0" in text:
        raise ConfigurationError(f"{file} must be text in UTF-8; save it so.")
