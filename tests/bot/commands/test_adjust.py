"""The form that *Adjust…* below a dream opens, and what its submission dreams."""

import aiohttp
import pytest
from discord.webhook.async_ import AsyncWebhookAdapter

from bot.commands import adjust
from bot.models import State
from bot.texts import packaged_catalogue
from dream_engine.presets import PRESETS, THING
from fake_discord.simcord_additions import text_of
from tests.bot.commands.languages import KOREAN
from tests.bot.simulated_server import all_answers, picture
from tests.moving import moving

GUIDE = picture(colour="orange")
ANOTHER_GUIDE = picture(colour="purple")


async def opened(server, answer, member=None):
    """Click *Adjust…* as a member, by default Alice; returns the interaction with the form."""
    return await (member or server.alice).click(answer, label="Adjust…")


def fields_of(form):
    """The components of a form by their custom ids."""
    return {label["component"]["custom_id"]: label["component"] for label in form.modal["components"]}


def shown_in(form):
    """The values that a form shows when it opens."""
    shown = {}
    for name, field in fields_of(form).items():
        chosen = [option["value"] for option in field.get("options", ()) if option["default"]]
        shown[name] = chosen or field.get("value") or []
    return shown


async def submitted(server, form, member=None, **changes):
    """Submit a form with some of its values changed."""
    unchanged = {name: value for name, value in shown_in(form).items() if value}
    return await (member or server.alice).submit_modal(form, unchanged | changes)


async def dreamed_of(server, answer, **changes):
    """Adjust a dream; returns the request of the dream that begins."""
    await submitted(server, await opened(server, answer), **changes)
    return (await server.script.next_dream()).request


async def refusal_of(server, submission, jobs=1):
    """The text of a submission that is refused before anybody else sees anything."""
    (refusal,) = all_answers(submission)
    assert refusal.ephemeral
    assert len(await server.services.store.of_user(server.alice.id, *State)) == jobs
    return text_of(refusal)


async def test_the_form_shows_the_dreams_values(server):
    answer = await server.complete_dream(preset="webs", strength=1.5, size=128, seed=5, of="jellyfish")
    form = await opened(server, answer)
    assert form.modal["title"] == "Adjust this dream"
    assert shown_in(form) == {
        "preset": ["webs"],
        "of": "jellyfish",
        "strength": ["1.5"],
        "numbers": "Size: 128\nSeed: 5",
        "guide": [],
    }
    assert [label["label"] for label in form.modal["components"]] == [
        "Preset",
        "What to dream of",
        "Strength",
        "Size and seed",
        "Guide",
    ]
    (numbers,) = [label for label in form.modal["components"] if label["label"] == "Size and seed"]
    assert numbers["description"] == "Size: 32 to 2,048 pixels. Delete the seed to get a new one."


async def test_the_form_offers_every_preset_and_the_thing_alone(server):
    form = await opened(server, await server.complete_dream(preset="mild"))
    options = [option["value"] for option in fields_of(form)["preset"]["options"]]
    assert options == [*PRESETS, THING]


async def test_an_unusual_strength_is_offered_too(server):
    form = await opened(server, await server.complete_dream(strength=0.8))
    assert shown_in(form)["strength"] == ["0.8"]
    labels = [option["label"] for option in fields_of(form)["strength"]["options"]]
    assert labels == [
        "Barely there (× 0.25)",
        "Gentler (× 0.5)",
        "× 0.8",
        "The preset's own (× 1)",
        "A bit wilder (× 1.5)",
        "Wilder (× 2)",
        "As wild as it gets (× 4)",
    ]


@pytest.mark.parametrize(
    ("locale", "strength", "seed"), [("es-ES", "× 0,8", "Semilla"), ("pt-BR", "× 0,8", "Semente")]
)
async def test_the_strengths_have_the_decimal_sign_of_the_language(server, locale, strength, seed):
    server.locales[server.alice.id] = locale
    form = await server.alice.click(await server.complete_dream(strength=0.8, seed=5), label="Ajustar…")
    labels = [option["label"] for option in fields_of(form)["strength"]["options"]]
    assert strength in labels
    assert not [label for label in labels if "." in label]
    assert shown_in(form)["numbers"].endswith(f"{seed}: 5")
    await submitted(server, form)
    assert (await server.script.next_dream()).request.settings.seed == 5
    assert [job.options.strength for job in await server.services.store.of_user(server.alice.id, *State)] == [
        0.8,
        0.8,
    ]


@pytest.mark.parametrize("value", ["0.5", "0,5"])
def test_a_strength_may_come_back_with_either_decimal_sign(value):
    fields = {
        "preset": {"values": []},
        "strength": {"values": [value]},
        "numbers": {"value": ""},
        "guide": {},
    }
    components = [{"component": {"custom_id": name, **field}} for name, field in fields.items()]
    texts = packaged_catalogue().texts("es-ES")
    assert adjust._read(texts, {"components": components}, 2048, is_blank=False).strength == 0.5


