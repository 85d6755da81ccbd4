"""Dreams of a thing: the option, its completion, what is restricted, and the buttons."""

import pytest

from bot.delivery.select_options import COMPARE
from bot.texts.catalogue import packaged_catalogue
from bot.thing_restrictions import ThingRestrictions
from dream_engine import image_classes
from dream_engine.presets import PRESETS, THING, get
from fake_discord.simcord_additions import parts_of, text_of
from tests.bot.commands.test_age_restrictions import http_error, in_channel, in_thread, respond_with
from tests.bot.simulated_server import all_answers, picture

LITE0 = "efficientnet_lite0"


@pytest.fixture
def changes(changes, tmp_path):
    """The settings that a test changes; ``things`` is the text of an operator's file."""
    things = changes.pop("things", None)
    if things is None:
        return changes
    (tmp_path / "things.toml").write_text(things)
    return changes | {"restricted_things_file": tmp_path / "things.toml"}


@pytest.fixture
def korean(server):
    """A server in which Alice has a Korean locale."""
    server.locales[server.alice.id] = "ko"
    return server


@pytest.fixture
def adult(server):
    """A server whose channel is age-restricted."""
    server.bot.get_channel(server.general.id).nsfw = True
    return server


async def completed(server, typed):
    """The names and values of the choices that Discord shows while Alice types."""
    found = await server.alice.autocomplete(server.general, "dream", "of", typed)
    return [(choice["name"], choice["value"]) for choice in found]


async def values(server, typed):
    return [value for _, value in await completed(server, typed)]


def options_of(message, action):
    """The options of a select, or ``None`` if the message has no such select."""
    found = [part for part in parts_of(message) if part.get("custom_id", "").startswith(f"dream:{action}:")]
    return found[0]["options"] if found else None


async def select(server, member, message, action, value):
    (job,) = [part["custom_id"] for part in parts_of(message) if f":{action}:" in part.get("custom_id", "")]
    return await member.select(message, [value], custom_id=job)


# The option


async def test_a_thing_alone_has_a_preset_of_its_own(server):
    _, dream = await server.start_dream(of="jellyfish")
    assert dream.request.preset == THING
    settings = dream.request.settings
    assert settings.classes == (("jellyfish", 1.0),)
    assert settings.layer_weights == {}
    own = get(THING).settings_for(LITE0)
    assert (settings.octaves, settings.iterations) == (own.octaves, own.iterations)


async def test_a_preset_beside_a_thing_gives_its_look(server):
    _, dream = await server.start_dream(of="jellyfish", preset="glass")
    assert dream.request.preset == "glass"
    settings, look = dream.request.settings, PRESETS["glass"].settings_for(LITE0)
    assert settings.classes == (("jellyfish", 1.0),)
    assert (settings.layers, settings.step_size) == (look.layers, look.step_size)


@pytest.mark.settings(default_preset="fur")
async def test_a_default_preset_is_for_dreams_without_a_thing(server):
    await server.manager.slash(server.general, "dream-settings preset", preset="webs")
    _, dream = await server.start_dream(of="jellyfish")
    assert dream.request.preset == THING


@pytest.mark.parametrize("typed", ["Jellyfish", " jellyfish ", "peacock", "monarch-butterfly"])
async def test_a_thing_may_be_typed_without_choosing_it(server, typed):
    _, dream = await server.start_dream(of=typed)
    name = image_classes.get(typed).name
    assert dream.request.settings.classes == ((name, 1.0),)
    assert (await server.only_job()).options.of == name


