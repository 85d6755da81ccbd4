"""`/queue`, and how what could not be delivered reaches its owner."""

import asyncio
from datetime import timedelta

import discord
import pytest

from bot.delivery.retry import ExpiredError
from bot.errors import DownloadRefusal
from bot.models import State
from dream_engine.errors import DamagedPictureError
from fake_discord.simcord_additions import labels_of, text_of
from tests.bot.simulated_server import all_answers, is_result

PAST_THE_TOKEN = 15 * 60.0


async def queue(server, who=None):
    return await (who or server.alice).slash(server.square, "queue")


async def test_who_has_nothing_waiting_is_told_so_and_how_busy_the_bot_is(server):
    asked = await queue(server)
    assert asked.ephemeral
    assert text_of(asked.response) == (
        "### Your dreams\n"
        "Nothing of yours is waiting. `/dream` changes that.\n"
        "-# In all, nobody is waiting and none is being dreamed."
    )


async def test_it_lists_ones_own_jobs_with_links_and_places(server):
    first, _ = await server.begun(server.alice, preset="mild")
    second = await server.submit(server.alice, preset="webs")
    await server.submit(server.bob, preset="fur")
    text = text_of((await queue(server)).response)
    link = f"https://discord.com/channels/{server.guild.id}/{server.square.id}"
    assert text == (
        "### Your dreams\n"
        f"- **Mild** · being dreamed right now · {link}/{first.response.id}\n"
        f"- **Webs** · place 2 · {link}/{second.response.id}\n"
        "-# In all, 2 dreams are waiting and 1 is being dreamed."
    )
    assert "**Fur** · place 1" in text_of((await queue(server, server.bob)).response)


async def test_it_tells_when_a_waiting_dream_will_be_done(server):
    asked, dream = await server.begun()
    dream.finish(seconds=30.0)
    await server.answer(asked)
    await server.begun()
    await server.says(await server.submit(), "next")
    assert "place 1 · Expected <t:" in text_of((await queue(server)).response)


async def test_private_dreams_have_no_link_that_others_could_not_open(server):
    await server.begun(private=True)
    assert "https://" not in text_of((await queue(server)).response)


@pytest.mark.settings(burst=60, waiting=60)
async def test_even_sixty_waiting_dreams_fit_into_one_answer(server):
    await server.begun(server.bob)
    for _ in range(50):
        await server.submit()
    asked = await queue(server)
    assert asked.response is not None
    text = text_of(asked.response)
    assert "**Intense** · place 1" in text
    assert "In all, 50 dreams are waiting" in text
    assert len(text) <= 4000


async def kept(server):
    """A dream that could not be delivered: the token ran out, channel and direct messages are shut."""
    asked, dream = await server.begun()
    server.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    await server.env.advance_time(PAST_THE_TOKEN)
    dream.finish()
    await server.quiet()
    return asked


async def test_what_could_not_be_delivered_is_kept_and_handed_over_at_the_next_queue(server):
    await kept(server)
    job = await server.only_job(None, State.KEPT)
    asked = await queue(server)
    (handed,) = [message for message in all_answers(asked) if is_result(message)]
    assert handed.ephemeral
    assert handed.attachments[0].filename == f"dream-{job.id}.png"
    assert (await server.job(job.id)).state is State.DELIVERED
    assert not [message for message in all_answers(await queue(server)) if is_result(message)]


async def test_it_is_handed_over_beside_the_next_dream_too(server):
    await kept(server)
    server.script.at_once = True
    asked = await server.submit()
    answers = await server.until(lambda: len(all_answers(asked)) == 2 and all_answers(asked))
    assert all(is_result(message) for message in answers)
    assert [message.ephemeral for message in answers] == [False, True]
    await server.quiet()


async def handed_over_beside_a_refusal(server, asked, words):
    answers = await server.until(lambda: len(all_answers(asked)) == 2 and all_answers(asked))
    assert all(message.ephemeral for message in answers)
    (refusal,) = [message for message in answers if not is_result(message)]
    assert words in text_of(refusal)
    await server.quiet()
    assert len(all_answers(asked)) == 2
    return True


async def test_it_is_handed_over_after_a_dream_that_is_refused_at_once(server):
    await kept(server)
    server.services.submissions.drain()
    assert await handed_over_beside_a_refusal(server, await server.submit(), "I take no new dreams")


async def test_it_is_handed_over_after_a_dream_whose_picture_does_not_come(server, monkeypatch):
    async def fail(_):
        raise DownloadRefusal

    await kept(server)
    monkeypatch.setattr(server.services.downloader, "fetch", fail)
    assert await handed_over_beside_a_refusal(server, await server.submit(), "I could not fetch that picture")


async def test_it_is_handed_over_after_a_dream_that_is_refused_for_its_picture(server):
    await kept(server)
    ordering = asyncio.create_task(server.submit())
    (await server.script.begun()).fail(DamagedPictureError())
    assert await handed_over_beside_a_refusal(server, await ordering, "That picture is damaged")


