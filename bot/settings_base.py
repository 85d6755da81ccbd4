"""Reads settings from the environment and one file, and reports everything that is wrong with them."""

import os
from pathlib import Path
from typing import Any, Self

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import ConfigurationError
from bot.settings_file import check_readable, unreadable_lines, variables_in
from bot.settings_messages import variable_of
from bot.settings_names import misspelt_names


class SettingsBase(BaseSettings):
    """Settings that are read from the environment and from one file."""

    model_config = SettingsConfigDict(
        env_prefix="DREAM_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def read_from(cls, file: Path | None) -> Self:
        """Read the settings from the environment and a file, and look for misspelt names in both.

        Args:
            file: The file, whose values the environment overrides.

        Raises:
            ConfigurationError: Values are invalid, names are misspelt, or the file cannot be read. The
                message has a line for each problem.
        """
        if file is not None:
            check_readable(file)
        known = [variable_of(cls, name) for name in cls.model_fields]
        problems = misspelt_names(os.environ, known, "the environment")
        settings = None
        with unreadable_lines() as numbers:
            if file is not None:
                problems += misspelt_names(variables_in(file), known, str(file))
            try:
                settings = cls(_env_file=file)  # type: ignore[call-arg]
            except ConfigurationError as error:
                problems.append(str(error))
        problems += [f"Line {number} of {file} is not NAME=value." for number in dict.fromkeys(numbers)]
        if settings is None or problems:
            raise ConfigurationError("\n".join(problems))
        return settings

    @field_validator("*", mode="before")
    @classmethod
    def _check_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            value.encode()  # raises a ValueError if the environment held bytes that are not UTF-8
            if "\0" in value:
                raise ValueError("a null character")
        return value
