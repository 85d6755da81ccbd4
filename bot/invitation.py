"""The link that adds the bot to a server or to a user's account."""

import base64
import binascii

import discord

PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, attach_files=True, read_message_history=True
)
"""What the bot needs in a server that it is added to."""
SCOPES = ("bot", "applications.commands")


def invitation(application_id: int) -> str:
    """Return the address of the page that adds an application to a server, with the bot's permissions."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=SCOPES)


def application_id_in(token: str) -> int | None:
    """Return the id of the application that a token is for, without asking Discord.

    The first part of a token is the id of the bot's user in Base64, which is that of its application too,
    unless the application is older than 2016.

    Returns:
        The id, or ``None`` if the token does not contain one.
    """
    first = token.partition(".")[0]
    try:
        decoded = base64.b64decode(first + "=" * (-len(first) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return int(decoded) if decoded.isdigit() and len(decoded) <= _MOST_DIGITS else None


_MOST_DIGITS = 20
"""Discord's ids have 64 bits."""
