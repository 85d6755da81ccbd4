import pytest

from bot.models import State
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.simulated_server import all_answers, photograph, picture

pytestmark = pytest.mark.usefixtures("server")


async def test_an_attachment_becomes_a_dream(server):
    interaction, dream = await server.start_dream()
    dream.finish()
    answer = await server.answer(interaction)
    assert (await server.file_of(answer)).size == (96, 64)
    assert server.content_of(answer) != picture()
    assert "**Intense** · dreamed in 2.5 seconds" in text_of(answer)
    assert (await server.only_job()).state is State.DELIVERED


async def test_the_command_is_acknowledged_first_and_answered_publicly(server):
    interaction, dream = await server.start_dream()
    assert interaction.deferred
    assert not interaction.ephemeral
    dream.finish()
    assert not (await server.answer(interaction)).ephemeral


async def test_a_private_dream_is_seen_only_by_its_owner(server):
    answer = await server.complete_dream(private=True)
    assert answer.ephemeral
    assert server.general.history(viewer=server.bob) == []


async def test_omitted_options_have_defaults(server):
    _, dream = await server.start_dream()
    assert dream.request.preset == "intense"
    assert dream.request.settings.size == 1024
    assert dream.request.settings.seed is not None
    assert dream.request.max_bytes == 26214400
    assert dream.request.time_limit == 600


@pytest.mark.settings(default_preset="fur", default_size=512)
async def test_the_operator_sets_the_defaults(server):
    _, dream = await server.start_dream()
    assert (dream.request.preset, dream.request.settings.size) == ("fur", 512)


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ({"preset": "mild"}, {"iterations": 10, "octaves": 3, "step_size": 0.01}),
        ({"preset": "mild", "strength": 2.0}, {"iterations": 20}),
        ({"preset": "mild", "strength": 0.5}, {"iterations": 5}),
        ({"size": 256}, {"size": 256}),
        ({"iterations": 7}, {"iterations": 7}),
        ({"iterations": 7, "strength": 3.0}, {"iterations": 21}),
        ({"octaves": 2}, {"octaves": 2}),
        ({"layer": "block4/expand"}, {"layers": (("block4/expand", 1.0),)}),
        ({"keep_colour": True}, {"keep_colour": True}),
        ({"preset": "camouflage", "keep_colour": False}, {"keep_colour": False}),
        ({"preset": "camouflage"}, {"keep_colour": True}),
        ({"seed": 7}, {"seed": 7}),
        ({"seed": 0}, {"seed": 0}),
    ],
    ids=str,
)
async def test_each_option_shapes_the_dream(server, options, settings):
    _, dream = await server.start_dream(**options)
    shaped = dict(dream.request.settings)
    assert {name: shaped[name] for name in settings} == settings


async def test_a_guide_reaches_the_executor_with_the_source(server):
    guide = picture(colour="red")
    _, dream = await server.start_dream(guide=("guide.png", guide))
    assert dream.request.source == picture()
    assert dream.request.guide == guide
    assert dream.request.mask is None


async def test_a_mask_reaches_the_executor_with_the_source(server):
    mask = picture(colour="white")
    _, dream = await server.start_dream(mask=("mask.png", mask))
    assert dream.request.source == picture()
    assert (dream.request.guide, dream.request.mask) == (None, mask)


@pytest.mark.parametrize(
    ("name", "options"),
    [("cat.png", {"spoiler": True}), ("SPOILER_cat.png", {})],
    ids=["by option", "by file name"],
)
async def test_a_dream_can_be_a_spoiler(server, name, options):
    interaction, dream = await server.start_dream(name=name, **options)
    dream.tell(0.5, preview=picture(file_format="jpeg"))
    await server.until(lambda: interaction.response.attachments)
    assert interaction.response.attachments[0].is_spoiler()
    dream.finish()
    answer = await server.answer(interaction)
    assert answer.attachments[0].is_spoiler()
    (gallery,) = [part for part in parts_of(answer) if part["type"] == 12]
    assert gallery["items"][0]["spoiler"]


async def test_a_dream_in_an_age_restricted_channel_is_a_spoiler(server):
    server.bot.get_channel(server.general.id).nsfw = True
    server.payload_overrides["channel"] = {
        "id": str(server.general.id),
        "type": 0,
        "nsfw": True,
        "name": "general",
    }
    answer = await server.complete_dream()
    assert answer.attachments[0].is_spoiler()


