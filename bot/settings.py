"""Everything that an operator may set, from the environment and an operator's file, declared once."""

import os
import re
from collections.abc import Container
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from yarl import URL

from bot.errors import ConfigurationError
from bot.healthcheck import DEFAULT_HOST, DEFAULT_PORT
from bot.hosts import is_host, without_brackets
from bot.rate_limit import Allowance
from bot.telemetry.log import Layout
from dream_engine import backbones
from dream_engine.executors.ray.addresses import ANY, host_and_port
from dream_engine.images import Limits
from dream_engine.precision import PRECISIONS, Precision
from dream_engine.presets import PRESETS
from dream_engine.settings import bounds


def _listed(value: Any) -> Any:
    return (
        tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
    )


_HOST = re.compile(r"[\w.:\-\[\]]+")
Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
_Id = Annotated[int, Field(ge=1, lt=1 << 64)]
Owners = Annotated[tuple[_Id, ...], NoDecode, BeforeValidator(_listed)]

ENV_FILE_VARIABLE = "DREAM_ENV_FILE"
"""Names the file that settings are read from beside the environment; empty for none."""
_CHECKOUT = Path(__file__).resolve().parents[1]
_TOKEN = re.compile(r"[!-~]+")


class BotSettings(BaseSettings):
    """The settings of one running bot.

    Raises:
        ConfigurationError: A value is wrong; it names the variable and what it may be.
    """

    model_config = SettingsConfigDict(
        env_prefix="DREAM_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    discord_token: SecretStr | None = Field(
        None,
        validation_alias="DISCORD_TOKEN",
        description="The bot's token, from its page in Discord's developer portal.",
        json_schema_extra={"bound": "a bot's token"},
    )
    api_base: str = Field(
        "https://discord.com/api/v10",
        validation_alias="DISCORD_API_BASE",
        description="Where Discord's REST API is reached: its own address, or that of a proxy before it.",
        json_schema_extra={"bound": "an http or https address"},
    )
    gateway_url: str | None = Field(
        None,
        validation_alias="DISCORD_GATEWAY_URL",
        description="Where Discord's gateway is reached; none: where the REST API says.",
        json_schema_extra={"bound": "a ws or wss address"},
    )
    owners: Owners = Field(
        (),
        description="Who may use /dream-admin; none: the application's owner, or its team.",
        json_schema_extra={"bound": "the ids of people, separated by commas"},
    )
    data_dir: Path = Field(
        Path("data"),
        description="The directory of everything that outlives a restart.",
        json_schema_extra={"bound": "a directory"},
    )
    cdn_hosts: Listed = Field(
        (
            "cdn.discordapp.com",
            "media.discordapp.net",
            "images-ext-1.discordapp.net",
            "images-ext-2.discordapp.net",
        ),
        description="The hosts that pictures are fetched from; plain http only where a host is this machine.",
        json_schema_extra={"bound": "hosts, each perhaps with a port, separated by commas"},
    )
    backbone: str = Field(
        backbones.DEFAULT,
        description="The network that the bot dreams with.",
        json_schema_extra={"bound": f"one of {', '.join(backbones.all_backbones())}"},
    )
    weights: Path | None = Field(
        None,
        description="A file of weights for the backbone, in place of its own.",
        json_schema_extra={"bound": "a file"},
    )
    executor: str = Field(
        "local",
        description="Where is dreamed: on this machine's devices, or on a Ray cluster, by its address.",
        json_schema_extra={"bound": "local, auto, host:port, or ray://host:port"},
    )
    cluster_min_workers: int = Field(
        1, ge=1, le=1000, description="How many workers there are in the cluster at least."
    )
    cluster_max_workers: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="How many there are at most; none: as many as the cluster has room for now. "
        "A number also asks a cluster that can grow for machines.",
        json_schema_extra={
            "bound": "a whole number from 1 to 1000, and no less than DREAM_CLUSTER_MIN_WORKERS"
        },
    )
    cluster_idle_seconds: float = Field(
        300.0,
        ge=1,
        le=86400,
        description="How long a worker beyond the fewest may have nothing to do until it is let go.",
    )
    cluster_cpus: float = Field(
        1.0,
        ge=0.1,
        le=1000,
        description="How many processor cores each worker asks the cluster for, and computes on.",
    )
    cluster_gpus: float | None = Field(
        None,
        ge=0,
        le=16,
        description="How many GPUs each worker asks the cluster for; 0.5 is half of one. "
        "None: one where the cluster has GPUs.",
        json_schema_extra={"bound": "a number from 0 to 1, or a whole number up to 16"},
    )
    devices: Listed = Field(
        (),
        description="The devices to dream on; none: every NVIDIA GPU, or the CPU where there is none.",
        json_schema_extra={"bound": "cpu, or the numbers of GPUs, separated by commas"},
    )
    precision: Precision | None = Field(
        None,
        description="What the network computes in; none: what the processor is quickest with.",
        json_schema_extra={"bound": f"one of {', '.join(PRECISIONS)}"},
    )
    memory_megabytes: float | None = Field(
        None,
        ge=500,
        le=1e7,
        description="A worker's memory, in 10⁶ bytes; none: what the machine or its container has left. "
        "A dream that needs more is made smaller.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="From which level on the log is written."
    )
    log_format: Layout | None = Field(
        None,
        description="How the log is written; none: as text on a terminal, and as JSON elsewhere.",
        json_schema_extra={"bound": "one of text, json"},
    )
    http_host: str = Field(
        DEFAULT_HOST,
        description="The address at which health and metrics are told, to this machine alone by default.",
        json_schema_extra={"bound": "a host"},
    )
    http_port: int = Field(
        DEFAULT_PORT, ge=0, le=65535, description="The port of that; 0 for telling nothing."
    )
    default_preset: str = Field(
        "intense",
        description="The preset of who names none.",
        json_schema_extra={"bound": "a preset's name"},
    )
    default_size: int = Field(
        1024,
        ge=64,
        le=8192,
        description="The longest side, in pixels, of a dream whose size nobody named, if it may be so large.",
    )
    largest_size: int = Field(
        2048, ge=64, le=8192, description="The longest side, in pixels, that anybody may ask for."
    )
    source_megabytes: float = Field(25.0, gt=0, le=500, description="How large a picture's file may be.")
    source_megapixels: float = Field(64.0, gt=0, le=500, description="How many pixels it may have, in 10⁶.")
    time_limit: float = Field(600.0, ge=10, le=86400, description="How many seconds one dream may take.")
    preview_seconds: float = Field(
        4.0, ge=1, le=60, description="How many seconds lie between two previews of a growing dream."
    )
    dreams: int = Field(6, ge=1, le=10000, description="How many dreams a person has, in DREAM_MINUTES.")
    minutes: int = Field(10, ge=1, le=10080, description="In how many minutes DREAM_DREAMS come back.")
    burst: int = Field(3, ge=1, le=1000, description="How many of them a person may have at once.")
    waiting: int = Field(3, ge=1, le=1000, description="How many jobs of one person may wait.")
    running: int = Field(1, ge=1, le=1000, description="How many jobs of one person are dreamed at once.")
    queue: int = Field(100, ge=1, le=1000, description="How many jobs may wait in all.")
    keep_hours: float = Field(
        72.0,
        gt=0,
        le=87600,
        description="How many hours pictures are kept after their last use, for the buttons.",
    )
    keep_megabytes: float = Field(
        1000.0,
        gt=0,
        le=1e7,
        description="How much all kept pictures may take; of whoever has most, the oldest go first.",
    )
    shutdown_seconds: float = Field(
        20.0,
        ge=0,
        le=600,
        description="How many seconds running dreams have left when the bot is told to stop.",
    )

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise _first_complaint(error) from None

    @classmethod
    def read(cls) -> Self:
        """Read them from the environment, and from the operator's file if there is one.

        The file is the one that ``DREAM_ENV_FILE`` names, or ``.env`` in the folder of a checkout. The
        working directory does not matter: it may be the data directory, where a worker can write.

        Raises:
            ConfigurationError: A value is wrong, or the file cannot be read.
        """
        file = env_file()
        if file is None:
            return cls(_env_file=None)
        _check_readable(file)
        settings = cls(_env_file=file)
        if file.resolve().is_relative_to(settings.data_dir.resolve()):
            raise ConfigurationError(
                f"{file} lies in {variable('data_dir')}, where a broken worker could change it: "
                f"move it, and name it in {ENV_FILE_VARIABLE}."
            )
        return settings

    @property
    def allowance(self) -> Allowance:
        """What a person may where nothing else is said."""
        return Allowance(self.dreams, self.minutes, self.burst, self.waiting, self.running)

    @property
    def source_limits(self) -> Limits:
        """What a source may be."""
        return Limits(self.source_megabytes, self.source_megapixels)

    @field_validator("*", mode="before")
    @classmethod
    def _check_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            value.encode()  # or it was no UTF-8
            if "\0" in value:
                raise ValueError("a character that no value can have")
        return value

    @field_validator("discord_token")
    @classmethod
    def _check_token(cls, token: SecretStr | None) -> SecretStr | None:
        stripped = "" if token is None else token.get_secret_value().strip()
        if stripped and not _TOKEN.fullmatch(stripped):
            raise ValueError("no token")
        return SecretStr(stripped) if stripped else None

    @field_validator("http_host")
    @classmethod
    def _check_http_host(cls, host: str) -> str:
        host = without_brackets(host)
        if not is_host(host):
            raise ValueError("no host")
        return host

    @field_validator("api_base")
    @classmethod
    def _check_api_base(cls, value: str) -> str:
        return _checked_address(value, ("http", "https"))

    @field_validator("gateway_url")
    @classmethod
    def _check_gateway_url(cls, value: str | None) -> str | None:
        return None if value is None else _checked_address(value, ("ws", "wss"))

    @field_validator("cdn_hosts")
    @classmethod
    def _check_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            url = URL(f"https://{host}")
            if host not in (url.host, f"{url.host}:{url.explicit_port}") or not _HOST.fullmatch(host):
                raise ValueError("no host")
            if url.raw_host is None or not is_host(url.raw_host):
                raise ValueError("no host")
        if not hosts:
            raise ValueError("none")
        return hosts

    @field_validator("backbone")
    @classmethod
    def _check_backbone(cls, name: str) -> str:
        return _known(name, backbones.all_backbones())

    @field_validator("default_preset")
    @classmethod
    def _check_preset(cls, name: str) -> str:
        return _known(name, PRESETS)

    @field_validator("executor")
    @classmethod
    def _check_executor(cls, name: str) -> str:
        found = host_and_port(name)
        named = name in ("local", ANY) or (found is not None and is_host(without_brackets(found[0])))
        if not named:
            raise ValueError("no address")
        return name

    @field_validator("cluster_max_workers")
    @classmethod
    def _check_max_workers(cls, most: int | None, info: ValidationInfo) -> int | None:
        if most is not None and most < info.data.get("cluster_min_workers", 1):
            raise ValueError("fewer than the fewest")
        return most

    @field_validator("cluster_gpus")
    @classmethod
    def _check_gpus(cls, gpus: float | None) -> float | None:
        if gpus is not None and gpus > 1 and not gpus.is_integer():
            raise ValueError("Ray shares one GPU, and no more of them")
        return gpus

    @field_validator("devices")
    @classmethod
    def _check_devices(cls, devices: tuple[str, ...]) -> tuple[str, ...]:
        if not all(
            device == "cpu" or (device.isascii() and device.isdigit()) or device.startswith(("GPU-", "MIG-"))
            for device in devices
        ):
            raise ValueError("no device")
        return devices


