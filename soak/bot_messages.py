"""Recognises the bot's messages by the text catalogue that they come from."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

_ENTRY = re.compile(r"^([a-z][\w-]*) = (.*(?:\n(?: +.*|\}))*)", re.MULTILINE)
_SELECTOR = re.compile(r"\{ *\$\w+ *->$")
_VARIANT = re.compile(r"^ *\*?\[\w+\] (.*)$", re.MULTILINE)
_PLACEABLE = re.compile(r"\{[^{}]*\}")

PICTURE_ERRORS = frozenset(
    {
        "error-picture",
        "error-empty-picture",
        "error-not-a-picture",
        "error-damaged-picture",
        "error-picture-bomb",
        "error-too-many-bytes",
        "error-too-many-pixels",
        "error-too-small",
        "error-too-narrow",
        "error-no-picture",
        "error-foreign-host",
        "error-guide",
        "error-mask",
        "error-mask-aspect",
        "error-clip",
        "error-damaged-clip",
        "error-clip-without-picture",
        "error-clip-bomb",
        "error-video-missing",
    }
)
"""Errors that the bot reports only for invalid pictures."""
THING_ERRORS = frozenset(
    {
        "error-unknown-thing",
        "error-never-offered-thing",
        "error-age-restricted-thing",
        "error-guided-thing",
        "error-no-things",
    }
)
"""Errors that the bot reports only for things that may not be dreamed of."""
INTERNAL_ERRORS = frozenset({"error-ours", "card-failed"})
_FAILURE_PREFIXES = ("error-", "card-failed")
_LABELS = {
    "error-rate": "too many in a short time",
    "error-bad-pictures": "too many invalid files in a row",
    "error-waiting": "too many waiting",
    "error-queue-full": "the queue was full",
    "error-no-room": "the disk was full, or the store was locked",
    "error-shutting-down": "the bot was about to stop",
    "error-download": "its file could not be fetched",
    "error-too-much-work": "it would take too long",
    "error-no-longer-kept": "the bot no longer stored its data",
    "error-still-coming": "its picture was still being downloaded",
    "error-over-already": "it was over already",
    "error-not-yours": "it belongs to someone else",
    "error-not-a-picture": "not a picture",
    "error-empty-picture": "an empty file",
    "error-damaged-picture": "a damaged picture",
    "error-too-small": "a picture too small",
    "error-too-narrow": "a picture too narrow",
    "error-too-many-bytes": "a file too large",
    "error-too-many-pixels": "a picture too large",
    "error-guide": "an invalid guide",
    "error-mask": "an invalid mask",
    "error-damaged-clip": "a damaged animation or video",
    "error-clip-without-picture": "an animation or video without a picture",
    "error-video-missing": "a video without the extra for videos",
    "error-motion-space": "a motion too large for the disk",
    "error-unknown-thing": "an unknown thing",
    "error-never-offered-thing": "a thing that is never offered",
    "error-age-restricted-thing": "a thing for age-restricted channels only",
    "error-guided-thing": "a thing beside a guide",
}


def label(key: str) -> str:
    """Describe a refusal in a few words."""
    return _LABELS.get(key) or key.removeprefix("error-").replace("-", " ")


def error_keys(words: str) -> Iterator[str]:
    """Yield the keys of the refusals and failures in a text, in no particular order."""
    for key, pattern in _patterns().items():
        if key.startswith(_FAILURE_PREFIXES) and pattern.search(words):
            yield key


def contains(key: str, words: str) -> bool:
    """Whether a text contains the message with this key."""
    return bool(_patterns()[key].search(words))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    texts = (resources.files("bot") / "texts" / "en.ftl").read_text("utf-8")
    return {key: re.compile("|".join(_alternatives(value))) for key, value in _ENTRY.findall(texts)}


def _alternatives(value: str) -> Iterator[str]:
    """Yield a pattern for each variant of a catalogue entry."""
    first_line = value.partition("\n")[0]
    beginning, selectors = _SELECTOR.subn("", first_line)
    for text in [beginning + text for text in _VARIANT.findall(value)] if selectors else [value]:
        yield ".*".join(re.escape(part) for part in _PLACEABLE.split(text.strip()))