async def test_the_command_works_in_a_direct_message(server):
    user = server.alice.user
    interaction = await user.slash("dream", image=("cat.png", picture()))
    (await server.script.next_dream()).finish()
    await server.answer(interaction)
    job = await server.only_job()
    assert job.server_id is None
    assert job.reply.reachable


async def test_the_command_works_for_a_user_install(server):
    server.payload_overrides["authorizing_integration_owners"] = {"1": str(server.alice.id)}
    await server.complete_dream()
    job = await server.only_job()
    assert job.server_id is None
    assert not job.reply.reachable


async def test_layer_names_are_completed(server):
    found = await server.alice.autocomplete(server.general, "dream", "layer", "LOCK1/")
    assert found
    assert all("block1/" in choice["name"] for choice in found)
    everything = await server.alice.autocomplete(server.general, "dream", "layer", "")
    assert 1 < len(everything) <= 25
    assert await server.alice.autocomplete(server.general, "dream", "layer", "nonsense") == []


async def test_the_result_shows_its_name_and_its_buttons(server):
    interaction, dream = await server.start_dream(preset="mild", seed=5, iterations=9)
    dream.finish(seconds=1.0)
    answer = await server.answer(interaction)
    assert text_of(answer) == "**Mild** · dreamed in 1 second"
    assert labels_of(answer) == ["Deeper", "Reroll", "Adjust…", "Details", "Original", "Delete"]


async def test_the_bot_chooses_the_files_name_and_description(server):
    answer = await server.complete_dream(name="..pässwörd;rm -rf ~.png")
    (file,) = answer.attachments
    job = await server.only_job()
    assert file.filename == f"dream-{job.id}.png"
    (gallery,) = [part for part in parts_of(answer) if part["type"] == 12]
    assert gallery["items"][0]["description"] == "A dream made from a picture, preset Intense, 96 × 64 pixels"


async def test_previews_and_cards_contain_no_metadata_of_the_source(server):
    answer = await server.complete_dream(content=photograph(), name="photo.jpg")
    assert "Secret Camera" not in str(answer.components)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"size": 1025}, "The largest size here is 1,024 pixels."),
        ({"layer": "mixed9"}, "There's no layer called “mixed9”."),
    ],
    ids=["size", "layer"],
)
async def test_invalid_options_are_refused_privately_and_cost_nothing(server, options, sentence):
    await server.services.servers.change(server.guild.id, lambda _: {"largest_size": 1024})
    for _ in range(4):  # one more than the burst
        interaction = await server.submit(**options)
        assert sentence in await server.private_text(interaction)
    assert server.general.history(viewer=server.bob) == []
    await server.start_dream()


async def test_a_file_that_discord_reports_as_too_large_is_not_fetched(server):
    server.services.downloader._megabytes = 1e-4
    interaction = await server.submit()
    assert "That file is over the 0 MB limit" in await server.private_text(interaction)
    assert server.script.dreams == []


async def test_a_picture_that_was_deleted_meanwhile_is_refused(server):
    server.env.backend.cdn.get = lambda _: None
    interaction = await server.submit()
    assert "I couldn't get that picture" in await server.private_text(interaction)


async def test_the_refusal_of_a_guide_says_that_it_is_the_guide(server):
    interaction = await server.submit(guide=("guide.png", bytes(26_000_000)))
    assert "25 MB" in await server.private_text(interaction)


async def test_a_mask_is_checked_like_a_source_and_its_refusal_names_it(server):
    too_large = await server.submit(mask=("mask.png", bytes(26_000_000)))
    assert "25 MB" in await server.private_text(too_large)
    server.env.backend.cdn.get = lambda _: None
    gone = await server.submit(mask=("mask.png", picture(colour="white")))
    assert "I couldn't get that picture" in await server.private_text(gone)


async def test_a_dream_pings_nobody(server):
    interaction, dream = await server.start_dream()
    dream.finish()
    await server.answer(interaction)
    sent = [body for kind, _, body in server.env.backend.transcript if kind == "HTTP" and body]
    assert all(body["allowed_mentions"] == {"parse": []} for body in sent if "components" in body)
    assert any("components" in body for body in sent)


async def test_there_is_only_one_answer(server):
    interaction, dream = await server.start_dream()
    dream.finish()
    answer = await server.answer(interaction)
    assert [message.id for message in all_answers(interaction)] == [answer.id]
