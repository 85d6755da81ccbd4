"""Finds and checks message components, and fills in the files that they show."""

import copy
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from fake_discord.answers import Refused, invalid_form
from fake_discord.attachments import Attachment

Component = dict[str, Any]

BUTTON, STRING_SELECT, TEXT_DISPLAY, THUMBNAIL, MEDIA_GALLERY, FILE = 2, 3, 10, 11, 12, 13
V2_TYPES = range(9, 18)
MAX_COMPONENTS, MAX_TEXT_CHARACTERS, MAX_CUSTOM_ID_LENGTH = 40, 4000, 100


def walk(components: Iterable[Component]) -> Iterator[Component]:
    """Yield each component before the components inside it."""
    for component in components:
        yield component
        yield from walk(component.get("components", ()))
        if accessory := component.get("accessory"):
            yield from walk([accessory])


def texts(components: Iterable[Component]) -> list[str]:
    return [part["content"] for part in walk(components) if part["type"] == TEXT_DISPLAY]


def media(components: Iterable[Component]) -> Iterator[dict[str, Any]]:
    """Yield each medium that a thumbnail, a gallery or a file shows."""
    for component in walk(components):
        if component["type"] == THUMBNAIL:
            yield component["media"]
        elif component["type"] == MEDIA_GALLERY:
            yield from (item["media"] for item in component["items"])
        elif component["type"] == FILE:
            yield component["file"]


def normalised(components: list[Component], attachments: Iterable[Attachment]) -> list[Component]:
    """Check and number components as Discord does, and fill in the addresses of stored files."""
    components = copy.deepcopy(components)
    check(components)
    by_name = {f"attachment://{attachment.filename}": attachment for attachment in attachments}
    by_url = {attachment.url: attachment for attachment in attachments}
    for medium in media(components):
        if attachment := by_name.get(medium["url"]) or by_url.get(medium["url"]):
            medium.update(attachment.media())
        elif medium["url"].startswith("attachment://"):
            raise Refused(invalid_form("components", f"{medium['url']} is no attachment of this message"))
    taken = {component["id"] for component in walk(components) if component.get("id")}
    numbers = (number for number in itertools.count(1) if number not in taken)
    for component in walk(components):
        if not component.get("id"):
            component["id"] = next(numbers)
    return components


def check(components: list[Component]) -> None:
    parts = list(walk(components))
    custom_ids = [part["custom_id"] for part in parts if "custom_id" in part]
    complaints = {
        f"more than {MAX_COMPONENTS} components": len(parts) > MAX_COMPONENTS,
        f"more than {MAX_TEXT_CHARACTERS} characters": sum(map(len, texts(components))) > MAX_TEXT_CHARACTERS,
        "a text is empty": not all(texts(components)),
        "custom ids repeat": len(custom_ids) != len(set(custom_ids)),
        "a custom id is too long": any(len(name) > MAX_CUSTOM_ID_LENGTH for name in custom_ids),
        "a gallery holds 1 to 10 items": any(
            not 1 <= len(part["items"]) <= 10 for part in parts if part["type"] == MEDIA_GALLERY
        ),
        "a row holds 1 to 5 parts": any(
            not 1 <= len(part["components"]) <= 5 for part in parts if part["type"] == 1
        ),
    }
    for complaint, holds in complaints.items():
        if holds:
            raise Refused(invalid_form("components", complaint))
