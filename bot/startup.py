"""What has to be there before the bot can serve, and the one line that says what is not."""

from collections.abc import Awaitable
from typing import Any

import aiohttp
import discord

from bot.app import new_client
from bot.client import DreamBot
from bot.errors import ConfigurationError, InUseError, UnavailableError
from bot.settings import BotSettings, variable
from bot.storage.data_dir import claimed, open_database
from dream_engine import backbones, presets
from dream_engine.errors import DreamError, WeightsError
from dream_engine.executors.base import DreamExecutor, ExecutorError
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.local.devices import CPU, find_devices
from dream_engine.executors.ray import RayExecutor

_AUTHENTICATION_FAILED = 4004


def executor_of(settings: BotSettings) -> DreamExecutor:
    """The executor that is set, warm for the default preset.

    Raises:
        ConfigurationError: A GPU of this machine is named, and none can be used here.
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
        raise ConfigurationError(f"{variable('devices')} must be cpu: no GPU can be used here.")
    return LocalExecutor(settings.devices or None, **common)


async def make_ready(executor: DreamExecutor) -> None:
    """Start an executor.

    Raises:
        ConfigurationError: The backbone's weights, or TensorFlow, are not as they should be.
        UnavailableError: It cannot be started.
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
        raise UnavailableError(f"No dream can be dreamed here: {error}") from error


async def log_in(client: DreamBot, token: str) -> None:
    """Log in to Discord.

    Raises:
        UnavailableError: The token is refused, or Discord cannot be reached.
    """
    try:
        await told_in_a_line(client.login(token))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        base = discord.http.Route.BASE
        raise UnavailableError(f"What answers at {base} does not speak as Discord does.") from error


async def told_in_a_line(talk: Awaitable[None]) -> None:
    """Talk to Discord.

    Raises:
        UnavailableError: It came to nothing; it says why.
    """
    try:
        await talk
    except discord.LoginFailure as error:
        raise UnavailableError(_REFUSED) from error
    except discord.ConnectionClosed as error:
        reason = (
            _REFUSED if error.code == _AUTHENTICATION_FAILED else f"Discord ended the connection: {error}"
        )
        raise UnavailableError(reason) from error
    except discord.ClientException as error:
        raise UnavailableError(f"Discord does not let the bot in: {error}") from error
    except (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
        base = discord.http.Route.BASE
        raise UnavailableError(
            f"Discord cannot be reached at {base}: {error or type(error).__name__}"
        ) from error


async def check(settings: BotSettings) -> int:
    """Tell the operator line by line whether everything is in order.

    Returns:
        The exit status.

    Raises:
        StartupError: Something is not; everything before it was.
    """
    _tell("configuration", "in order")
    try:
        with claimed(settings.data_dir):
            async with open_database(settings.data_dir):
                _tell("data directory", str(settings.data_dir))
    except InUseError:
        _tell("data directory", f"{settings.data_dir}, in which a bot is running")
    weights = settings.weights or "its own"
    async with new_client(register=False) as client:
        executor = executor_of(settings)
        try:
            await make_ready(executor)
            _tell("backbone", f"{backbones.get(settings.backbone).name}, weights: {weights}")
            _tell("workers", f"{executor.capacity}")
        finally:
            await executor.close()
        if settings.discord_token is None:
            _tell("Discord", f"not tried; {variable('discord_token')} is not set")
        else:
            await log_in(client, settings.discord_token.get_secret_value())
            _tell("Discord", f"logged in as {client.user}")
    return 0


def _tell(what: str, how: str) -> None:
    line = f"{what + ':':<16} {how}"
    print(line.encode(errors="backslashreplace").decode())


_REFUSED = f"Discord refuses {variable('discord_token')}: copy it anew from the developer portal."