async def test_an_unchanged_form_dreams_the_same_again(server):
    mask = picture(colour="white")
    answer = await server.complete_dream(
        preset="mild",
        iterations=9,
        strength=2.0,
        seed=5,
        size=64,
        guide=("g.png", GUIDE),
        mask=("m.png", mask),
    )
    request = await dreamed_of(server, answer)
    settings = request.settings
    assert request.source == picture()
    assert (request.guide, request.mask, request.preset) == (GUIDE, mask, "mild")
    assert (settings.iterations, settings.seed, settings.size) == (18, 5, 64)


async def test_every_changed_value_is_dreamed(server):
    answer = await server.complete_dream(preset="mild", iterations=9, keep_colour=True, seed=5)
    request = await dreamed_of(
        server,
        answer,
        preset=["webs"],
        strength=["2.0"],
        numbers="Size: 48\nSeed: 77",
        guide=("guide.png", GUIDE),
    )
    settings = request.settings
    assert (request.preset, request.guide, settings.size, settings.seed) == ("webs", GUIDE, 48, 77)
    assert (settings.iterations, settings.keep_colour) == (36, False)  # those of the new preset


async def test_the_answer_is_a_message_of_its_own(server):
    answer = await server.complete_dream(preset="mild")
    submission = await submitted(server, await opened(server, answer), preset=["webs"])
    (await server.script.next_dream()).finish()
    adjusted = await server.answer(submission)
    assert adjusted.id != answer.id
    assert not adjusted.ephemeral
    assert "**Webs**" in text_of(adjusted)


async def test_a_private_dream_is_adjusted_privately(server):
    answer = await server.complete_dream(private=True)
    submission = await submitted(server, await opened(server, answer))
    (await server.script.next_dream()).finish()
    assert (await server.answer(submission)).ephemeral


async def test_an_empty_seed_is_drawn_anew_and_an_empty_size_stays(server):
    answer = await server.complete_dream(seed=5, size=64)
    settings = (await dreamed_of(server, answer, numbers="Seed:")).settings
    assert settings.seed not in {None, 5}
    assert settings.size == 64


@pytest.mark.parametrize(
    "typed", ["48\n77", "size 48\nseed 77", "Seed = 77\nSIZE: 48 px", "Size\uff1a 48\n\n 77"]
)
async def test_numbers_may_be_typed_in_many_ways(server, typed):
    settings = (await dreamed_of(server, await server.complete_dream(seed=5), numbers=typed)).settings
    assert (settings.size, settings.seed) == (48, 77)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("Size: 9999", "“9999” doesn't work as the size. Use a whole number from 32 to 2,048."),
        ("Size: big", "“big” doesn't work as the size. Use a whole number from 32 to 2,048."),
        ("Size: 48.5", "“48.5” doesn't work as the size. Use a whole number from 32 to 2,048."),
        ("Seed: -1", "“-1” doesn't work as the seed. Use a whole number from 0 to 4,294,967,295."),
        ("Depth: 3", "I don't understand “Depth: 3”. Put each value on a line of its own, like “Size: 512”."),
    ],
)
async def test_an_unusable_number_is_refused_kindly_and_costs_nothing(server, typed, sentence):
    form = await opened(server, await server.complete_dream())
    submission = await submitted(server, form, numbers=typed)
    assert submission.ephemeral
    assert await refusal_of(server, submission) == f"{sentence} This request didn't cost you anything."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("qqqqqqqq", "I'm not sure what you mean by “qqqqqqqq”. Try another word, like jellyfish."),
        ("jelyfish", "Did you mean one of these: jellyfish"),
    ],
)
async def test_an_unknown_thing_is_refused_kindly_and_costs_nothing(server, typed, sentence):
    submission = await submitted(server, await opened(server, await server.complete_dream()), of=typed)
    assert submission.ephemeral
    assert sentence in await refusal_of(server, submission)


@pytest.mark.settings(backbone="inception_v3")
async def test_a_network_without_things_offers_none(server):
    form = await opened(server, await server.complete_dream(preset="mild"))
    assert list(fields_of(form)) == ["preset", "strength", "numbers", "guide"]
    assert THING not in [option["value"] for option in fields_of(form)["preset"]["options"]]
    await submitted(server, form, preset=["intense"])
    assert (await server.script.next_dream()).request.preset == "intense"


async def test_the_servers_largest_size_is_the_bound(server):
    answer = await server.complete_dream(size=128)
    await server.services.servers.change(server.guild.id, lambda _: {"largest_size": 64})
    form = await opened(server, answer)
    assert shown_in(form)["numbers"].startswith("Size: 64\n")
    submission = await submitted(server, form, numbers="Size: 65")
    assert "a whole number from 32 to 64." in await refusal_of(server, submission)


