"""``python -m bot.healthcheck``: asks the running bot whether it lives, as a container's engine does.

Exits with 0 if it does, or if it was told not to answer; with 1 if it does not. It is quick: it loads
nothing of the bot, and reads its two settings from the environment, not from ``.env``.
"""

import os
import sys
import urllib.error
import urllib.request

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 9780
_SECONDS = 5.0
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - to be asked, not to be listened on


def main() -> int:
    """Ask; returns the exit status."""
    port = os.environ.get("DREAM_HTTP_PORT") or str(DEFAULT_PORT)
    host = os.environ.get("DREAM_HTTP_HOST") or DEFAULT_HOST
    if port == "0":
        print("Not asked: the bot answers on no port.")
        return 0
    if host in _EVERYWHERE:
        host = "localhost"
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/healthz"
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:
            print(answer.read().decode().strip())
            return 0
    except (urllib.error.URLError, OSError) as error:
        print(f"{address} does not answer: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
