"""Discord's responses to requests, and its error messages."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Answer:
    """A response whose body is JSON, bytes or text.

    Args:
        chunked: Whether bytes are sent without a ``Content-Length``.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    chunked: bool = False

    def response(self) -> web.Response:
        if isinstance(self.body, bytes):
            response = web.Response(status=self.status, body=self.body, headers=self.headers)
            if self.chunked:
                response.enable_chunked_encoding()
            return response
        if isinstance(self.body, str):
            return web.Response(status=self.status, text=self.body, headers=self.headers)
        if self.body is None:
            return web.Response(status=self.status, headers=self.headers)
        # Clients compare the whole content type, so it may not name a charset.
        content = json.dumps(self.body).encode()
        return web.Response(
            status=self.status, body=content, content_type="application/json", headers=self.headers
        )


class Refused(Exception):
    """Ends a request with this response."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status, answer.body)
        self.answer = answer


def refusal(status: int, code: int, message: str, **more: Any) -> Answer:
    return Answer(status, {"code": code, "message": message, **more})


def invalid_form(path: str, complaint: str) -> Answer:
    errors = {"_errors": [{"code": "BASE_TYPE_INVALID", "message": f"{path}: {complaint}"}]}
    return refusal(400, 50035, "Invalid Form Body", errors=errors)


def rate_limited(retry_after: float, *, via: bool = True) -> Answer:
    """Build a 429 from Discord or, without ``via``, from the proxy in front of it."""
    headers = {"Retry-After": str(math.ceil(retry_after))} | ({"Via": "1.1 google"} if via else {})
    body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": False}
    return Answer(429, body, headers)


def banned(retry_after: int) -> Answer:
    """Build a 429 from Cloudflare: plain text, no ``Via``, and the wait in a header only."""
    return Answer(429, "error code: 1015", {"Retry-After": str(retry_after)})


UNAUTHORIZED = refusal(401, 0, "401: Unauthorized")
NOT_FOUND = refusal(404, 0, "404: Not Found")
UNKNOWN_CHANNEL = refusal(404, 10003, "Unknown Channel")
UNKNOWN_MESSAGE = refusal(404, 10008, "Unknown Message")
UNKNOWN_USER = refusal(404, 10013, "Unknown User")
UNKNOWN_WEBHOOK = refusal(404, 10015, "Unknown Webhook")
UNKNOWN_INTERACTION = refusal(404, 10062, "Unknown interaction")
ALREADY_ACKNOWLEDGED = refusal(400, 40060, "Interaction has already been acknowledged.")
TOO_LARGE = refusal(413, 40005, "Request entity too large")
MISSING_ACCESS = refusal(403, 50001, "Missing Access")
EMPTY_MESSAGE = refusal(400, 50006, "Cannot send an empty message")
CANNOT_MESSAGE_USER = refusal(403, 50007, "Cannot send messages to this user")
MISSING_PERMISSIONS = refusal(403, 50013, "Missing Permissions")
EXPIRED_TOKEN = refusal(401, 50027, "Invalid Webhook Token")
INTERNAL_ERROR = refusal(500, 0, "500: Internal Server Error")
UNAVAILABLE = Answer(503, "upstream connect error or disconnect/reset before headers")
