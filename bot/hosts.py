"""How an operator names hosts of the network."""

import ipaddress
import re

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.IGNORECASE | re.ASCII)
_LONGEST_NAME = 253


def without_brackets(host: str) -> str:
    """A host as it is listened on; an IPv6 address may stand in brackets, as in an URL."""
    host = host.strip()
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def is_host(host: str) -> bool:
    """Whether a text is an IP address, or could be the name of a host."""
    if is_ip_address(host):
        return True
    return len(host) <= _LONGEST_NAME and _HOST_NAME.fullmatch(host) is not None


def is_ip_address(host: str) -> bool:
    """Whether a text is an address of IPv4 or IPv6."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def reachable(host: str) -> str:
    """The address at which this machine reaches what listens on a host: its own for all addresses."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"
