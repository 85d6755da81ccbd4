"""The program of the child process that decodes: ``python -m dream_engine.images.decoder_process``."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dream_engine.images.child_limits import release_memory, resident_bytes, resource_limits
from dream_engine.images.child_program import begin, error_reply, receive_task, send
from dream_engine.images.decoding import Limits, decode
from dream_engine.images.fitting import refit


def main() -> None:
    """Run tasks from standard input, one after the other, until it closes."""
    incoming, outgoing = begin()
    while (received := receive_task(incoming, outgoing)) is not None:
        task, data = received
        with resource_limits(task["memory"], task["cpu_seconds"]):
            header, body = _run_task(task, data)
        del received, data
        release_memory()
        header["resident"] = resident_bytes()
        send(outgoing, header, *body)


def _run_task(task: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[memoryview]]:
    """Run a task; returns the reply's header, and the bytes that follow it."""
    try:
        return _decode(task, data) if task["task"] == "decode" else _refit(task, data)
    except Exception as error:  # noqa: BLE001 - the parent reports a bug
        return error_reply(error), []


def _decode(task: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[memoryview]]:
    picture = decode(data, Limits(**task["limits"]), task["size"], task["max_decoded_pixels"])
    planes = [picture.rgb] if picture.alpha is None else [picture.rgb, picture.alpha]
    header = {
        "shape": picture.rgb.shape[:2],
        "alpha": picture.alpha is not None,
        "is_cut_short": picture.is_cut_short,
    }
    return header, [np.ascontiguousarray(plane).data.cast("B") for plane in planes]


def _refit(task: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[memoryview]]:
    rendition = refit(
        data,
        task["max_bytes"],
        Limits(**task["limits"]),
        keep_description=task["keep_description"],
        max_decoded_pixels=task["max_decoded_pixels"],
    )
    header = {
        "bytes": len(rendition.image),
        "file_format": rendition.file_format,
        "height": rendition.height,
        "width": rendition.width,
    }
    return header, [memoryview(rendition.image)]


if __name__ == "__main__":
    main()