async def test_a_guided_dream_keeps_its_guide_until_its_line_is_deleted(server):
    answer = await server.complete_dream(guide=("guide.png", GUIDE), seed=5, size=64)
    form = await opened(server, answer)
    assert shown_in(form)["numbers"] == "Size: 64\nSeed: 5\nGuide: keep"
    await submitted(server, form)
    dream = await server.script.next_dream()
    assert dream.request.guide == GUIDE
    dream.finish()
    without = await dreamed_of(server, answer, numbers="Size: 64\nSeed: 5\nGuide: no")
    assert without.guide is None


async def test_an_uploaded_guide_replaces_the_dreams_guide(server):
    answer = await server.complete_dream(guide=("guide.png", GUIDE))
    assert (await dreamed_of(server, answer, guide=("new.png", ANOTHER_GUIDE))).guide == ANOTHER_GUIDE


async def test_a_thing_replaces_the_guide(server):
    answer = await server.complete_dream(guide=("guide.png", GUIDE))
    request = await dreamed_of(server, answer, of="jellyfish")
    assert request.guide is None
    assert [name for name, _ in request.settings.classes] == ["jellyfish"]


async def test_a_guide_replaces_the_thing(server):
    answer = await server.complete_dream(of="jellyfish")
    request = await dreamed_of(server, answer, guide=("guide.png", GUIDE))
    assert request.guide == GUIDE
    assert not request.settings.classes
    assert request.preset == server.settings.default_preset


async def test_a_new_thing_and_a_new_guide_together_are_refused(server):
    form = await opened(server, await server.complete_dream())
    submission = await submitted(server, form, of="jellyfish", guide=("guide.png", GUIDE))
    assert "not both" in await refusal_of(server, submission)


async def test_a_dream_of_a_thing_alone_shows_so_and_can_take_a_preset(server):
    answer = await server.complete_dream(of="jellyfish")
    form = await opened(server, answer)
    assert shown_in(form)["preset"] == [THING]
    request = await dreamed_of(server, answer, of="", preset=["webs"])
    assert (request.preset, request.settings.classes) == ("webs", ())


async def test_a_motion_moves_again(server):
    server.script.at_once = True
    clip = {"content": moving(), "name": "wander.gif"}
    answer = await server.answer(await server.submit(**clip, size=64, fps=5.0, format="gif"))
    before = await server.only_job()
    await server.answer(await submitted(server, await opened(server, answer), preset=["webs"]))
    jobs = await server.services.store.of_user(server.alice.id, *State)
    (job,) = [job for job in jobs if job.id != before.id]
    assert job.motion == "clip"
    assert job.options == before.options.model_copy(update={"preset": "webs"})


@pytest.mark.parametrize("moment", ["before the click", "while the form is open"])
async def test_it_works_after_a_restart(server, moment):
    answer = await server.complete_dream(seed=5)
    if moment == "before the click":
        await server.restart()
    form = await opened(server, answer)
    if moment == "while the form is open":
        await server.restart()
    await submitted(server, form, preset=["webs"], guide=("guide.png", GUIDE))
    request = (await server.script.next_dream()).request
    assert (request.preset, request.guide, request.settings.seed) == ("webs", GUIDE, 5)


async def test_a_member_may_join_in_and_pays_for_it(server):
    answer = await server.complete_dream()
    form = await opened(server, answer, server.bob)
    submission = await submitted(server, form, server.bob, preset=["webs"])
    (await server.script.next_dream()).finish()
    await server.answer(submission)
    assert (await server.only_job(server.bob)).options.preset == "webs"


async def test_a_stranger_gets_no_form_where_joining_is_off(server):
    answer = await server.complete_dream()
    await server.services.servers.change(server.guild.id, lambda _: {"joining": False})
    click = await opened(server, answer, server.bob)
    assert click.modal is None
    assert "belongs to someone else" in await refusal_of(server, click)


async def test_a_form_of_a_stranger_is_refused_privately_once_joining_is_off(server):
    form = await opened(server, await server.complete_dream(), server.bob)
    await server.services.servers.change(server.guild.id, lambda _: {"joining": False})
    submission = await submitted(server, form, server.bob)
    assert submission.ephemeral
    assert "belongs to someone else" in await refusal_of(server, submission)


@pytest.mark.settings(burst=2)
async def test_an_adjusted_dream_is_paid_for_like_any_other(server):
    form = await opened(server, await server.complete_dream())
    await server.complete_dream()
    submission = await submitted(server, form)
    assert "You've used up your dreams" in await refusal_of(server, submission, jobs=2)


