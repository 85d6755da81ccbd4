"""The addresses of Ray clusters."""

import re

ANY = "auto"
"""The address of the cluster that this machine belongs to; Ray finds it."""

CLIENT = "ray://"
"""The prefix of an address through which a process outside the cluster connects."""

_HOST_AND_PORT = re.compile(r"(?P<host>[^\s/@]+):(?P<port>\d{1,5})")


def host_and_port(address: str) -> tuple[str, int] | None:
    """The host and port in the address of a cluster; ``None`` if it has none, or is invalid."""
    found = _HOST_AND_PORT.fullmatch(address.removeprefix(CLIENT))
    if found is None or not 0 < (port := int(found["port"])) < 2**16:
        return None
    return found["host"], port


def is_address(text: str) -> bool:
    """Whether a text is the address of a cluster: ``auto``, ``host:port`` or ``ray://host:port``."""
    return text == ANY or host_and_port(text) is not None
