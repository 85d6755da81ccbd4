"""The operator's settings: each one is declared once, and read from the environment and one file."""

from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from bot.errors import ConfigurationError
from bot.healthcheck import DEFAULT_HOST, DEFAULT_PORT
from bot.rate_limit import Allowance
from bot.settings_base import SettingsBase
from bot.settings_file import check_outside, env_file
from bot.settings_messages import variable_of, wrong_values
from bot.settings_types import (
    BackboneName,
    Devices,
    DownloadHosts,
    ExecutorAddress,
    GpuCount,
    HttpAddress,
    ListenHost,
    LogLayout,
    LogLevel,
    NumberFormat,
    PresetName,
    Token,
    UserIds,
    WebPage,
    WebSocketAddress,
)
from dream_engine import backbones, presets
from dream_engine.images import Limits
from dream_engine.motion.clips import ClipLimits
from dream_engine.precision import PRECISIONS


class BotSettings(SettingsBase):
    """The settings of one running bot.

    Raises:
        ConfigurationError: Values are invalid. The message has a line for each, which names the variable and
            the values that it takes.
    """

    discord_token: Token = Field(
        None,
        validation_alias="DISCORD_TOKEN",
        description="The bot's token, from the Bot page of Discord's developer portal.",
        json_schema_extra={"bound": "a bot's token, which is three parts with dots between them"},
    )
    api_base: HttpAddress = Field(
        "https://discord.com/api/v10",
        validation_alias="DISCORD_API_BASE",
        description="The address of Discord's REST API, or of a proxy in front of it.",
        json_schema_extra={"bound": "an http or https address"},
    )
    gateway_url: WebSocketAddress | None = Field(
        None,
        validation_alias="DISCORD_GATEWAY_URL",
        description="The address of Discord's gateway. If not set, the address that the REST API returns.",
        json_schema_extra={"bound": "a ws or wss address"},
    )
    owners: UserIds = Field(
        (),
        description="The users who may use /dream-admin. If not set, the application's owner or its team.",
        json_schema_extra={"bound": "user ids, separated by commas"},
    )
    support_url: WebPage | None = Field(
        None,
        description="The page where users get help, such as an invitation to a support server. "
        "If set, /help, /privacy and error messages link to it.",
        json_schema_extra={"bound": "an https address"},
    )
    privacy_url: WebPage | None = Field(
        None,
        description="The privacy policy of this bot's operator. If set, /help and /privacy link to it.",
        json_schema_extra={"bound": "an https address"},
    )
    data_dir: Path = Field(
        Path("data"),
        description="The directory for everything that must survive a restart.",
        json_schema_extra={"bound": "a directory"},
    )
    cdn_hosts: DownloadHosts = Field(
        (
            "cdn.discordapp.com",
            "media.discordapp.net",
            "images-ext-1.discordapp.net",
            "images-ext-2.discordapp.net",
        ),
        description="The hosts that the bot downloads pictures from. "
        "Plain http is allowed only for a host that is this machine.",
        json_schema_extra={"bound": "hosts, each with an optional port, separated by commas"},
    )
    backbone: BackboneName = Field(
        backbones.DEFAULT,
        description="The network that the bot dreams with.",
        json_schema_extra={"bound": f"one of {', '.join(backbones.all_backbones())}"},
    )
    weights: Path | None = Field(
        None,
        description="A weights file for the backbone. If not set, the backbone's own weights.",
        json_schema_extra={"bound": "a file"},
    )
    executor: ExecutorAddress = Field(
        "local",
        description="Where dreams run: on this machine's devices, or on the Ray cluster at an address.",
        json_schema_extra={"bound": "local, auto, host:port, or ray://host:port"},
    )
    cluster_min_workers: int = Field(
        1, ge=1, le=1000, description="The minimum number of workers in the cluster."
    )
    cluster_max_workers: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="The maximum number of workers in the cluster. "
        "If not set, as many as the cluster has resources for now. "
        "If set, the bot also requests machines from a cluster that can grow.",
        json_schema_extra={
            "bound": "a whole number from 1 to 1000, and no less than DREAM_CLUSTER_MIN_WORKERS"
        },
    )
    cluster_idle_seconds: float = Field(
        300.0,
        ge=1,
        le=86400,
        description="The number of idle seconds after which a worker above the minimum is stopped.",
    )
    cluster_cpus: float = Field(
        1.0,
        ge=0.1,
        le=1000,
        description="The processor cores that each worker requests from the cluster and computes on.",
    )
    cluster_gpus: GpuCount | None = Field(
        None,
        description="The GPUs that each worker requests from the cluster; 0.5 is half of one. "
        "If not set, one if the cluster has GPUs.",
        json_schema_extra={"bound": "a number from 0 to 1, or a whole number up to 16"},
    )
    devices: Devices = Field(
        (),
        description="The devices to dream on. If not set, every NVIDIA GPU, or the CPU if there is none.",
        json_schema_extra={"bound": "cpu, or the numbers of GPUs, separated by commas"},
    )
    workers: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="The most dreams that this machine computes at the same time, each in a worker process. "
        "If not set, one on each GPU, or one on each processor core as far as memory suffices.",
    )
    precision: NumberFormat | None = Field(
        None,
        description="The number format that the network computes in. "
        "If not set, the one that is fastest on the processor.",
        json_schema_extra={"bound": f"one of {', '.join(PRECISIONS)}"},
    )
    memory_megabytes: float | None = Field(
        None,
        ge=500,
        le=1e7,
        description="The memory that a worker may use, in 10⁶ bytes. "
        "If not set, what the machine or its container has left. "
        "A dream that needs more is made smaller.",
    )
    log_level: LogLevel = Field("INFO", description="The lowest level that is logged.")
    log_format: LogLayout | None = Field(
        None,
        description="The format of the log. If not set, text on a terminal and JSON elsewhere.",
        json_schema_extra={"bound": "one of text, json"},
    )
    http_host: ListenHost = Field(
        DEFAULT_HOST,
        description="The address that health and metrics are served on. "
        "By default, only this machine can reach it.",
        json_schema_extra={"bound": "a host"},
    )
    http_port: int = Field(
        DEFAULT_PORT,
        ge=0,
        le=65535,
        description="The port that health and metrics are served on. 0 turns them off.",
    )
    default_preset: PresetName = Field(
        presets.DEFAULT,
        description="The default preset, for requests that don't choose one.",
        json_schema_extra={"bound": "a preset's name"},
    )
    restricted_things_file: Path | None = Field(
        None,
        description="A file of things that the bot does not dream of, or only in age-restricted channels. "
        "If not set, the bot's own list.",
        json_schema_extra={"bound": "a TOML file such as bot/restricted_things.toml"},
    )
    default_size: int = Field(
        1024,
        ge=64,
        le=8192,
        description="The default size of a dream: its longest side, in pixels. "
        "The largest allowed size still applies.",
    )
    largest_size: int = Field(
        2048,
        ge=64,
        le=8192,
        description="The largest size that a user can ask for: a dream's longest side, in pixels.",
    )
    source_megabytes: float = Field(
        25.0, gt=0, le=500, description="The maximum size of a source's file, in 10⁶ bytes."
    )
    source_megapixels: float = Field(
        64.0, gt=0, le=500, description="The maximum number of pixels in a source, in 10⁶."
    )
    time_limit: float = Field(
        600.0, ge=10, le=86400, description="The maximum number of seconds for one dream."
    )
    motion_minutes: float = Field(
        30.0,
        ge=1,
        le=1440,
        description="The longest expected time for a motion, in minutes. Longer ones are refused.",
    )
    motion_megabytes: float = Field(
        2000.0,
        gt=0,
        le=1e7,
        description="The maximum size of the frames of all unfinished motions, in 10⁶ bytes.",
    )
    preview_seconds: float = Field(
        4.0, ge=1, le=60, description="The number of seconds between two previews of a running dream."
    )
    dreams: int = Field(
        6, ge=1, le=10000, description="The number of dreams that a user earns back in DREAM_MINUTES."
    )
    minutes: int = Field(
        10, ge=1, le=10080, description="The number of minutes in which a user earns back DREAM_DREAMS."
    )
    burst: int = Field(3, ge=1, le=1000, description="The number of dreams that a user can use in a row.")
    waiting: int = Field(3, ge=1, le=1000, description="The number of a user's dreams that can wait.")
    running: int = Field(1, ge=1, le=1000, description="The number of a user's dreams that can run at once.")
    queue: int = Field(100, ge=1, le=1000, description="The number of dreams that can wait in total.")
    keep_hours: float = Field(
        72.0,
        gt=0,
        le=87600,
        description="The number of hours that a picture is kept after its last use, for the buttons.",
    )
    keep_megabytes: float = Field(
        1000.0,
        gt=0,
        le=1e7,
        description="The maximum size of all kept pictures, in 10⁶ bytes. "
        "The oldest pictures of the user who stores the most are deleted first.",
    )
    shutdown_seconds: float = Field(
        20.0,
        ge=0,
        le=600,
        description="The number of seconds that running dreams get to finish when the bot is told to stop.",
    )

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigurationError("\n".join(wrong_values(error, type(self)))) from None

    @classmethod
    def read(cls) -> Self:
        """Read the settings from the environment, and from the settings file if there is one.

        The settings file is the one that ``DREAM_ENV_FILE`` names, or ``.env`` in the root of a checkout.
        The working directory is not searched: it may be the data directory, where a worker can write.

        Raises:
            ConfigurationError: A value is invalid, a name is misspelt, or the file cannot be read or does not
                lie in a safe place.
        """
        file = env_file()
        settings = cls.read_from(file)
        if file is not None:
            check_outside(file, settings.data_dir, variable("data_dir"))
        return settings

    @property
    def allowance(self) -> Allowance:
        """The allowance of a user whose server sets no other."""
        return Allowance(self.dreams, self.minutes, self.burst, self.waiting, self.running)

    @property
    def source_limits(self) -> Limits:
        """The limits for a source's file and its pixels."""
        return Limits(self.source_megabytes, self.source_megapixels)

    @property
    def clip_limits(self) -> ClipLimits:
        """The limits for a moving source."""
        return ClipLimits(self.source_megabytes, min(ClipLimits().megapixels, self.source_megapixels))

    @field_validator("cluster_max_workers")
    @classmethod
    def _check_max_workers(cls, max_workers: int | None, info: ValidationInfo) -> int | None:
        if max_workers is not None and max_workers < info.data.get("cluster_min_workers", 1):
            raise ValueError("less than the minimum")
        return max_workers


def variable(name: str) -> str:
    """The environment variable of a field."""
    return variable_of(BotSettings, name)
