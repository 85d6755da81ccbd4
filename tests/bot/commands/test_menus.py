"""What a right click on a message or a person offers."""

import discord
import pytest

from bot.errors import NoPictureRefusal
from bot.submission.message_pictures import find_picture
from dream_engine.errors import NotAPictureError
from fake_discord.simcord_additions import text_of
from tests.bot.simulated_server import picture


async def dream_this(server, message):
    return await server.alice.context_menu(server.square, "Dream this", message)


async def test_dream_this_dreams_a_messages_picture(server):
    message = await server.bob.send(server.square, "look", attachments=[("cat.png", picture())])
    asked = await dream_this(server, message)
    dream = await server.script.begun()
    assert dream.request.source == picture()
    dream.finish()
    answer = await server.answer(asked)
    assert not answer.ephemeral
    assert (await server.only_job(server.alice)).options.preset == "intense"


async def test_dream_this_takes_the_first_picture_among_other_files(server):
    files = [("notes.txt", b"Dear bot"), ("one.png", picture(colour="red")), ("two.png", picture())]
    await dream_this(server, await server.bob.send(server.square, "look", attachments=files))
    assert (await server.script.begun()).request.source == picture(colour="red")


async def forwarded(server, *files):
    """A message that forwards files from elsewhere."""
    message = await server.bob.send(server.square, "", attachments=list(files))

    def forward(event, payload):
        if event == "INTERACTION_CREATE":
            (sent,) = payload["data"]["resolved"]["messages"].values()
            inner = {"type": 0, "content": "", "embeds": [], "timestamp": sent["timestamp"], "flags": 0}
            inner |= {"edited_timestamp": None, "mentions": [], "mention_roles": [], "components": []}
            inner["attachments"], sent["attachments"] = sent["attachments"], []
            sent["message_snapshots"] = [{"message": inner}]

    server.env.backend.subscribers.insert(0, forward)
    return message


async def test_dream_this_takes_the_picture_of_a_forwarded_message(server):
    await dream_this(server, await forwarded(server, ("notes.txt", b"Dear bot"), ("cat.png", picture())))
    assert (await server.script.begun()).request.source == picture()


async def test_what_is_hidden_where_it_was_forwarded_from_stays_hidden(server):
    asked = await dream_this(server, await forwarded(server, ("SPOILER_cat.png", picture())))
    (await server.script.begun()).finish()
    assert (await server.answer(asked)).attachments[0].is_spoiler()


async def test_dream_this_knows_a_picture_by_its_name_where_discord_does_not(server):
    message = await server.bob.send(server.square, "", attachments=[("photo.HEIC", picture())])
    await dream_this(server, message)
    await server.script.begun()


async def test_a_message_without_a_picture_is_refused(server):
    message = await server.bob.send(server.square, "look", attachments=[("notes.txt", b"Dear bot")])
    asked = await dream_this(server, message)
    assert await server.whispers(asked) == "There is no picture in that message that I could dream."


async def test_a_picture_that_is_hidden_stays_hidden(server):
    message = await server.bob.send(server.square, "", attachments=[("SPOILER_cat.png", picture())])
    asked = await dream_this(server, message)
    (await server.script.begun()).finish()
    assert (await server.answer(asked)).attachments[0].is_spoiler()


async def test_a_finished_dream_can_be_dreamed_by_others(server):
    answer = await server.dreamed(server.bob)
    await dream_this(server, answer.message)
    assert (await server.script.begun()).request.source == server.content_of(answer)


async def test_a_dream_that_was_forwarded_can_be_dreamed_as_well(server):
    answer = await server.dreamed(server.bob)

    def forward(event, payload):
        if event == "INTERACTION_CREATE" and "resolved" in payload["data"]:
            (sent,) = payload["data"]["resolved"]["messages"].values()
            inner = dict(sent) | {"edited_timestamp": None, "attachments": []}
            sent["components"], sent["attachments"] = [], []
            sent["message_snapshots"] = [{"message": inner}]

    server.env.backend.subscribers.insert(0, forward)
    await dream_this(server, answer.message)
    assert (await server.script.begun()).request.source == server.content_of(answer)