def env_file() -> Path | None:
    """The file that settings are read from beside the environment; ``None`` for none."""
    named = os.environ.get(ENV_FILE_VARIABLE)
    if named is not None:
        return Path(named) if named else None
    file = _CHECKOUT / ".env"
    return file if (_CHECKOUT / "pyproject.toml").is_file() and os.path.lexists(file) else None


def _check_readable(file: Path) -> None:
    """Read the file once, so that a fault of it is told in a line.

    Raises:
        ConfigurationError: It is no file of text in UTF-8, or cannot be read.
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


def variable(name: str) -> str:
    """The environment variable of a field."""
    alias = BotSettings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"DREAM_{name.upper()}"


def _first_complaint(error: ValidationError) -> ConfigurationError:
    where = str(error.errors(include_url=False, include_input=False)[0]["loc"][0])
    names = [name for name in BotSettings.model_fields if where.upper() in (name.upper(), variable(name))]
    return ConfigurationError(f"{variable(names[0])} must be {bounds(BotSettings.model_fields[names[0]])}.")


def _checked_address(value: str, schemes: tuple[str, ...]) -> str:
    url = URL(value)
    if url.scheme not in schemes or url.raw_host is None or not is_host(url.raw_host) or url.port == 0:
        raise ValueError("no address")
    return value.rstrip("/") if "http" in schemes else value


def _known(name: str, names: Container[str]) -> str:
    if name not in names:
        raise ValueError("unknown")
    return name
