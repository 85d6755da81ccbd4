import pytest

from bot.models import State
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.simulated_server import all_answers, photograph, picture

pytestmark = pytest.mark.usefixtures("server")


async def test_from_the_attachment_to_the_dream(server):
    asked, dream = await server.begun()
    dream.finish()
    answer = await server.answer(asked)
    assert (await server.file_of(answer)).size == (96, 64)
    assert server.content_of(answer) != picture()
    assert "**Intense** · dreamed in 2.5 seconds" in text_of(answer)
    assert (await server.only_job()).state is State.DELIVERED


async def test_the_answer_is_acknowledged_before_anything_else_and_seen_by_all(server):
    asked, dream = await server.begun()
    assert asked.deferred
    assert not asked.ephemeral
    dream.finish()
    assert not (await server.answer(asked)).ephemeral


async def test_a_private_dream_is_seen_by_who_asked_alone(server):
    answer = await server.dreamed(private=True)
    assert answer.ephemeral
    assert server.square.history(viewer=server.bob) == []


async def test_what_is_left_open_is_chosen_by_the_bot(server):
    _, dream = await server.begun()
    assert dream.request.preset == "intense"
    assert dream.request.settings.size == 1024
    assert dream.request.settings.seed is not None
    assert dream.request.max_bytes == 26214400
    assert dream.request.time_limit == 600


@pytest.mark.settings(default_preset="fur", default_size=512)
async def test_what_is_left_open_is_chosen_as_the_operator_says(server):
    _, dream = await server.begun()
    assert (dream.request.preset, dream.request.settings.size) == ("fur", 512)


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ({"preset": "mild"}, {"iterations": 12, "octaves": 3, "step_size": 0.006}),
        ({"preset": "mild", "strength": 2.0}, {"iterations": 24}),
        ({"preset": "mild", "strength": 0.5}, {"iterations": 6}),
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
    _, dream = await server.begun(**options)
    shaped = dict(dream.request.settings)
    assert {name: shaped[name] for name in settings} == settings


async def test_a_guide_goes_to_the_executor_beside_the_source(server):
    guide = picture(colour="red")
    _, dream = await server.begun(guide=("guide.png", guide))
    assert dream.request.source == picture()
    assert dream.request.guide == guide


@pytest.mark.parametrize(
    ("name", "options"),
    [("cat.png", {"spoiler": True}), ("SPOILER_cat.png", {})],
    ids=["asked for", "marked"],
)
async def test_a_dream_may_be_hidden_until_it_is_clicked(server, name, options):
    asked, dream = await server.begun(name=name, **options)
    dream.tell(0.5, preview=picture(file_format="jpeg"))
    await server.until(lambda: asked.response.attachments)
    assert asked.response.attachments[0].is_spoiler()
    dream.finish()
    answer = await server.answer(asked)
    assert answer.attachments[0].is_spoiler()
    (gallery,) = [part for part in parts_of(answer) if part["type"] == 12]
    assert gallery["items"][0]["spoiler"]


async def test_in_a_channel_for_adults_a_dream_is_hidden_as_well(server):
    server.bot.get_channel(server.square.id).nsfw = True
    server.disguise["channel"] = {"id": str(server.square.id), "type": 0, "nsfw": True, "name": "square"}
    answer = await server.dreamed()
    assert answer.attachments[0].is_spoiler()


async def test_it_works_in_a_direct_message(server):
    user = server.alice.user
    asked = await user.slash("dream", image=("cat.png", picture()))
    (await server.script.begun()).finish()
    await server.answer(asked)
    job = await server.only_job()
    assert job.server_id is None
    assert job.reply.reachable


async def test_it_works_where_only_the_person_has_installed_the_bot(server):
    server.disguise["authorizing_integration_owners"] = {"1": str(server.alice.id)}
    await server.dreamed()
    job = await server.only_job()
    assert job.server_id is None
    assert not job.reply.reachable


async def test_layers_are_completed_while_they_are_typed(server):
    found = await server.alice.autocomplete(server.square, "dream", "layer", "LOCK1/")
    assert found
    assert all("block1/" in choice["name"] for choice in found)
    everything = await server.alice.autocomplete(server.square, "dream", "layer", "")
    assert 1 < len(everything) <= 25
    assert await server.alice.autocomplete(server.square, "dream", "layer", "nonsense") == []


async def test_the_result_tells_what_made_it(server):
    asked, dream = await server.begun(preset="mild", seed=5, iterations=9)
    dream.finish(seconds=1.0)
    answer = await server.answer(asked)
    assert "**Mild** · dreamed in 1 second\n" in text_of(answer)
    assert "-# block11/expand · 3 octaves × 9 steps · 96 × 64 · seed 5" in text_of(answer)
    assert labels_of(answer) == ["Deeper", "Again", "Original", "Delete"]


async def test_the_file_has_a_name_of_ours_and_a_description(server):
    answer = await server.dreamed(name="..pässwörd;rm -rf ~.png")
    (file,) = answer.attachments
    job = await server.only_job()
    assert file.filename == f"dream-{job.id}.png"
    (gallery,) = [part for part in parts_of(answer) if part["type"] == 12]
    assert gallery["items"][0]["description"] == "A dream of a picture, preset Intense, 96 × 64 pixels"


async def test_nothing_of_the_sources_metadata_is_in_a_preview_or_a_card(server):
    answer = await server.dreamed(content=photograph(), name="photo.jpg")
    assert "Secret Camera" not in str(answer.components)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"size": 4096}, "The largest size here is 2048 pixels."),
        ({"layer": "mixed9"}, "My network has no layer of the name “mixed9”."),
    ],
    ids=["size", "layer"],
)
async def test_what_cannot_be_had_is_refused_privately_and_costs_nothing(server, options, sentence):
    for _ in range(4):  # one more than a person may have at once
        asked = await server.submit(**options)
        assert sentence in await server.whispers(asked)
    assert server.square.history(viewer=server.bob) == []
    await server.begun()


async def test_a_file_that_is_said_to_be_too_large_is_not_fetched(server):
    server.services.downloader._megabytes = 1e-4
    asked = await server.submit()
    assert "That file is larger than 0 MB" in await server.whispers(asked)
    assert server.script.dreams == []


async def test_a_picture_that_was_deleted_meanwhile_is_refused(server):
    server.env.backend.cdn.get = lambda _: None
    asked = await server.submit()
    assert "I could not fetch that picture" in await server.whispers(asked)


async def test_a_guide_that_cannot_be_used_is_told_from_the_source(server):
    asked = await server.submit(guide=("guide.png", bytes(26_000_000)))
    assert "25 MB" in await server.whispers(asked)


async def test_nobody_is_pinged(server):
    asked, dream = await server.begun()
    dream.finish()
    await server.answer(asked)
    sent = [body for kind, _, body in server.env.backend.transcript if kind == "HTTP" and body]
    assert all(body["allowed_mentions"] == {"parse": []} for body in sent if "components" in body)
    assert any("components" in body for body in sent)


async def test_one_answer_and_no_more(server):
    asked, dream = await server.begun()
    dream.finish()
    answer = await server.answer(asked)
    assert [message.id for message in all_answers(asked)] == [answer.id]
