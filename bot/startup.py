"""Startup steps and ``--check``. Each failure becomes a ``StartupError`` with one line for the operator."""

from collections.abc import Awaitable
from typing import Any

import aiohttp
import discord

from bot.app import new_client
from bot.client import DreamBot
from bot.errors import ConfigurationError, InUseError, UnavailableError
from bot.settings import BotSettings, variable
from bot.storage.data_dir import claimed, open_database
from bot.thing_restrictions import ThingRestrictions
from dream_engine import backbones, presets
from dream_engine.errors import DreamError, WeightsError
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
    return LocalExecutor(settings.devices or None, **common)


async def make_ready(executor: DreamExecutor) -> None:
    """Start an executor.

    Raises:
        ConfigurationError: The backbone's weights or the TensorFlow installation are unusable.
        UnavailableError: The executor cannot start.
    """
    try:
        await executor.start()
    except WeightsError as error:
        raise ConfigurationError(
            f"{variable('weights')} must be a file of the backbone's weights: {error}"
        ) from error
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


async def check(settings: BotSettings) -> int:
    """Check the configuration and every startup step, and print one line for each that succeeds.

    Returns:
        The exit status.

    Raises:
        StartupError: A step failed.
    """
    ThingRestrictions.read(settings.restricted_things_file)
    _report("configuration", "valid")
    try:
        with claimed(settings.data_dir):
            async with open_database(settings.data_dir):
                _report("data directory", str(settings.data_dir))
    except InUseError:
        _report("data directory", f"{settings.data_dir}, where a bot is running")
    weights = settings.weights or "default"
    async with new_client(register=False) as client:
        executor = executor_of(settings)
        try:
            await make_ready(executor)
            _report("backbone", f"{backbones.get(settings.backbone).name}, weights: {weights}")
            _report("workers", f"{executor.capacity}")
        finally:
            await executor.close()
        if settings.discord_token is None:
            _report("Discord", f"not checked, because {variable('discord_token')} is not set")
        else:
            await log_in(client, settings.discord_token.get_secret_value())
            _report("Discord", f"logged in as {client.user}")
    return 0


def _report(subject: str, result: str) -> None:
    line = f"{subject + ':':<16} {result}"
    print(line.encode(errors="backslashreplace").decode())


_REFUSED = f"Discord refuses {variable('discord_token')}: copy it again from the developer portal."