async def test_a_picture_that_cannot_be_read_is_refused_by_its_name(server):
    message = await server.bob.send(server.square, "", attachments=[("new.jxl", b"\xff\x0a" + bytes(60))])
    asked = await dream_this(server, message)
    dream = await server.script.begun()
    assert dream.request.source.startswith(b"\xff\x0a")
    dream.fail(NotAPictureError(looks_like="JPEG XL", formats="PNG"))
    assert "JPEG XL" in await server.whispers(asked)


async def with_embed(server, **embed):
    message = await server.bob.send(server.square, "a link")
    stored = server.env.backend.get_message(server.square.id, message.id)
    stored.embeds.append({"type": "image", **embed})
    return message


async def test_without_attachments_an_embeds_picture_is_dreamed_from_discords_copy(server):
    copy = server.url_of("external/copy.png", picture())
    image = {"url": "https://example.com/cat.png", "proxy_url": copy, "width": 96, "height": 64}
    await dream_this(server, await with_embed(server, image=image))
    assert (await server.script.begun()).request.source == picture()


async def test_an_embeds_thumbnail_will_do(server):
    copy = server.url_of("external/copy.png", picture())
    await dream_this(server, await with_embed(server, thumbnail={"url": copy, "proxy_url": copy}))
    await server.script.begun()


async def test_no_foreign_host_is_asked(server):
    elsewhere = {"url": "https://example.com/cat.png", "proxy_url": "https://example.com/cat.png"}
    asked = await dream_this(server, await with_embed(server, image=elsewhere))
    assert "There is no picture in that message" in await server.whispers(asked)


async def test_dream_avatar_dreams_somebodys_avatar(server):
    star = server.guild.add_member(server.env.create_user("star", avatar="0123456789abcdef0123456789abcdef"))
    server.url_of(f"avatars/{star.id}/0123456789abcdef0123456789abcdef.png", picture())
    asked = await server.alice.context_menu(server.square, "Dream avatar", star)
    dream = await server.script.begun()
    assert dream.request.source == picture()
    dream.finish()
    await server.answer(asked)
    assert (await server.only_job(server.alice)).user_id == server.alice.id


async def test_an_animated_avatar_is_taken_as_a_still(server):
    star = server.guild.add_member(server.env.create_user("star", avatar="a_123456789abcdef0123456789abcdef"))
    server.url_of(f"avatars/{star.id}/a_123456789abcdef0123456789abcdef.png", picture())
    await server.alice.context_menu(server.square, "Dream avatar", star)
    await server.script.begun()


async def test_who_has_no_avatar_has_discords_own(server):
    number = (server.bob.id >> 22) % 6
    server.url_of(f"embed/avatars/{number}.png", picture())
    await server.alice.context_menu(server.square, "Dream avatar", server.bob)
    await server.script.begun()


async def test_an_avatar_that_is_not_there_is_refused(server):
    asked = await server.alice.context_menu(server.square, "Dream avatar", server.bob)
    assert "I could not fetch that picture" in await server.whispers(asked)


async def test_the_menus_count_like_the_command(server):
    message = await server.bob.send(server.square, "", attachments=[("cat.png", picture())])
    for _ in range(3):
        asked = await dream_this(server, message)
        (await server.script.begun()).finish()
        await server.answer(asked)
    assert "You have dreamed a lot!" in await server.whispers(await dream_this(server, message))


async def test_a_large_message_menu_answer_is_one_message(server):
    message = await server.bob.send(server.square, "", attachments=[("cat.png", picture())])
    asked = await dream_this(server, message)
    (await server.script.begun()).finish()
    assert "**Intense**" in text_of(await server.answer(asked))


async def test_nothing_is_found_in_an_empty_message(server):
    message = await server.bob.send(server.square, "hello")
    with pytest.raises(NoPictureRefusal):
        find_picture(message, server.services.downloader)


async def test_a_picture_in_a_gallery_is_found_though_it_is_no_attachment(server):
    message = await server.bob.send(server.square, "look")
    url = server.url_of("cat.png", picture())
    item = {"media": {"url": url, "width": 64, "height": 48}, "spoiler": True}
    message.components = [discord.MediaGalleryComponent({"id": 1, "type": 12, "items": [item]}, None)]
    found = find_picture(message, server.services.downloader)
    assert (found.picture.url, found.picture.shape, found.spoiler) == (url, (48, 64), True)
