"""*Dream this* on messages of every kind: which pictures it sees, and how one of several is chosen."""

import pytest

from bot.models import State
from fake_discord.simcord_additions import parts_of, text_of
from tests.bot.simulated_server import picture

COLOURS = ("red", "green", "blue")
TEXT, SECTION, THUMBNAIL, GALLERY, FILE, CONTAINER = 10, 9, 11, 12, 13, 17


async def dream_this(server, message):
    return await server.alice.context_menu(server.general, "Dream this", message)


async def with_three_pictures(server, name="{}.png"):
    files = [(name.format(colour), picture(colour=colour)) for colour in COLOURS]
    return await server.bob.send(server.general, "look", attachments=[("notes.txt", b"Dear bot"), *files])


async def choice(server, message):
    """Use *Dream this*; returns the private card with the choice."""
    asked = await dream_this(server, message)
    await server.until(lambda: asked.response and text_of(asked.response))
    return asked.response


def select_of(card):
    (select,) = [part for part in parts_of(card) if part["type"] == 3]
    return select


async def choose(server, card, number):
    value = select_of(card)["options"][number]["value"]
    return await server.alice.select(card, [value], custom_id=select_of(card)["custom_id"])


async def with_components(server, *components, **fields):
    message = await server.bob.send(server.general, "look")
    stored = server.env.backend.get_message(server.general.id, message.id)
    stored.components = list(components)
    for name, value in fields.items():
        setattr(stored, name, value)
    return message


def media(server, name, **details):
    return {"url": server.url_of(name, picture())} | details


def forward_next(server):
    """Deliver the message of the next menu as a message that forwards it, as Discord does."""

    def forward(event, payload):
        if event == "INTERACTION_CREATE" and "resolved" in payload["data"]:
            (sent,) = payload["data"]["resolved"]["messages"].values()
            inner = dict(sent) | {"edited_timestamp": None}
            sent["components"], sent["attachments"], sent["embeds"] = [], [], []
            sent["sticker_items"] = []
            sent["message_snapshots"] = [{"message": inner}]

    server.env.backend.subscribers.insert(0, forward)