async def use_up(server):
    for _ in range(2):
        await server.complete_dream()


async def drain(server):
    server.services.submissions.drain()


async def switch_off(server):
    await server.services.servers.change(server.guild.id, lambda _: {"enabled": False})


async def move_to_another_channel(server):
    studio = server.guild.create_text_channel("studio")
    await server.env.settle()
    await server.services.servers.change(server.guild.id, lambda _: {"channels": (studio.id,)})


@pytest.mark.parametrize(
    ("forbid", "sentence"),
    [
        (use_up, "You've used up your dreams"),
        (drain, "I'm not taking new dreams right now"),
        (switch_off, "Dreaming is turned off"),
        (move_to_another_channel, "I can't dream in this channel."),
    ],
)
async def test_a_person_who_may_not_dream_now_fills_in_no_form(server, forbid, sentence):
    answer = await server.complete_dream()
    await forbid(server)
    click = await opened(server, answer)
    assert click.modal is None
    assert sentence in await refusal_of(server, click, jobs=3 if forbid is use_up else 1)


async def test_a_form_opens_if_all_allowed_channels_were_deleted(server):
    answer = await server.complete_dream()
    await server.services.servers.change(server.guild.id, lambda _: {"channels": (5,)})
    assert (await opened(server, answer)).modal


async def test_a_blocked_person_gets_no_form(server):
    answer = await server.complete_dream()
    await server.services.blocklist.add("user", server.alice.id)
    click = await opened(server, answer)
    assert click.modal is None
    assert "blocked you" in await refusal_of(server, click)


async def test_a_deleted_dream_has_no_form(server):
    answer = await server.complete_dream()
    await server.services.removal.delete((await server.only_job()).id)
    click = await opened(server, answer)
    assert click.modal is None
    (refusal,) = all_answers(click)
    assert refusal.ephemeral
    assert "no longer have that picture" in text_of(refusal)


async def test_a_form_without_values_opens_while_the_store_is_slow(server, monkeypatch):
    answer = await server.complete_dream(preset="mild", of="jellyfish", seed=5, size=64, strength=2.0)
    read = server.services.store.get

    async def too_slow(_):
        raise TimeoutError

    monkeypatch.setattr(server.services.store, "get", too_slow)
    form = await opened(server, answer)
    assert not any(shown_in(form).values())
    monkeypatch.setattr(server.services.store, "get", read)
    await submitted(server, form, preset=["webs"])
    settings = (request := (await server.script.next_dream()).request).settings
    assert request.preset == "webs"
    assert ([name for name, _ in settings.classes], settings.seed, settings.size) == (["jellyfish"], 5, 64)


async def test_a_form_whose_response_was_lost_can_be_submitted(server, monkeypatch):
    answer = await server.complete_dream(seed=5)
    open_real, losses = AsyncWebhookAdapter.create_interaction_response, [aiohttp.ServerDisconnectedError]

    async def open_and_lose(*arguments, **options):
        opened = await open_real(*arguments, **options)
        if losses:
            raise losses.pop()
        return opened

    monkeypatch.setattr(AsyncWebhookAdapter, "create_interaction_response", open_and_lose)
    form = await opened(server, answer)
    assert not losses
    await submitted(server, form)
    assert (await server.script.next_dream()).request.settings.seed == 5


async def test_a_form_that_could_not_be_opened_can_be_asked_for_again(server, monkeypatch):
    monkeypatch.setattr("bot.commands.adjust._SEND_SECONDS", 0.0)
    answer = await server.complete_dream()
    server.env.inject_error("POST", "/interactions/*/*/callback", status=503, times=None)
    click = await opened(server, answer)
    assert click.modal is None
    assert server.bot.recent_interactions.claim(max(server.env.backend.interactions))


async def test_no_process_keeps_an_open_form(server):
    await opened(server, await server.complete_dream())
    assert not server.bot._connection._view_store._modals


async def test_the_form_is_korean_for_koreans(server):
    server.locales[server.alice.id] = "ko"
    answer = await server.complete_dream(guide=("guide.png", GUIDE), size=64, seed=5)
    form = await server.alice.click(answer, label="조정하기…")
    KOREAN.check(form.modal["title"])
    for label in form.modal["components"]:
        KOREAN.check(label["label"])
        KOREAN.check(label.get("description") or "가")
        for option in label["component"].get("options", ()):
            KOREAN.check(option["label"])
            KOREAN.check(option.get("description") or "가")
    assert shown_in(form)["numbers"] == "크기: 64\n시드: 5\n참고사진: 유지"
    await submitted(server, form, numbers="크기: 48\n시드: 6\n참고사진: 유지")
    request = (await server.script.next_dream()).request
    assert (request.guide, request.settings.size, request.settings.seed) == (GUIDE, 48, 6)
