"""The choice of a message's picture, with messages parsed by discord.py."""

import discord
import pytest

from bot.errors import NoPictureRefusal
from bot.settings import BotSettings
from bot.submission import message_pictures
from bot.submission.downloader import PictureDownloader
from bot.submission.message_pictures import find_pictures
from bot.texts import packaged_catalogue
from dream_engine.errors import VideoMissingError

CDN = "https://cdn.discordapp.com/attachments/1/2"
PROXY = "https://images-ext-1.discordapp.net/external/hash/https/example.com"
GALLERY, SECTION, THUMBNAIL, FILE, CONTAINER, TEXT, ROW = 12, 9, 11, 13, 17, 10, 1


@pytest.fixture(scope="module")
def client():
    return discord.Client(intents=discord.Intents.none())


@pytest.fixture
def find_all(client):
    """Finds the pictures of a message with this payload."""
    downloader = PictureDownloader(None, BotSettings.model_fields["cdn_hosts"].default, 25)

    def find_all(**payload):
        channel = discord.PartialMessageable(client._connection, 2)
        message = discord.Message(state=client._connection, channel=channel, data=a_message(**payload))
        return find_pictures(message, downloader)

    return find_all


@pytest.fixture
def find(find_all):
    """Finds the likeliest picture of a message with this payload."""
    return lambda **payload: find_all(**payload)[0]


@pytest.fixture
def without_videos(monkeypatch):
    monkeypatch.setattr(message_pictures, "has_video_support", lambda: False)


def a_message(**differences):
    author = {"id": "5", "username": "bob", "avatar": None, "discriminator": "0"}
    usual = {
        "id": "1", "channel_id": "2", "author": author, "type": 0, "flags": 0, "pinned": False, "tts": False,
        "content": "", "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None,
        "mention_everyone": False, "mentions": [], "mention_roles": [],
        "attachments": [], "embeds": [], "components": [],
    }  # fmt: skip
    return usual | differences


def attachment(name, **details):
    url = f"{CDN}/{name}"
    return {"id": "3", "filename": name, "size": 7, "url": url, "proxy_url": url} | details


def media(name, **details):
    return {"url": f"{CDN}/{name}", "proxy_url": f"https://media.discordapp.net/1/{name}"} | details


def gallery(*names, **details):
    return {"type": GALLERY, "items": [{"media": media(name)} | details for name in names]}


def section(name, **details):
    thumbnail = {"type": THUMBNAIL, "media": media(name)} | details
    return {"type": SECTION, "components": [{"type": TEXT, "content": "look"}], "accessory": thumbnail}


def file(name, **details):
    return {"type": FILE, "file": media(name), "name": name, "size": 9} | details


def container(*components, **details):
    return {"type": CONTAINER, "components": list(components)} | details


def snapshot(**payload):
    return {"message_snapshots": [{"message": a_message(**payload)}]}


def test_a_picture_in_a_gallery_is_found(find):
    found = find(components=[gallery("cat.png")])
    assert (found.picture.url, found.spoiler, found.forwarded) == (f"{CDN}/cat.png", False, False)


@pytest.mark.parametrize(
    "components",
    [
        [section("cat.png")],
        [file("cat.png")],
        [{"type": THUMBNAIL, "media": media("cat.png")}],
        [container(gallery("cat.png"))],
        [container(section("cat.png"))],
        [container({"type": TEXT, "content": "look"}, {"type": 14}, file("cat.png"))],
        [container(container(section("cat.png")))],
    ],
)
def test_a_picture_is_found_in_every_kind_of_component(find, components):
    assert find(components=components).picture.url == f"{CDN}/cat.png"
    assert find(**snapshot(components=components)).picture.url == f"{CDN}/cat.png"


