"""Types of the operator's settings: each checks a value as it is read from the environment or a file."""

import re
from collections.abc import Container, Iterable
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode
from yarl import URL

from bot.hosts import is_host, without_brackets
from bot.telemetry.log import Layout
from dream_engine import backbones
from dream_engine.executors.ray.addresses import ANY, host_and_port
from dream_engine.precision import PRECISIONS, Precision
from dream_engine.presets import PRESETS

_TOKEN = re.compile(r"[!-~]+\.[!-~]+\.[!-~]+")
_HOST = re.compile(r"[\w.:\-\[\]]+")
_MAX_LINK_CHARACTERS = 512
"""Discord's limit on the address of a button."""


def _split(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _in_any_case(names: Iterable[str]) -> BeforeValidator:
    """Accept names in capitals or small letters; any other value stays as it was given."""
    folded = {name.casefold(): name for name in names}

    def recognise(value: Any) -> Any:
        return folded.get(value.strip().casefold(), value) if isinstance(value, str) else value

    return BeforeValidator(recognise)


def _check_token(token: SecretStr | None) -> SecretStr | None:
    stripped = "" if token is None else token.get_secret_value().strip()
    if stripped and not _TOKEN.fullmatch(stripped):
        raise ValueError("not a token")
    return SecretStr(stripped) if stripped else None


def _check_address(value: str, schemes: tuple[str, ...]) -> str:
    url = URL(value)
    if url.scheme not in schemes or url.raw_host is None or not is_host(url.raw_host) or url.port == 0:
        raise ValueError("not an address")
    return value


def _check_http_address(value: str) -> str:
    return _check_address(value, ("http", "https")).rstrip("/")


def _check_web_page(value: str) -> str:
    if any(character.isspace() or character in "()<>" for character in value):  # would end a link in a text
        raise ValueError("not an address")
    if len(value) > _MAX_LINK_CHARACTERS:
        raise ValueError("too long")
    return _check_address(value, ("https",))


def _check_websocket_address(value: str) -> str:
    return _check_address(value, ("ws", "wss"))


def _check_listen_host(host: str) -> str:
    host = without_brackets(host)
    if not is_host(host):
        raise ValueError("not a host")
    return host


def _check_download_hosts(hosts: tuple[str, ...]) -> tuple[str, ...]:
    for host in hosts:
        url = URL(f"https://{host}")
        if host not in (url.host, f"{url.host}:{url.explicit_port}") or not _HOST.fullmatch(host):
            raise ValueError("not a host")
        if url.raw_host is None or not is_host(url.raw_host):
            raise ValueError("not a host")
    if not hosts:
        raise ValueError("no host")
    return hosts


def _check_known(name: str, names: Container[str]) -> str:
    if name not in names:
        raise ValueError("unknown")
    return name


def _check_backbone(name: str) -> str:
    return _check_known(name, backbones.all_backbones())


def _check_preset(name: str) -> str:
    return _check_known(name, PRESETS)


def _check_executor(name: str) -> str:
    if name in ("local", ANY):
        return name
    found = host_and_port(name)
    if found is None or not is_host(without_brackets(found[0])):
        raise ValueError("not an address")
    return name


def _check_gpus(gpus: float) -> float:
    if gpus > 1 and not gpus.is_integer():
        raise ValueError("Ray can split one GPU between workers, but not several")
    return gpus


def _check_devices(devices: tuple[str, ...]) -> tuple[str, ...]:
    if not all(
        device == "cpu" or (device.isascii() and device.isdigit()) or device.startswith(("GPU-", "MIG-"))
        for device in devices
    ):
        raise ValueError("not a device")
    return devices


Token = Annotated[SecretStr | None, AfterValidator(_check_token)]
HttpAddress = Annotated[str, AfterValidator(_check_http_address)]
WebPage = Annotated[str, AfterValidator(_check_web_page)]
WebSocketAddress = Annotated[str, AfterValidator(_check_websocket_address)]
ListenHost = Annotated[str, AfterValidator(_check_listen_host)]
DownloadHosts = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_download_hosts)
]
UserIds = Annotated[tuple[Annotated[int, Field(ge=1, lt=1 << 64)], ...], NoDecode, BeforeValidator(_split)]
BackboneName = Annotated[str, _in_any_case(backbones.all_backbones()), AfterValidator(_check_backbone)]
PresetName = Annotated[str, _in_any_case(PRESETS), AfterValidator(_check_preset)]
_Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogLevel = Annotated[_Level, _in_any_case(get_args(_Level))]
LogLayout = Annotated[Layout, _in_any_case(get_args(Layout))]
NumberFormat = Annotated[Precision, _in_any_case(PRECISIONS)]
ExecutorAddress = Annotated[str, AfterValidator(_check_executor)]
GpuCount = Annotated[float, Field(ge=0, le=16), AfterValidator(_check_gpus)]
Devices = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_devices)]