async def test_while_the_bot_stops_nothing_is_handed_over(server):
    await kept(server)
    await server.services.submissions.close()
    asked = await server.submit()
    assert not [message for message in all_answers(asked) if is_result(message)]
    assert (await server.only_job()).state is State.KEPT


async def offered(server):
    """A kept dream of which nobody knows whether it has reached its owner: the bot was killed meanwhile."""
    await kept(server)
    job = await server.only_job(None, State.KEPT)
    assert await server.services.store.claim(job.but(reply=job.reply.attempting("visit")))
    await server.restart(killed=True)
    return job


async def test_what_may_have_been_handed_over_is_offered_and_given_when_it_is_wanted(server):
    job = await offered(server)
    asked = await queue(server)
    (offer,) = [message for message in all_answers(asked) if labels_of(message) == ["Show it"]]
    assert "I was stopped while I gave you this dream" in text_of(offer)
    click = await server.alice.click(offer, label="Show it")
    (handed,) = await server.until(lambda: [one for one in all_answers(click) if is_result(one)] or None)
    assert handed.ephemeral
    assert (await server.job(job.id)).state is State.DELIVERED
    assert [labels_of(message) for message in all_answers(await queue(server))] == [[]]
    click = await server.alice.click(offer, label="Show it")
    assert "That dream is over already." in text_of(all_answers(click)[-1])


async def test_what_may_have_been_handed_over_does_not_come_unasked(server):
    await offered(server)
    server.script.at_once = True
    asked = await server.submit()
    await server.answer(asked)
    assert len(all_answers(asked)) == 1
    assert not [message for message in all_answers(await queue(server)) if is_result(message)]


async def test_what_could_not_be_handed_over_is_kept_for_another_visit(server):
    await kept(server)
    original = server.services.transport.send_privately

    async def expired(*_):
        raise ExpiredError

    server.services.transport.send_privately = expired
    await queue(server)
    server.services.transport.send_privately = original
    job = await server.only_job(None, State.KEPT)
    assert job.reply.attempt is None
    assert any(is_result(message) for message in all_answers(await queue(server)))


async def test_it_is_handed_over_after_a_restart(server):
    await kept(server)
    await server.restart()
    assert any(is_result(message) for message in all_answers(await queue(server)))


async def test_nobody_else_gets_it(server):
    await kept(server)
    assert not any(is_result(message) for message in all_answers(await queue(server, server.bob)))


async def test_after_the_tokens_end_the_channel_has_the_answer(server):
    asked, dream = await server.begun()
    await server.env.advance_time(PAST_THE_TOKEN)
    dream.finish()
    await server.quiet()
    message = server.square.last_message
    assert is_result(message)
    assert message.reference.message_id == asked.response.id
    assert (await server.only_job()).state is State.DELIVERED


async def test_a_private_dream_goes_to_a_direct_message_and_not_to_the_channel(server):
    asked, dream = await server.begun(private=True)
    await server.env.advance_time(PAST_THE_TOKEN)
    dream.finish()
    await server.quiet()
    assert is_result(server.alice.user.dm_channel.last_message)
    assert not any(is_result(message) for message in server.square.history())
    assert (await server.only_job()).state is State.DELIVERED
    assert all(not is_result(message) for message in all_answers(asked))


async def test_where_only_the_person_has_the_bot_the_channel_is_not_tried(server):
    server.disguise["authorizing_integration_owners"] = {"1": str(server.alice.id)}
    _, dream = await server.begun()
    await server.env.advance_time(PAST_THE_TOKEN)
    dream.finish()
    await server.quiet()
    assert is_result(server.alice.user.dm_channel.last_message)


async def test_a_channel_that_is_shut_leads_to_a_direct_message(server):
    _, dream = await server.begun()
    server.env.inject_error("POST", f"/channels/{server.square.id}/messages", status=403, code=50013)
    await server.env.advance_time(PAST_THE_TOKEN)
    dream.finish()
    await server.quiet()
    assert is_result(server.alice.user.dm_channel.last_message)


async def test_a_kept_dream_whose_picture_is_gone_is_forgotten_with_a_line_in_the_log(server, caplog):
    await kept(server)
    job = await server.only_job()
    await server.services.pictures._delete([job.dream])
    await queue(server)
    assert f"The kept dream of job {job.id} is missing." in caplog.text
    assert (await server.job(job.id)).state is State.LOST


@pytest.mark.parametrize("minutes", [16, -16], ids=["ahead", "behind"])
async def test_a_clock_that_is_wrong_keeps_nobody_from_an_answer(server, monkeypatch, minutes):
    def wrong():
        return server.env.now() + timedelta(minutes=minutes)

    monkeypatch.setattr(discord.utils, "utcnow", wrong)
    assert "Nothing of yours is waiting." in text_of((await queue(server)).response)
    asked, dream = await server.begun()
    dream.finish()
    answer = await server.answer(asked)
    assert answer.id == asked.response.id
    assert not any(is_result(message) for message in server.square.history() if message.id != answer.id)
    original = await server.alice.click(answer, label="Original")
    await server.until(lambda: original.response.attachments)