@pytest.mark.parametrize(
    "components",
    [
        [gallery("cat.png", spoiler=True)],
        [section("cat.png", spoiler=True)],
        [file("cat.png", spoiler=True)],
        [container(gallery("cat.png"), spoiler=True)],
        [container(section("cat.png"), spoiler=True)],
        [container(container(file("cat.png")), spoiler=True)],
        [gallery("SPOILER_cat.png")],
        [file("SPOILER_cat.png")],
    ],
)
def test_a_picture_in_a_spoiler_component_is_a_spoiler(find, components):
    assert find(components=components).spoiler
    assert find(**snapshot(components=components)).spoiler


def test_a_picture_next_to_a_spoiler_is_no_spoiler(find):
    components = [container(file("notes.txt"), spoiler=True), gallery("cat.png")]
    assert not find(components=components).spoiler


def test_an_attachment_shown_by_a_spoiler_component_is_a_spoiler(find):
    services = {"attachments": [attachment("cat.png", url=f"{CDN}/cat.png?ex=1")]}
    assert not find(**services, components=[gallery("cat.png")]).spoiler
    assert not find(**services, components=[gallery("cat.png"), gallery("dog.png", spoiler=True)]).spoiler
    assert find(**services, components=[container(gallery("cat.png"), spoiler=True)]).spoiler


@pytest.mark.parametrize("name", ["notes.txt", "clip.avi", "unknown"])
def test_a_file_that_is_not_a_picture_is_skipped(find, name):
    with pytest.raises(NoPictureRefusal):
        find(components=[file(name)])


def test_a_file_of_unknown_type_with_a_shape_counts_as_a_picture(find):
    shown = {"type": FILE, "file": media("unknown", width=30, height=20), "size": 9}
    picture = find(components=[shown]).picture
    assert (picture.url, picture.shape, picture.declared_bytes) == (f"{CDN}/unknown", (20, 30), 9)


def test_a_picture_precedes_a_video(find):
    assert find(components=[gallery("clip.mp4", "cat.png")]).picture.url == f"{CDN}/cat.png"


VIDEOS = [
    {"attachments": [attachment("clip.mp4", content_type="video/mp4")]},
    {"attachments": [attachment("clip.MOV", content_type="video/quicktime")]},
    {"attachments": [attachment("clip.webm")]},
    {"components": [gallery("clip.mp4")]},
    {"components": [{"type": GALLERY, "items": [{"media": media("clip", content_type="video/mp4")}]}]},
]


@pytest.mark.parametrize("payload", VIDEOS, ids=str)
def test_a_video_is_found_if_videos_can_be_read(find, payload):
    assert find(**payload).picture.url.startswith(f"{CDN}/clip")


@pytest.mark.parametrize("payload", VIDEOS, ids=str)
def test_a_video_is_refused_kindly_without_video_support(find, without_videos, payload):
    with pytest.raises(VideoMissingError) as refusal:
        find(**payload)
    for language, words in (("en", "I can't open or save videos here."), ("ko", "동영상을 열거나")):
        assert words in packaged_catalogue().texts(language).error(refusal.value)


def test_a_picture_is_found_beside_a_video_without_video_support(find, without_videos):
    files = [attachment("clip.mp4", content_type="video/mp4"), attachment("cat.png")]
    assert find(attachments=files).picture.url == f"{CDN}/cat.png"


def test_a_gallery_item_of_unknown_type_counts_as_a_picture(find):
    assert find(components=[gallery("unknown")]).picture.url == f"{CDN}/unknown"


def test_a_foreign_picture_in_a_component_is_fetched_from_discords_proxy(find):
    shown = {"media": {"url": "https://example.com/cat.png", "proxy_url": f"{PROXY}/cat.png"}}
    assert find(components=[{"type": GALLERY, "items": [shown]}]).picture.url == f"{PROXY}/cat.png"


# Several pictures.


def names_of(found):
    return [one.name for one in found]


