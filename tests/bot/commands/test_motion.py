"""What users see and choose of motions."""

import pytest

from bot.commands import _motion
from bot.models import State
from bot.submission import fetching
from dream_engine.motion.preparation import DEFAULT_SIZE
from fake_discord.simcord_additions import parts_of, text_of
from tests.bot.simulated_server import all_answers, picture


def select_of(message, action):
    found = [part for part in parts_of(message) if f"dream:{action}:" in (part.get("custom_id") or "")]
    return found[0] if found else None


async def test_the_options_reach_the_job(server):
    await server.submit(motion="zoom", seconds=2.5, fps=8.0, format="gif")
    options = (await server.only_job()).options
    assert (options.motion, options.seconds, options.fps, options.file_format) == ("zoom", 2.5, 8.0, "gif")


async def test_a_video_is_refused_kindly_and_costs_nothing_without_video_support(server, monkeypatch):
    monkeypatch.setattr(_motion, "has_video_support", lambda: False)
    for options in ({"name": "clip.mp4"}, {"motion": "zoom", "format": "mp4"}):
        for _ in range(2):
            interaction = await server.submit(**options)
            assert "I can't open or save videos here." in await server.private_text(interaction)
    await server.start_dream()


async def test_a_video_with_the_name_of_a_picture_is_refused_by_its_bytes(server, monkeypatch):
    monkeypatch.setattr(fetching, "has_video_support", lambda: False)
    video = bytes(3) + b"\x18ftypisom" + bytes(32)
    interaction = await server.submit(content=video)
    assert "I can't open or save videos here." in await server.private_text(interaction)
    assert server.script.dreams == []


async def test_a_still_dream_offers_to_move(server):
    answer = await server.complete_dream()
    select = select_of(answer, "motion")
    assert select["placeholder"] == "Make it move…"
    assert [option["value"] for option in select["options"]] == ["zoom", "grow", "morph"]


@pytest.mark.parametrize("restart", [False, True], ids=["the same process", "an old message"])
@pytest.mark.parametrize("motion", ["zoom", "grow", "morph"])
async def test_the_same_dream_moves(server, motion, restart):
    answer = await server.complete_dream(preset="webs", iterations=9, seed=5)
    old = await server.only_job()
    if restart:
        await server.restart()
    custom_id = select_of(answer, "motion")["custom_id"]
    assert custom_id.startswith(f"dream:motion:{old.id}:")
    await server.alice.select(answer, [motion], custom_id=custom_id)
    jobs = await server.services.store.of_user(server.alice.id, *State)
    (new,) = [job for job in jobs if job.id != old.id]
    assert new.source == old.source
    changes = {"motion": motion, "size": DEFAULT_SIZE}
    assert new.options == old.options.model_copy(update=changes)


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en-GB", "That uses 3 of your dreams, and you have 2 left."),
        ("ko", "이 꿈은 3회로 계산되는데, 지금은 2회만 남았어요."),
        ("es-419", "Cuenta como 3 sueños y solo te quedan 2."),
        ("pt-BR", "Isso gasta 3 sonhos, e você só tem mais 2."),
    ],
)
async def test_whoever_has_too_few_dreams_left_for_a_motion_is_told_its_price(server, locale, sentence):
    answer = await server.complete_dream(content=picture(1600, 1200))
    server.locales[server.alice.id] = locale
    custom_id = select_of(answer, "motion")["custom_id"]
    click = await server.alice.select(answer, ["zoom"], custom_id=custom_id)
    assert sentence in text_of(*[message for message in all_answers(click) if message.ephemeral])


@pytest.mark.settings(burst=30)
async def test_a_cancelled_motion_costs_the_same_when_it_is_tried_again(server):
    answer = await server.complete_dream(content=picture(1600, 400))
    custom_id = select_of(answer, "motion")["custom_id"]
    click = await server.alice.select(answer, ["zoom"], custom_id=custom_id)
    _, first = await server.services.store.of_user(server.alice.id, *State)
    await server.until(lambda: click.response and select_of(click.response, "cancel"))
    await server.alice.click(click.response, label="Cancel")
    await server.until(lambda: select_of(click.response, "retry"))
    await server.alice.click(click.response, label="Try again")
    _, _, again = await server.services.store.of_user(server.alice.id, *State)
    assert 1 < again.price == first.price