@pytest.mark.parametrize("typed", ["해파리", "장수 풍뎅이", "줄무늬고양이"])
async def test_a_korean_user_may_type_a_korean_name(korean, typed):
    await korean.start_dream(of=typed)
    name = (await korean.only_job()).options.of
    assert packaged_catalogue().texts("ko").thing(name).replace(" ", "") == typed.replace(" ", "")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("jelyfish", "by “jelyfish”. Did you mean one of these: jellyfish?"),
        ("crane", "by “crane”. Did you mean one of these: crane (bird), crane (machine)?"),
        ("qqqqqqqq", "by “qqqqqqqq”. Pick something from the list that appears as you type."),
        ("   ", "Pick something from the list that appears as you type."),
        ("bikinis", "by “bikinis”. Pick something from the list that appears as you type."),
    ],
    ids=["a typo", "ambiguous", "nonsense", "blank", "a typo of a restricted thing"],
)
async def test_an_unknown_thing_is_refused_with_suggestions(server, typed, sentence):
    assert (await server.private_text(await server.submit(of=typed))).endswith(sentence)
    assert server.script.dreams == []


@pytest.mark.parametrize(
    ("typed", "suggested"), [("해파라", "해파리"), ("새끼 고양이", "고양이"), ("jelyfish", "해파리")]
)
async def test_suggestions_are_in_the_users_language(korean, typed, suggested):
    assert suggested in await korean.private_text(await korean.submit(of=typed))


async def test_a_thing_beside_a_guide_is_refused(server):
    interaction = await server.submit(of="jellyfish", guide=("guide.png", picture(colour="red")))
    assert "either a thing or a guide" in await server.private_text(interaction)


@pytest.mark.settings(backbone="inception_v3")
async def test_a_backbone_without_things_offers_and_dreams_none(server):
    assert await completed(server, "") == []
    assert "My network doesn't know things" in await server.private_text(await server.submit(of="jellyfish"))


# The completion


async def test_nothing_typed_offers_what_dreams_best(server):
    best = [found.name for found in image_classes.dreamable_classes()][:25]
    assert await completed(server, "") == [(name, name) for name in best]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("jelly", ("jellyfish", "jellyfish")),
        ("PEACOCK", ("peafowl (peacock)", "peafowl")),
        ("retriever", ("golden retriever", "golden retriever")),
        ("crane (m", ("crane (machine)", "crane (machine)")),
    ],
)
async def test_beginnings_of_names_and_words_are_completed(server, typed, first):
    assert (await completed(server, typed))[0] == first


async def test_beginnings_of_names_precede_those_of_words(server):
    found = await values(server, "coral")
    assert found[0].startswith("coral")
    assert "brain coral" in found
    assert found.index("coral fungus") < found.index("brain coral")
    assert await values(server, "no such thing") == []


async def test_korean_users_see_korean_names(korean):
    found = await completed(korean, "")
    assert found[:3] == [("해파리", "jellyfish"), ("금붕어", "goldfish"), ("데이지", "daisy")]
    texts = packaged_catalogue().texts("ko")
    assert found == [(texts.thing(value), value) for _, value in found]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("해파", ("해파리", "jellyfish")),
        ("고양", ("줄무늬 고양이", "tabby cat")),
        ("jelly", ("해파리 (jellyfish)", "jellyfish")),
        ("abacus", ("abacus", "abacus")),
    ],
)
async def test_korean_users_may_type_korean_or_english(korean, typed, first):
    assert (await completed(korean, typed))[0] == first


@pytest.mark.parametrize("typed", "abcdefghijklmnopqrstuvwxyz")
async def test_every_choice_is_short_enough_for_discord(server, typed):
    found = await completed(server, typed)
    assert len(found) <= 25
    assert all(1 <= len(text) <= 100 for choice in found for text in choice)


# Restrictions


async def test_a_thing_that_is_never_offered_is_neither_completed_nor_dreamed(adult):
    assert "bikini" not in await values(adult, "bikini")
    interaction = await adult.submit(of="bikini")
    assert "I'd rather not dream of bikini." in await adult.private_text(interaction)


async def test_a_weapon_is_refused_in_an_ordinary_channel(server):
    assert "assault rifle" not in await values(server, "rifle")
    interaction = await server.submit(of="rifle")
    sentence = "I only dream of rifle in age-restricted channels."
    assert sentence in await server.private_text(interaction)
    assert server.script.dreams == []