def test_all_readable_pictures_are_found_and_then_the_videos(find_all):
    files = [attachment(name) for name in ("notes.txt", "clip.mp4", "cat.png", "art.psd", "dog.gif")]
    components = [container(section("bird.webp"), gallery("fish.png"), container(file("frog.jpg")))]
    found = find_all(attachments=files, components=components, embeds=[embed(image=linked("cow.png"))])
    assert names_of(found) == [
        "cat.png",
        "dog.gif",
        "bird.webp",
        "fish.png",
        "frog.jpg",
        "cow.png",
        "clip.mp4",
    ]


def test_a_file_that_is_attached_and_shown_counts_once(find_all):
    shown = {"url": f"{CDN}/cat.png?ex=2", "proxy_url": f"{CDN}/cat.png?ex=2".replace("cdn.", "media.")}
    components = [container({"type": GALLERY, "items": [{"media": shown}]})]
    services = {"attachments": [attachment("cat.png", url=f"{CDN}/cat.png?ex=1")], "components": components}
    assert names_of(find_all(**services)) == ["cat.png"]
    assert names_of(find_all(**snapshot(**services))) == ["cat.png"]


def test_a_picker_gif_counts_once_and_says_that_it_is_a_gif(find_all):
    gif = embed("gifv", video=linked("cat.mp4"), thumbnail=linked("cat.png"), image=linked("cat.png"))
    (found,) = find_all(embeds=[gif])
    assert (found.name, found.is_gif) == ("cat.mp4", True)
    (uploaded,) = find_all(attachments=[attachment("cat.mp4")])
    assert not uploaded.is_gif


def test_the_preview_of_a_growing_dream_counts_only_if_there_is_nothing_else(find_all):
    preview, dream = "growing-0123456789abcdef.jpg", "dream-0123456789abcdef.png"
    assert names_of(find_all(components=[container(gallery(preview))])) == [preview]
    hidden = f"SPOILER_{preview}"
    for name in (preview, hidden):
        assert names_of(find_all(attachments=[attachment(name)], components=[gallery(dream)])) == [dream]


def test_one_file_is_found_if_none_is_readable(find_all):
    assert names_of(find_all(attachments=[attachment("art.psd"), attachment("new.jxl")])) == ["art.psd"]


@pytest.mark.parametrize(
    "first",
    [
        attachment("art.psd", content_type="image/vnd.adobe.photoshop"),
        attachment("logo.svg", content_type="image/svg+xml", width=9, height=9),
        attachment("new.jxl", content_type="image/jxl"),
        attachment("new.jxl"),
        attachment("raw.cr2"),
        attachment("clip.mp4", content_type="video/mp4", width=9, height=9),
        attachment("notes.txt"),
        attachment("unknown"),
        attachment("unknown", width=9, height=9),
        attachment("odd.png", content_type="image/svg+xml"),
    ],
)
def test_the_first_readable_picture_is_used_whatever_precedes_it(find, first):
    second, third = attachment("cat.png", size=8, width=30, height=20), attachment("dog.png")
    picture = find(attachments=[first, second, third]).picture
    assert (picture.url, picture.declared_bytes, picture.shape) == (f"{CDN}/cat.png", 8, (20, 30))
    assert find(**snapshot(attachments=[first, second])).picture.url == f"{CDN}/cat.png"


def test_a_readable_picture_anywhere_precedes_an_unreadable_one(find):
    assert find(attachments=[attachment("art.psd")], components=[gallery("cat.png")]).picture.url.endswith(
        "cat.png"
    )
    assert find(
        attachments=[attachment("art.psd")], **snapshot(attachments=[attachment("cat.png")])
    ).forwarded


def test_the_messages_own_picture_precedes_a_forwarded_one(find):
    found = find(attachments=[attachment("cat.png")], **snapshot(attachments=[attachment("dog.png")]))
    assert (found.picture.url, found.forwarded) == (f"{CDN}/cat.png", False)


def test_an_uncertain_picture_precedes_an_unreadable_one(find):
    files = [attachment("art.psd"), attachment("unknown", width=9, height=9)]
    assert find(attachments=files).picture.url == f"{CDN}/unknown"


