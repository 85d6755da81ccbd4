"""The context menu commands of messages and users."""

import discord
import pytest

from bot.errors import NoPictureRefusal
from bot.submission.message_pictures import find_pictures
from dream_engine.errors import NotAPictureError
from fake_discord.simcord_additions import text_of
from tests.bot.simulated_server import picture


async def dream_this(server, message):
    return await server.alice.context_menu(server.general, "Dream this", message)


async def test_dream_this_uses_a_messages_picture(server):
    message = await server.bob.send(server.general, "look", attachments=[("cat.png", picture())])
    interaction = await dream_this(server, message)
    dream = await server.script.next_dream()
    assert dream.request.source == picture()
    dream.finish()
    answer = await server.answer(interaction)
    assert not answer.ephemeral
    assert (await server.only_job(server.alice)).options.preset == "intense"


async def test_dream_this_uses_the_picture_among_other_files(server):
    files = [("notes.txt", b"Dear bot"), ("one.png", picture(colour="red")), ("table.csv", b"1,2")]
    await dream_this(server, await server.bob.send(server.general, "look", attachments=files))
    assert (await server.script.next_dream()).request.source == picture(colour="red")


async def forwarded(server, *files):
    """A message that forwards files."""
    message = await server.bob.send(server.general, "", attachments=list(files))

    def forward(event, payload):
        if event == "INTERACTION_CREATE":
            (sent,) = payload["data"]["resolved"]["messages"].values()
            inner = {"type": 0, "content": "", "embeds": [], "timestamp": sent["timestamp"], "flags": 0}
            inner |= {"edited_timestamp": None, "mentions": [], "mention_roles": [], "components": []}
            inner["attachments"], sent["attachments"] = sent["attachments"], []
            sent["message_snapshots"] = [{"message": inner}]

    server.env.backend.subscribers.insert(0, forward)
    return message


async def test_dream_this_uses_the_picture_of_a_forwarded_message(server):
    await dream_this(server, await forwarded(server, ("notes.txt", b"Dear bot"), ("cat.png", picture())))
    assert (await server.script.next_dream()).request.source == picture()


async def test_a_spoiler_in_a_forwarded_message_stays_a_spoiler(server):
    interaction = await dream_this(server, await forwarded(server, ("SPOILER_cat.png", picture())))
    (await server.script.next_dream()).finish()
    assert (await server.answer(interaction)).attachments[0].is_spoiler()


async def test_dream_this_recognises_a_picture_by_its_file_name(server):
    message = await server.bob.send(server.general, "", attachments=[("photo.HEIC", picture())])
    await dream_this(server, message)
    await server.script.next_dream()


async def test_a_message_without_a_picture_is_refused(server):
    message = await server.bob.send(server.general, "look", attachments=[("notes.txt", b"Dear bot")])
    interaction = await dream_this(server, message)
    assert await server.private_text(interaction) == "I can't find a picture in that message."


async def test_a_spoiler_stays_a_spoiler(server):
    message = await server.bob.send(server.general, "", attachments=[("SPOILER_cat.png", picture())])
    interaction = await dream_this(server, message)
    (await server.script.next_dream()).finish()
    assert (await server.answer(interaction)).attachments[0].is_spoiler()


async def test_a_finished_dream_can_be_dreamed_by_others(server):
    answer = await server.complete_dream(server.bob)
    await dream_this(server, answer.message)
    assert (await server.script.next_dream()).request.source == server.content_of(answer)


async def test_a_forwarded_dream_can_be_dreamed_too(server):
    answer = await server.complete_dream(server.bob)

    def forward(event, payload):
        if event == "INTERACTION_CREATE" and "resolved" in payload["data"]:
            (sent,) = payload["data"]["resolved"]["messages"].values()
            inner = dict(sent) | {"edited_timestamp": None, "attachments": []}
            sent["components"], sent["attachments"] = [], []
            sent["message_snapshots"] = [{"message": inner}]

    server.env.backend.subscribers.insert(0, forward)
    await dream_this(server, answer.message)
    assert (await server.script.next_dream()).request.source == server.content_of(answer)


