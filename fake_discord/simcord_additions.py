"""Adds what the simulation simcord lacks, and reads its messages."""

import contextlib
import copy
import io
import sys
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import discord
import simcord
import simcord.http.client
from PIL import Image
from simcord.components import walk_components
from yarl import URL

_BUTTON, _TEXT = 2, 10
_UNCHANGING = frozenset({str, int, float, bool, type(None)})
_NO_BREAK_SPACE, _WORD_JOINER = "\u00a0", "\u2060"


def text_of(message: Any) -> str:
    """All text of a message, a line for each text, without what keeps numbers on one line."""
    texts = (part["content"] for part in parts_of(message) if part.get("type") == _TEXT)
    text = "\n".join(filter(None, [message.content, *texts]))
    return text.replace(_NO_BREAK_SPACE, " ").replace(_WORD_JOINER, "")


def labels_of(message: Any) -> list[str]:
    """The labels of a message's enabled buttons."""
    buttons = (part for part in parts_of(message) if part.get("type") == _BUTTON)
    return [button["label"] for button in buttons if not button.get("disabled")]


def parts_of(message: Any) -> list[dict[str, Any]]:
    """All components of a message, including nested ones."""
    components = message.components
    if isinstance(message, discord.Message):
        components = [component.to_dict() for component in components]
    return list(walk_components(components))


def measure_pictures(env: simcord.Env) -> None:
    """Report the width and height of pictures, as Discord does."""
    cdn: Any = env.backend.cdn
    store = cdn.store_attachment

    def store_attachment(number: int, channel: int, name: str, content: bytes, description: Any) -> Any:
        stored = store(number, channel, name, content, description)
        with contextlib.suppress(OSError), Image.open(io.BytesIO(content)) as image:
            stored["width"], stored["height"] = image.size
        return stored

    cdn.store_attachment = store_attachment


def escape_names(env: simcord.Env) -> None:
    """Escape file names in addresses, as Discord does.

    The simulation writes a name into the address as it is. A client that parses the address then asks for a
    different one: a space becomes ``%20``, and a ``#`` begins a fragment.
    """
    cdn: Any = env.backend.cdn
    store = cdn.store_attachment

    def store_attachment(number: int, channel: int, name: str, content: bytes, description: Any) -> Any:
        stored = store(number, channel, quote(name, safe=""), content, description)
        address = str(URL(stored["url"]))
        cdn._blobs[address] = content
        stored |= {"filename": name, "url": address, "proxy_url": address}
        return stored

    cdn.store_attachment = store_attachment


def accept_escaped_answer_paths() -> None:
    """Let the simulation accept the escaped name of an interaction's answer too, as Discord does."""
    path_of = simcord.http.client._path_of
    if path_of.__module__ != __name__:

        def plain_path_of(url: str) -> str:
            return str(path_of(url)).replace("/messages/%40original", "/messages/@original")

        simcord.http.client._path_of = plain_path_of


def copy_payloads_fast() -> None:
    """Let the simulation copy its payloads by a simpler function, which takes a third of the time.

    The simulation copies each payload several times. No payload refers to itself, so the function needs no
    record of what it has copied already.
    """
    for name, module in tuple(sys.modules.items()):
        if name.startswith("simcord."):
            if getattr(module, "deepcopy", None) is copy.deepcopy:
                module.deepcopy = _copy_of  # type: ignore[attr-defined] # a function that the module imported
            elif getattr(module, "copy", None) is copy:
                module.copy = SimpleNamespace(copy=copy.copy, deepcopy=_copy_of)  # type: ignore[attr-defined]


def _copy_of(payload: Any) -> Any:
    kind = type(payload)
    if kind is dict:
        return {key: _copy_of(value) for key, value in payload.items()}
    if kind is list:
        return [_copy_of(value) for value in payload]
    return payload if kind in _UNCHANGING else copy.deepcopy(payload)


def forget_deleted_answer(env: simcord.Env, message_id: int) -> None:
    """Treat a follow-up to a deleted answer as a new message, as Discord does, and not as an edit."""
    for asked in env.backend.interactions.values():
        if asked.loading and asked.message_id == message_id:
            asked.complete_deferred()
