"""The steps of the start. Each failure becomes a ``StartupError`` with one line for the operator."""

import os
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import aiohttp
import discord

from bot.client import DreamBot
from bot.errors import ConfigurationError, UnavailableError
from bot.settings import BotSettings, variable
from bot.settings_file import where_to_write
from dream_engine import backbones, presets
from dream_engine.errors import DreamError, WeightsError, WeightsNotFoundError, WeightsUnavailableError
from dream_engine.executors.base import DreamExecutor, ExecutorError
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.local.devices import CPU, find_devices
from dream_engine.executors.ray import RayExecutor

_AUTHENTICATION_FAILED = 4004


def executor_of(settings: BotSettings) -> DreamExecutor:
    """Create the configured executor, whose workers warm up with the default preset.

    Raises:
        ConfigurationError: The settings name a GPU, and this machine has no usable one.
    """
    common: dict[str, Any] = {
        "weights": {} if settings.weights is None else {settings.backbone: settings.weights},
        "limits": settings.source_limits,
        "precision": settings.precision,
        "memory": None if settings.memory_megabytes is None else int(settings.memory_megabytes * 1e6),
        "warm": (presets.get(settings.default_preset).settings_for(settings.backbone),),
        "time_limit": settings.time_limit,
    }
    if settings.executor != "local":
        return RayExecutor(
            settings.executor,
            min_workers=settings.cluster_min_workers,
            max_workers=settings.cluster_max_workers,
            idle_seconds=settings.cluster_idle_seconds,
            cpus=settings.cluster_cpus,
            gpus=settings.cluster_gpus,
            **common,
        )
    if set(settings.devices) - {CPU} and find_devices() == (CPU,):
        raise ConfigurationError(f"{variable('devices')} must be cpu: this machine has no usable GPU.")
    return LocalExecutor(settings.devices or None, workers=settings.workers, **common)


def token_in(settings: BotSettings) -> str:
    """Return the token.

    Raises:
        ConfigurationError: There is none. The message says where to write it.
    """
    if settings.discord_token is None:
        name = variable("discord_token")
        raise ConfigurationError(f"{name}, the bot's token, is missing: {where_to_write(name)}.")
    return settings.discord_token.get_secret_value()


async def make_ready(executor: DreamExecutor, settings: BotSettings) -> None:
    """Start an executor.

    Args:
        executor: The executor.
        settings: The settings that it was made from.

    Raises:
        ConfigurationError: The backbone's weights or the TensorFlow installation are unusable.
        UnavailableError: The executor cannot start.
    """
    try:
        await executor.start()
    except WeightsError as error:
        raise _weights_error(error, settings) from error
    except DreamError as error:
        raise ConfigurationError(str(error)) from error
    except ExecutorError as error:
        raise UnavailableError(f"The executor cannot start: {error}") from error


async def log_in(client: DreamBot, token: str) -> None:
    """Log in to Discord.

    Raises:
        UnavailableError: Discord refuses the token, or cannot be reached.
    """
    try:
        await translate_connection_errors(client.login(token))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        base = discord.http.Route.BASE
        raise UnavailableError(f"The server at {base} does not answer as Discord's API does.") from error


async def translate_connection_errors(connecting: Awaitable[None]) -> None:
    """Await a login or a connection, and translate its errors to one line for the operator.

    Raises:
        UnavailableError: The login or the connection failed.
    """
    try:
        await connecting
    except discord.LoginFailure as error:
        raise UnavailableError(_REFUSED) from error
    except discord.ConnectionClosed as error:
        reason = (
            _REFUSED if error.code == _AUTHENTICATION_FAILED else f"Discord ended the connection: {error}"
        )
        raise UnavailableError(reason) from error
    except discord.ClientException as error:
        raise UnavailableError(f"Discord refuses the connection: {error}") from error
    except (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
        base = discord.http.Route.BASE
        raise UnavailableError(
            f"Discord cannot be reached at {base}: {error or type(error).__name__}"
        ) from error


def _weights_error(error: WeightsError, settings: BotSettings) -> ConfigurationError:
    """Describe unusable weights, with the ways out that an operator has."""
    backbone = backbones.get(settings.backbone)
    own = variable("weights")
    if isinstance(error, WeightsUnavailableError):
        folder = os.environ.get("KERAS_HOME") or "~/.keras"
        return ConfigurationError(
            f"The weights of {backbone.name} are not on the machine that dreams and could not be downloaded: "
            f"let it reach {_WEIGHTS_HOST} once, so that Keras keeps them in KERAS_HOME ({folder}), "
            f"or set {own} to a file of them, or {variable('backbone')}={backbones.DEFAULT}, which needs no "
            f"download; an image holds them if it is built with --build-arg WEIGHTS={backbone.name}."
        )
    name = backbone.weights_variable if settings.weights is None else own
    if settings.weights is None and not os.environ.get(name):
        return ConfigurationError(str(error))
    if isinstance(error, WeightsNotFoundError):
        path = Path(error.details["path"])
        shown = path.absolute() if settings.executor == "local" else path
        return ConfigurationError(
            f"{name} must be a file of {backbone.name}'s weights, but there is no {shown}."
        )
    return ConfigurationError(f"{name} must be a file of {backbone.name}'s weights: {error}")


_WEIGHTS_HOST = "storage.googleapis.com"
"""Where Keras keeps the weights of its networks."""
_REFUSED = f"Discord refuses {variable('discord_token')}: copy it again from the developer portal."