async def test_an_unreadable_picture_is_refused(server):
    message = await server.bob.send(server.general, "", attachments=[("new.jxl", b"\xff\x0a" + bytes(60))])
    interaction = await dream_this(server, message)
    dream = await server.script.next_dream()
    assert dream.request.source.startswith(b"\xff\x0a")
    dream.fail(NotAPictureError(looks_like="JPEG XL", formats="PNG"))
    assert "JPEG XL" in await server.private_text(interaction)


async def with_embed(server, **embed):
    message = await server.bob.send(server.general, "a link")
    stored = server.env.backend.get_message(server.general.id, message.id)
    stored.embeds.append({"type": "image", **embed})
    return message


async def test_an_embeds_picture_is_fetched_from_discords_proxy(server):
    copy = server.url_of("external/copy.png", picture())
    image = {"url": "https://example.com/cat.png", "proxy_url": copy, "width": 96, "height": 64}
    await dream_this(server, await with_embed(server, image=image))
    assert (await server.script.next_dream()).request.source == picture()


async def test_an_embeds_thumbnail_is_used(server):
    copy = server.url_of("external/copy.png", picture())
    await dream_this(server, await with_embed(server, thumbnail={"url": copy, "proxy_url": copy}))
    await server.script.next_dream()


async def test_no_foreign_host_is_requested(server):
    elsewhere = {"url": "https://example.com/cat.png", "proxy_url": "https://example.com/cat.png"}
    interaction = await dream_this(server, await with_embed(server, image=elsewhere))
    assert "I can't find a picture in that message." in await server.private_text(interaction)


async def test_dream_avatar_uses_a_users_avatar(server):
    star = server.guild.add_member(server.env.create_user("star", avatar="0123456789abcdef0123456789abcdef"))
    server.url_of(f"avatars/{star.id}/0123456789abcdef0123456789abcdef.png", picture())
    interaction = await server.alice.context_menu(server.general, "Dream avatar", star)
    dream = await server.script.next_dream()
    assert dream.request.source == picture()
    dream.finish()
    await server.answer(interaction)
    assert (await server.only_job(server.alice)).user_id == server.alice.id


async def test_an_animated_avatar_is_fetched_as_a_still(server):
    star = server.guild.add_member(server.env.create_user("star", avatar="a_123456789abcdef0123456789abcdef"))
    server.url_of(f"avatars/{star.id}/a_123456789abcdef0123456789abcdef.png", picture())
    await server.alice.context_menu(server.general, "Dream avatar", star)
    await server.script.next_dream()


async def test_a_user_without_an_avatar_has_the_default_avatar(server):
    number = (server.bob.id >> 22) % 6
    server.url_of(f"embed/avatars/{number}.png", picture())
    await server.alice.context_menu(server.general, "Dream avatar", server.bob)
    await server.script.next_dream()


async def test_a_missing_avatar_is_refused(server):
    interaction = await server.alice.context_menu(server.general, "Dream avatar", server.bob)
    assert "I couldn't get that picture" in await server.private_text(interaction)


async def test_the_context_menus_count_towards_the_rate_limit(server):
    message = await server.bob.send(server.general, "", attachments=[("cat.png", picture())])
    for _ in range(3):
        interaction = await dream_this(server, message)
        (await server.script.next_dream()).finish()
        await server.answer(interaction)
    assert "You've used up your dreams" in await server.private_text(await dream_this(server, message))


async def test_a_large_message_menu_answer_is_one_message(server):
    message = await server.bob.send(server.general, "", attachments=[("cat.png", picture())])
    interaction = await dream_this(server, message)
    (await server.script.next_dream()).finish()
    assert "**Intense**" in text_of(await server.answer(interaction))


async def test_an_empty_message_is_refused(server):
    message = await server.bob.send(server.general, "hello")
    with pytest.raises(NoPictureRefusal):
        find_pictures(message, server.services.downloader)


async def test_a_picture_in_a_gallery_is_found_without_an_attachment(server):
    message = await server.bob.send(server.general, "look")
    url = server.url_of("cat.png", picture())
    item = {"media": {"url": url, "width": 64, "height": 48}, "spoiler": True}
    message.components = [discord.MediaGalleryComponent({"id": 1, "type": 12, "items": [item]}, None)]
    (found,) = find_pictures(message, server.services.downloader)
    assert (found.picture.url, found.picture.shape, found.spoiler) == (url, (48, 64), True)