async def test_a_weapon_is_dreamed_in_an_age_restricted_channel(adult):
    assert {"rifle", "assault rifle"} <= set(await values(adult, "rifle"))
    interaction, dream = await adult.start_dream(of="rifle")
    dream.finish()
    assert (await adult.answer(interaction)).attachments[0].is_spoiler()


async def test_a_weapon_is_refused_in_a_direct_message(server):
    interaction = await server.alice.user.slash("dream", image=("cat.png", picture()), of="rifle")
    assert "in age-restricted channels" in await server.private_text(interaction)


@pytest.mark.parametrize(
    "place", [in_channel, lambda server: in_thread(server, 78)], ids=["channel", "thread"]
)
async def test_a_channel_that_the_bot_cannot_see_does_not_count_as_restricted(server, monkeypatch, place):
    respond_with(server, monkeypatch, http_error())
    place(server)
    assert "rifle" not in await values(server, "rifle")
    assert "in age-restricted channels" in await server.private_text(await server.submit(of="rifle"))


async def test_a_completion_without_restricted_things_requests_no_channel(server, monkeypatch):
    requests = respond_with(server, monkeypatch, http_error())
    in_thread(server, 78)
    assert "jellyfish" in await values(server, "jelly")
    assert requests == []


@pytest.mark.settings(things='never_offered = ["jellyfish"]\nage_restricted = ["goldfish"]\n')
async def test_the_operators_file_replaces_the_bots(server):
    assert (await values(server, ""))[0] == "daisy"
    assert "bikini" in await values(server, "bikini")
    assert "rather not" in await server.private_text(await server.submit(of="jellyfish"))
    answer = await server.complete_dream(of="tiger")
    offered = [option["value"] for option in options_of(answer, "thing")]
    assert offered[0] == "daisy"
    assert not {"jellyfish", "goldfish"} & set(offered)


async def test_a_korean_refusal_names_the_thing_in_korean(korean):
    assert "소총" in await korean.private_text(await korean.submit(of="rifle"))


# Cards


async def test_the_cards_say_what_the_dream_is_of(server):
    interaction, dream = await server.start_dream(of="jellyfish", seed=5)
    dream.tell(0.5, preview=picture(file_format="jpeg"))
    assert "### Dreaming of jellyfish\n" in await server.until_shown(interaction, "50%")
    dream.finish()
    answer = await server.answer(interaction)
    assert text_of(answer) == "**jellyfish** · dreamed in 2.5 seconds"
    (gallery,) = [part for part in parts_of(answer) if part["type"] == 12]
    assert gallery["items"][0]["description"] == "A picture with jellyfish growing out of it, 96 × 64 pixels"


async def test_the_cards_of_a_thing_in_a_presets_look_show_both(server):
    interaction, dream = await server.start_dream(of="jellyfish", preset="glass")
    dream.tell(0.5)
    assert "### Dreaming of jellyfish · Glass\n" in await server.until_shown(interaction, "50%")
    dream.finish()
    answer = await server.answer(interaction)
    assert text_of(answer).startswith("**Glass · jellyfish** · dreamed in")
    details = await server.alice.click(answer, label="Details")
    text = text_of(details.response)
    assert text.startswith("### Details: Glass · jellyfish\n**Dream of:** jellyfish\n**Layers:** block")


async def test_korean_cards_show_the_korean_name(korean):
    interaction, dream = await korean.start_dream(of="jellyfish")
    dream.tell(0.5)
    assert "### 해파리 꿈을 꾸는 중\n" in await korean.until_shown(interaction, "50%")
    dream.finish()
    answer = await korean.answer(interaction)
    assert "**해파리** · " in text_of(answer)
    details = await korean.alice.click(answer, label="자세히")
    assert "**대상:** 해파리" in text_of(details.response)
    assert options_of(answer, "thing")[0] == {"label": "금붕어", "value": "goldfish", "default": False}


