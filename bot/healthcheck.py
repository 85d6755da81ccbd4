"""``python -m bot.healthcheck``: requests ``/healthz`` of the running bot, for a container's health check.

The exit status is 0 if the bot answers or its HTTP server is turned off, and 1 if the bot does not answer.
To start fast, the check imports only ``bot.hosts`` and the small modules of ``bot/__init__.py``, and reads
its two settings from the environment alone. It ignores the environment's proxies, because the bot runs on
this machine.
"""

import http.client
import os
import sys

from bot.hosts import connect_address, without_brackets

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 9780
_SECONDS = 5.0


def main() -> int:
    """Request ``/healthz`` and return the exit status."""
    port = (os.environ.get("DREAM_HTTP_PORT") or "").strip() or str(DEFAULT_PORT)
    host = connect_address(without_brackets(os.environ.get("DREAM_HTTP_HOST") or "") or DEFAULT_HOST)
    if port == "0":
        print("Not asked: the bot answers on no port.")
        return 0
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/healthz"
    try:
        connection = http.client.HTTPConnection(host, int(port), timeout=_SECONDS)
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            said = answer.read().decode(errors="replace").strip()
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        print(f"{address} does not answer: {error or type(error).__name__}")
        return 1
    if answer.status != http.client.OK:
        print(f"{address} answers {answer.status}.")
        return 1
    print(said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