@pytest.mark.parametrize("name", ["art.psd", "logo.svg", "new.jxl"])
def test_an_unreadable_picture_is_the_last_choice_so_that_the_refusal_names_it(find, name):
    assert find(attachments=[attachment("notes.txt"), attachment(name)]).picture.url == f"{CDN}/{name}"


@pytest.mark.parametrize(
    "name", ["photo.heif", "photo.HIF", "photo.apng", "photo.jpe", "photo.jfif", "photo.avif"]
)
def test_a_picture_without_a_media_type_is_recognised_by_its_name(find, name):
    assert find(attachments=[attachment(name)]).picture.url == f"{CDN}/{name}"


def test_an_attachment_marked_by_its_name_or_flag_is_a_spoiler(find):
    assert find(attachments=[attachment("SPOILER_cat.png")]).spoiler
    assert find(attachments=[attachment("cat.png", flags=1 << 3)]).spoiler
    assert not find(attachments=[attachment("cat.png", flags=1 << 2)]).spoiler


def test_an_attachment_on_a_foreign_host_is_found_so_that_it_can_be_refused(find):
    url = "https://example.com/cat.png"
    assert find(attachments=[attachment("cat.png", url=url, proxy_url=url)]).picture.url == url


# Links.


def embed(kind="rich", **services):
    return {"type": kind, "url": "https://example.com/page"} | services


def linked(name, **details):
    return {"url": f"https://example.com/{name}", "proxy_url": f"{PROXY}/{name}"} | details


@pytest.mark.parametrize("part", ["image", "thumbnail"])
@pytest.mark.parametrize("kind", ["rich", "image", "link", "article", "video"])
def test_the_picture_of_a_link_is_fetched_from_discords_proxy(find, part, kind):
    services = {part: linked("cat.png", width=30, height=20)}
    for found in (find(embeds=[embed(kind, **services)]), find(**snapshot(embeds=[embed(kind, **services)]))):
        assert (found.picture.url, found.picture.shape) == (f"{PROXY}/cat.png", (20, 30))


def test_the_picture_of_a_forwarded_link_is_marked_as_forwarded(find):
    assert find(**snapshot(embeds=[embed(image=linked("cat.png"))])).forwarded


@pytest.mark.parametrize("name", ["cat", "cat.php", "picture.html"])
def test_the_picture_of_a_link_may_have_any_suffix(find, name):
    assert find(embeds=[embed(image=linked(name))]).picture.url == f"{PROXY}/{name}"


def test_a_readable_picture_of_a_link_precedes_an_unreadable_one(find):
    embeds = [embed(image=linked("logo.svg")), embed(thumbnail=linked("cat.png"))]
    assert find(embeds=embeds).picture.url == f"{PROXY}/cat.png"
    kinds = [embed(image=linked("logo", content_type="image/svg+xml")), embed(thumbnail=linked("cat"))]
    assert find(embeds=kinds).picture.url == f"{PROXY}/cat"


def test_a_picker_gif_gives_discords_copy_of_its_video(find):
    gif = embed("gifv", video=linked("cat.mp4", width=30, height=20), thumbnail=linked("cat.png"))
    found = find(embeds=[gif]).picture
    assert (found.url, found.shape) == (f"{PROXY}/cat.mp4", (20, 30))


def test_a_picker_gif_without_a_thumbnail_is_refused_without_video_support(find, without_videos):
    with pytest.raises(VideoMissingError):
        find(embeds=[embed("gifv", video=linked("cat.mp4"))])


def test_a_picker_gif_gives_its_thumbnail_without_video_support(find, without_videos):
    gif = embed("gifv", video=linked("cat.mp4", width=30, height=20), thumbnail=linked("cat.png"))
    assert find(embeds=[gif]).picture.url == f"{PROXY}/cat.png"
    nameless = embed("gifv", video=linked("cat"), thumbnail=linked("cat.png"))
    assert find(embeds=[nameless]).picture.url == f"{PROXY}/cat.png"


