"""The bot's version and home page, from the metadata of the installed distribution ``dream-bot``."""

from importlib.metadata import metadata

_DISTRIBUTION = metadata("dream-bot")

VERSION = _DISTRIBUTION["Version"]
HOME_PAGE: str | None = dict(
    entry.split(", ", 1) for entry in _DISTRIBUTION.get_all("Project-URL") or ()
).get("Homepage")
"""``None`` if the installed metadata is of a version that named no page."""

USER_AGENT = f"dream-bot/{VERSION}" + (f" (+{HOME_PAGE})" if HOME_PAGE else "")
"""Names the bot to the hosts that it downloads pictures from."""
