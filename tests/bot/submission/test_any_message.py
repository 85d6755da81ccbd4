"""Property tests: any message has a picture that Discord serves, or a refusal."""

from typing import Any
from unittest.mock import MagicMock

import discord
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NoPictureRefusal
from bot.submission.downloader import PictureDownloader
from bot.submission.message_pictures import count_pictures, find_pictures

HOST = "cdn.discordapp.com"
INTAKE = PictureDownloader(MagicMock(), [HOST], 25.0)

words = st.text(max_size=12)
sides = st.none() | st.integers(0, 5000)
urls = st.one_of(
    st.just(""),
    words,
    st.sampled_from(
        ["http://[", f"https://{HOST}:x/a.png", f"https://u:p@{HOST}/a.png", "attachment://a.png"]
    ),
    st.builds("https://{}/{}.png".format, st.sampled_from([HOST, "example.com"]), st.integers(0, 99)),
)
names = st.one_of(words, st.sampled_from(["a.png", "SPOILER_a.PNG", "b.psd", "c.heif", ".png", "a.png.txt"]))
kinds = st.none() | st.sampled_from(["image/png", "image/svg+xml", "video/mp4", "text/plain", "image", "é/é"])
media = st.fixed_dictionaries(
    {"url": urls, "proxy_url": urls, "height": sides, "width": sides, "content_type": kinds},
    optional={"attachment_id": st.just("7"), "loading_state": st.integers(0, 4), "flags": st.just(0)},
)


def component(kind: int, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind), "id": st.integers(1, 99), **fields})


items = st.fixed_dictionaries({"media": media}, optional={"spoiler": st.booleans(), "description": words})
texts = component(10, content=words)
galleries = component(12, items=st.lists(items, max_size=3))
thumbnails = component(11, media=media, description=words, spoiler=st.booleans())
files = component(13, file=media, spoiler=st.booleans(), name=names, size=st.integers(0, 9))
sections = component(9, components=st.lists(texts, min_size=1, max_size=2), accessory=thumbnails)
leaves = texts | galleries | files | sections
components = leaves | component(17, components=st.lists(leaves, max_size=3), spoiler=st.booleans())

attachments = st.fixed_dictionaries(
    {"id": st.just("7"), "filename": names, "size": st.integers(0, 10**9), "url": urls, "proxy_url": urls},
    optional={"content_type": kinds, "height": sides, "width": sides, "flags": st.integers(0, 64)},
)
pictures = st.fixed_dictionaries(
    {}, optional={"url": urls, "proxy_url": urls, "height": sides, "width": sides}
)
embeds = st.fixed_dictionaries(
    {"type": st.sampled_from(["rich", "image", "gifv", "video", "link"])},
    optional={"image": pictures, "thumbnail": pictures, "video": pictures, "url": urls, "title": words},
)
stickers = st.fixed_dictionaries({"id": st.just("5"), "name": words, "format_type": st.integers(1, 4)})
contents = {
    "content": words,
    "attachments": st.lists(attachments, max_size=3),
    "embeds": st.lists(embeds, max_size=2),
    "components": st.lists(components, max_size=3),
    "sticker_items": st.lists(stickers, max_size=2),
    "type": st.sampled_from([0, 19, 20]),
    "timestamp": st.just("2026-11-27T12:00:00+00:00"),
    "edited_timestamp": st.none(),
    "flags": st.sampled_from([0, 1 << 14, 1 << 15]),
    "mentions": st.just([]),
    "mention_roles": st.just([]),
}
snapshots = st.fixed_dictionaries(contents).map(lambda inner: {"message": inner})
messages = st.fixed_dictionaries(
    contents
    | {
        "id": st.just("1"),
        "channel_id": st.just("2"),
        "author": st.just({"id": "3", "username": "bob", "discriminator": "0", "avatar": None}),
        "pinned": st.just(False),
        "mention_everyone": st.just(False),
        "tts": st.just(False),
        "message_snapshots": st.lists(snapshots, max_size=2),
    }
)


@settings(max_examples=60, deadline=None)
@given(messages)
def test_any_message_has_a_picture_on_an_allowed_host_or_none(payload):
    message = discord.Message(state=MagicMock(), channel=MagicMock(guild=None), data=payload)
    try:
        pictures = find_pictures(message, INTAKE)
    except NoPictureRefusal:
        return
    assert count_pictures(message, INTAKE) == len(pictures)
    for found in pictures:
        picture = found.picture
        assert isinstance(found.spoiler, bool)
        assert isinstance(picture.url, str)
        assert picture.shape is None or all(side > 0 for side in picture.shape)
        in_attachment = any(
            picture.url in (attachment["url"], attachment["proxy_url"])
            for inner in (payload, *(snapshot["message"] for snapshot in payload["message_snapshots"]))
            for attachment in inner["attachments"]
        )
        assert in_attachment or INTAKE.serves(picture.url)


@settings(max_examples=30, deadline=None)
@given(messages)
def test_a_message_with_only_foreign_hosts_has_no_picture(payload):
    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            of_discords = {"attachments", "sticker_items"} & set(value)  # always on Discord's hosts
            return {name: [] if name in of_discords else moved(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [moved(inner) for inner in value]
        return value.replace(HOST, "example.com") if isinstance(value, str) else value

    message = discord.Message(state=MagicMock(), channel=MagicMock(guild=None), data=moved(payload))
    try:
        find_pictures(message, INTAKE)
    except NoPictureRefusal:
        return
    raise AssertionError("a picture was found where nothing may be fetched from")