class TestChoice:
    async def test_several_pictures_are_offered_privately(self, server):
        card = await choice(server, await with_three_pictures(server))
        assert card.ephemeral
        assert text_of(card) == "Which one should I dream?"
        (gallery,) = [part for part in parts_of(card) if part["type"] == GALLERY]
        assert [item["description"] for item in gallery["items"]] == ["red.png", "green.png", "blue.png"]
        options = [(each["label"], each["description"]) for each in select_of(card)["options"]]
        assert options == [("Picture 1", "red.png"), ("Picture 2", "green.png"), ("Picture 3", "blue.png")]
        assert server.script.dreams == []
        assert not await server.services.store.of_user(server.alice.id, *State)

    async def test_the_chosen_picture_is_dreamed_publicly(self, server):
        card = await choice(server, await with_three_pictures(server))
        asked = await choose(server, card, 1)
        dream = await server.script.next_dream()
        assert dream.request.source == picture(colour="green")
        dream.finish()
        answer = await server.answer(asked)
        assert not answer.ephemeral
        assert answer.id != card.id
        assert (await server.only_job(server.alice)).options.preset == "intense"

    async def test_another_picture_can_be_chosen_on_the_same_card(self, server):
        card = await choice(server, await with_three_pictures(server))
        for number, colour in ((0, "red"), (2, "blue")):
            asked = await choose(server, card, number)
            dream = await server.script.next_dream()
            assert dream.request.source == picture(colour=colour)
            dream.finish()
            await server.answer(asked)

    async def test_the_choice_is_korean_for_koreans(self, server):
        server.locales[server.alice.id] = "ko"
        card = await choice(server, await with_three_pictures(server))
        assert text_of(card) == "어떤 사진으로 꿈을 꿀까요?"
        assert select_of(card)["options"][0]["label"] == "사진 1"

    async def test_a_choice_survives_a_restart(self, server):
        card = await choice(server, await with_three_pictures(server))
        await server.restart(killed=True)
        asked = await choose(server, card, 2)
        dream = await server.script.next_dream()
        assert dream.request.source == picture(colour="blue")
        dream.finish()
        assert not (await server.answer(asked)).ephemeral

    async def test_a_picture_that_was_deleted_meanwhile_is_answered_in_one_sentence(self, server):
        card = await choice(server, await with_three_pictures(server))
        server.env.backend.cdn._blobs.clear()
        asked = await choose(server, card, 0)
        assert "It may have been deleted" in await server.private_text(asked)

    async def test_a_hidden_picture_is_hidden_on_the_card_and_in_the_dream(self, server):
        card = await choice(server, await with_three_pictures(server, "SPOILER_{}.png"))
        (gallery,) = [part for part in parts_of(card) if part["type"] == GALLERY]
        assert all(item["spoiler"] for item in gallery["items"])
        asked = await choose(server, card, 0)
        (await server.script.next_dream()).finish()
        assert (await server.answer(asked)).attachments[0].is_spoiler()

    async def test_pictures_beyond_the_limit_of_a_select_are_left_out(self, server):
        items = [{"media": media(server, f"cat{number}.png")} for number in range(10)]
        embeds = [
            {
                "type": "image",
                "image": media(server, f"dog{each}.png"),
                "thumbnail": media(server, f"d{each}.png"),
            }
            for each in range(10)
        ]
        message = await with_components(server, {"type": GALLERY, "items": items}, embeds=embeds)
        card = await choice(server, message)
        galleries = [part for part in parts_of(card) if part["type"] == GALLERY]
        assert [len(gallery["items"]) for gallery in galleries] == [10, 10, 5]
        asked = await choose(server, card, 24)
        (await server.script.next_dream()).finish()
        await server.answer(asked)


class TestEveryKindOfMessage:
    """A picture in every place of a message, in the message itself and in one that forwards it."""

    @pytest.fixture(params=[False, True], ids=["sent", "forwarded"])
    def dreamed(self, request, server):
        async def dreamed(message):
            if request.param:
                forward_next(server)
            await dream_this(server, message)
            return (await server.script.next_dream()).request.source

        return dreamed

    @pytest.mark.parametrize("depth", [0, 1, 2])
    @pytest.mark.parametrize("kind", ["gallery", "section", "file"])
    async def test_a_picture_in_a_component_is_dreamed(self, server, dreamed, kind, depth):
        shown = media(server, "cat.png")
        component = {
            "gallery": {"type": GALLERY, "items": [{"media": shown}]},
            "section": {
                "type": SECTION,
                "components": [{"type": TEXT, "content": "look"}],
                "accessory": {"type": THUMBNAIL, "media": shown},
            },
            "file": {"type": FILE, "file": shown, "name": "cat.png", "size": 9},
        }[kind]
        for _ in range(depth):
            component = {"type": CONTAINER, "components": [{"type": TEXT, "content": "in"}, component]}
        assert await dreamed(await with_components(server, component)) == picture()

    async def test_a_sticker_is_dreamed(self, server, dreamed):
        sticker = server.guild.create_sticker("wave", format_type=1)
        server.env.backend.cdn.store_sticker(sticker.id, 1, picture())
        message = await server.bob.send(server.general, "look")
        server.env.backend.get_message(server.general.id, message.id).stickers.append(sticker)
        assert await dreamed(message) == picture()

    async def test_a_dream_of_the_bot_is_one_picture(self, server, dreamed):
        interaction, dream = await server.start_dream(server.bob)
        dream.tell(0.5, preview=picture(file_format="jpeg"))
        await server.until_shown(interaction, "50%")
        dream.finish()
        answer = await server.answer(interaction)
        assert await dreamed(answer.message) == server.content_of(answer)
