"""Host names and IP addresses in settings."""

import ipaddress
import re

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.IGNORECASE | re.ASCII)
_MAX_NAME_LENGTH = 253


def without_brackets(host: str) -> str:
    """Strip the brackets around an IPv6 address, such as a URL has, and surrounding white space."""
    host = host.strip()
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def is_host(host: str) -> bool:
    """Whether a text is an IP address or a syntactically valid host name."""
    if is_ip_address(host):
        return True
    return len(host) <= _MAX_NAME_LENGTH and _HOST_NAME.fullmatch(host) is not None


def is_ip_address(host: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def connect_address(host: str) -> str:
    """Return the address at which this machine reaches a server that listens on a host.

    That is the loopback address if the host stands for all addresses, and otherwise the host itself.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"