async def test_the_queue_shows_the_thing(server):
    await server.start_dream(of="jellyfish")
    shown = await server.alice.slash(server.general, "queue")
    assert "**jellyfish** · in progress" in text_of(shown.response)


async def test_the_presets_mention_things(server):
    shown = await server.alice.slash(server.general, "presets")
    mention = f"</dream:{server.bot.command_ids['dream']}>"
    assert f"Use `of` in {mention} to grow one of a thousand things" in text_of(shown.response)


# Buttons


@pytest.fixture(params=["the same process", "after a restart"])
async def dreamed(request, server):
    """Alice's dream of jellyfish, perhaps from before a restart of the bot."""
    answer = await server.complete_dream(of="jellyfish", iterations=9, seed=5)
    if request.param == "after a restart":
        await server.restart()
    return answer


@pytest.mark.parametrize("label", ["Reroll", "Deeper"])
async def test_again_and_deeper_keep_the_thing(server, dreamed, label):
    await server.alice.click(dreamed, label=label)
    dream = await server.script.next_dream()
    assert dream.request.preset == THING
    assert dream.request.settings.classes == (("jellyfish", 1.0),)
    assert dream.request.settings.iterations == 9
    assert (dream.request.source == picture()) is (label == "Reroll")


async def test_another_thing_is_dreamed_from_the_source(server, dreamed):
    interaction = await select(server, server.alice, dreamed, "thing", "tiger")
    dream = await server.script.next_dream()
    assert dream.request.source == picture()
    assert dream.request.preset == THING
    assert dream.request.settings.classes == (("tiger", 1.0),)
    assert dream.request.settings.seed != 5
    dream.finish()
    answer = await server.answer(interaction)
    assert "**tiger** · dreamed in" in text_of(answer)
    assert "jellyfish" in [option["value"] for option in options_of(answer, "thing")]


async def test_another_preset_keeps_the_thing(server, dreamed):
    await select(server, server.alice, dreamed, "preset", "webs")
    dream = await server.script.next_dream()
    assert dream.request.preset == "webs"
    assert dream.request.settings.classes == (("jellyfish", 1.0),)


async def test_another_thing_keeps_the_preset(server):
    answer = await server.complete_dream(of="jellyfish", preset="glass")
    await select(server, server.alice, answer, "thing", "tiger")
    assert (await server.script.next_dream()).request.preset == "glass"


async def test_the_select_offers_other_things_that_dream_well_and_every_preset(server, dreamed):
    names = [found.name for found in image_classes.dreamable_classes() if found.name != "jellyfish"]
    assert [option["value"] for option in options_of(dreamed, "thing")] == names[:25]
    assert [option["value"] for option in options_of(dreamed, "preset")] == [COMPARE, *PRESETS]


async def test_a_dream_without_a_thing_offers_none(server):
    answer = await server.complete_dream()
    assert options_of(answer, "thing") is None
    assert options_of(answer, "preset")


async def test_a_thing_that_the_operator_has_since_restricted_is_refused(server, dreamed):
    restrictions = ThingRestrictions(never_offered=frozenset({"jellyfish"}))
    object.__setattr__(server.services, "thing_restrictions", restrictions)
    click = await server.alice.click(dreamed, label="Reroll")
    (refusal,) = [message for message in all_answers(click) if message.ephemeral]
    assert "rather not dream of jellyfish" in text_of(refusal)


async def test_the_buttons_of_jobs_stored_without_a_thing_still_work(server):
    answer = await server.complete_dream()
    statement = (
        "UPDATE jobs SET options = json_remove(options, '$.of'), outcome = json_remove(outcome, '$.things')"
    )
    assert await server.services.database.execute(statement) == 1
    assert (await server.only_job()).options.of is None
    await server.alice.click(answer, label="Reroll")
    dream = await server.script.next_dream()
    assert (dream.request.preset, dream.request.settings.classes) == ("intense", ())
