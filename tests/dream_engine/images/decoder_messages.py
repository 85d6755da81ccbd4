"""Messages between a decoder and its child process, encoded by hand."""

import json


def head(content: bytes | dict[str, object]) -> bytes:
    packed = content if isinstance(content, bytes) else json.dumps(content).encode()
    return len(packed).to_bytes(4) + packed


ACCEPTED = head({"accepted": True})