@pytest.mark.parametrize("name", ["cat.gif", "cat.webp"])
def test_a_picker_gif_with_a_readable_animation_gives_the_animation(find, name):
    gif = embed("gifv", video=linked(name, width=30, height=20), thumbnail=linked("cat.png"))
    assert find(embeds=[gif]).picture.url == f"{PROXY}/{name}"


def test_a_picker_gif_is_never_fetched_from_its_own_url(find):
    own = {"url": f"{CDN}/cat.gif"}  # an allowed host
    with pytest.raises(NoPictureRefusal):
        find(embeds=[embed("gifv", video=own, thumbnail=own, image=own)])
    assert find(embeds=[embed("image", thumbnail=own)]).picture.url == f"{CDN}/cat.gif"


def test_a_video_of_another_link_is_skipped(find):
    with pytest.raises(NoPictureRefusal):
        find(embeds=[embed("video", video=linked("cat.gif"))])


@pytest.mark.parametrize("picture", [{}, {"url": "https://example.com/cat.png"}, {"proxy_url": "https://["}])
def test_a_link_without_a_proxy_url_has_no_picture(find, picture):
    with pytest.raises(NoPictureRefusal):
        find(embeds=[embed(image=picture)])


@pytest.mark.parametrize(
    ("content", "hidden"),
    [
        ("||https://example.com/page||", True),
        ("look: || https://example.com/page \n|| there", True),
        ("||HTTPS://EXAMPLE.COM/page||", True),
        ("||a|| b ||https://example.com/page||", True),
        ("https://example.com/page", False),
        ("||secret|| https://example.com/page", False),
        ("||secret|| https://example.com/page ||secret||", False),
        ("||https://example.com/page", False),
        ("", False),
    ],
)
def test_the_picture_of_a_link_in_spoiler_marks_is_a_spoiler(find, content, hidden):
    embeds = [embed(image=linked("cat.png"))]
    assert find(content=content, embeds=embeds).spoiler is hidden
    assert find(**snapshot(content=content, embeds=embeds)).spoiler is hidden


# Stickers.

PNG, APNG, LOTTIE, GIF = 1, 2, 3, 4


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        (PNG, "https://cdn.discordapp.com/stickers/8.png"),
        (APNG, "https://cdn.discordapp.com/stickers/8.png"),
        (GIF, "https://media.discordapp.net/stickers/8.gif"),
    ],
)
def test_a_sticker_is_a_picture(find, kind, url):
    stickers = {"sticker_items": [{"id": "8", "name": "cat", "format_type": kind}]}
    for found in (find(**stickers), find(**snapshot(**stickers))):
        assert (found.picture.url, found.picture.shape, found.spoiler) == (url, (320, 320), False)


def test_a_vector_sticker_is_skipped(find):
    drawn = {"id": "8", "name": "cat", "format_type": LOTTIE}
    with pytest.raises(NoPictureRefusal):
        find(sticker_items=[drawn])
    stickers = [drawn, {"id": "9", "name": "dog", "format_type": PNG}]
    assert find(sticker_items=stickers).picture.url.endswith("/9.png")


# Messages that refer to others.


def test_a_thread_starter_message_shows_its_picture_and_a_reply_does_not(find):
    began = {"referenced_message": a_message(attachments=[attachment("cat.png")])}
    reference = {"message_reference": {"message_id": "1", "channel_id": "2", "guild_id": "3"}}
    starter = 21
    assert find(type=starter, **began, **reference).picture.url == f"{CDN}/cat.png"
    reply = 19
    with pytest.raises(NoPictureRefusal):  # a reply does not show the picture
        find(type=reply, **began, **reference)


def test_a_message_of_text_has_no_picture(find):
    with pytest.raises(NoPictureRefusal):
        find(content="||https://example.com|| hello")
    with pytest.raises(NoPictureRefusal):
        find(**snapshot(content="hello"))
