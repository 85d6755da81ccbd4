"""How clusters are named."""

import re

ANY = "auto"
"""The cluster that this machine belongs to; Ray knows where."""

CLIENT = "ray://"
"""So begins the address of a cluster that a process speaks with from outside."""

_HOST_AND_PORT = re.compile(r"(?P<host>[^\s/@]+):(?P<port>\d{1,5})")


def host_and_port(address: str) -> tuple[str, int] | None:
    """Where the head of a cluster listens; ``None`` if that is no address with a host and a port."""
    found = _HOST_AND_PORT.fullmatch(address.removeprefix(CLIENT))
    if found is None or not 0 < (port := int(found["port"])) < 2**16:
        return None
    return found["host"], port


def is_address(text: str) -> bool:
    """Whether a text names a cluster: ``auto``, ``host:port`` or ``ray://host:port``."""
    return text == ANY or host_and_port(text) is not None
