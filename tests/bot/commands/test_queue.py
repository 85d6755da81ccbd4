"""`/queue`, and the handover of dreams that could not be delivered."""

import asyncio
import re
from datetime import timedelta

import discord
import pytest

from bot.delivery.retry import ExpiredError
from bot.errors import DownloadRefusal
from bot.models import State
from dream_engine.errors import DamagedPictureError
from fake_discord.simcord_additions import labels_of, text_of
from tests.bot.simulated_server import all_answers, is_result

TOKEN_SECONDS = 15 * 60.0


async def queue(server, member=None):
    return await (member or server.alice).slash(server.general, "queue")


async def test_an_empty_queue_says_so_and_shows_the_bots_load(server):
    interaction = await queue(server)
    assert interaction.ephemeral
    assert text_of(interaction.response) == (
        "### Your dreams\n"
        f"You have no dreams in progress. Start one with </dream:{server.bot.command_ids['dream']}>.\n"
        "Dreams left: **3 of 3**\n"
        "-# Your limits here: 6 dreams per 10 minutes, up to 3 in a row, 3 waiting, 1 at the same time\n"
        "-# Overall: 0 waiting, 0 in progress"
    )


async def test_the_queue_lists_the_users_jobs_with_links_and_places(server):
    first, _ = await server.start_dream(server.alice, preset="mild")
    second = await server.submit(server.alice, preset="webs")
    await server.submit(server.bob, preset="fur")
    text = re.sub("Dreams left: .*\n.*\n", "", text_of((await queue(server)).response))
    link = f"https://discord.com/channels/{server.guild.id}/{server.general.id}"
    assert text == (
        "### Your dreams\n"
        f"- **Mild** · in progress · {link}/{first.response.id}\n"
        f"- **Webs** · number 2 in line · {link}/{second.response.id}\n"
        "-# Overall: 2 waiting, 1 in progress"
    )
    assert "**Fur** · number 1 in line" in text_of((await queue(server, server.bob)).response)


async def test_the_queue_shows_the_expected_end_of_a_waiting_dream(server):
    interaction, dream = await server.start_dream()
    dream.finish(seconds=30.0)
    await server.answer(interaction)
    await server.start_dream()
    await server.until_shown(await server.submit(), "next")
    assert "number 1 in line · ready <t:" in text_of((await queue(server)).response)


async def test_private_dreams_have_no_link(server):
    await server.start_dream(private=True)
    assert "https://" not in text_of((await queue(server)).response)


@pytest.mark.settings(burst=60, waiting=60)
async def test_even_sixty_waiting_dreams_fit_into_one_answer(server):
    await server.start_dream(server.bob)
    for _ in range(50):
        await server.submit()
    interaction = await queue(server)
    assert interaction.response is not None
    text = text_of(interaction.response)
    assert "**Intense** · number 1 in line" in text
    assert "Overall: 50 waiting" in text
    assert len(text) <= 4000


async def kept(server):
    """Finish a dream after its token has expired, while channel and direct messages are forbidden."""
    interaction, dream = await server.start_dream()
    server.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    await server.env.advance_time(TOKEN_SECONDS)
    dream.finish()
    await server.until_idle()
    return interaction


async def test_an_undelivered_dream_is_kept_and_handed_over_at_the_next_queue(server):
    await kept(server)
    job = await server.only_job(None, State.KEPT)
    interaction = await queue(server)
    (dream,) = [message for message in all_answers(interaction) if is_result(message)]
    assert dream.ephemeral
    assert dream.attachments[0].filename == f"dream-{job.id}.png"
    assert (await server.job(job.id)).state is State.DELIVERED
    assert not [message for message in all_answers(await queue(server)) if is_result(message)]


async def test_a_kept_dream_is_handed_over_with_the_next_dream(server):
    await kept(server)
    server.script.at_once = True
    interaction = await server.submit()
    answers = await server.until(lambda: len(all_answers(interaction)) == 2 and all_answers(interaction))
    assert all(is_result(message) for message in answers)
    assert [message.ephemeral for message in answers] == [False, True]
    await server.until_idle()


async def handed_over_beside_a_refusal(server, interaction, words):
    answers = await server.until(lambda: len(all_answers(interaction)) == 2 and all_answers(interaction))
    assert all(message.ephemeral for message in answers)
    (refusal,) = [message for message in answers if not is_result(message)]
    assert words in text_of(refusal)
    await server.until_idle()
    assert len(all_answers(interaction)) == 2
    return True


async def test_a_kept_dream_is_handed_over_after_an_immediate_refusal(server):
    await kept(server)
    server.services.submissions.drain()
    assert await handed_over_beside_a_refusal(server, await server.submit(), "I'm not taking new dreams")


async def test_a_kept_dream_is_handed_over_after_a_failed_download(server, monkeypatch):
    async def fail(_):
        raise DownloadRefusal

    await kept(server)
    monkeypatch.setattr(server.services.downloader, "fetch", fail)
    assert await handed_over_beside_a_refusal(server, await server.submit(), "I couldn't get that picture")


async def test_a_kept_dream_is_handed_over_after_a_refused_picture(server):
    await kept(server)
    submitting = asyncio.create_task(server.submit())
    (await server.script.next_dream()).fail(DamagedPictureError())
    assert await handed_over_beside_a_refusal(server, await submitting, "That picture is damaged")


async def test_a_stopping_bot_hands_nothing_over(server):
    await kept(server)
    await server.services.submissions.close()
    interaction = await server.submit()
    assert not [message for message in all_answers(interaction) if is_result(message)]
    assert (await server.only_job()).state is State.KEPT


async def offered(server):
    """A kept dream that may have arrived, because the bot was killed during the handover."""
    await kept(server)
    job = await server.only_job(None, State.KEPT)
    assert await server.services.store.claim(job.but(reply=job.reply.attempting("visit")))
    await server.restart(killed=True)
    return job


async def test_a_dream_that_may_have_arrived_is_offered_and_sent_on_a_click(server):
    job = await offered(server)
    interaction = await queue(server)
    (offer,) = [message for message in all_answers(interaction) if labels_of(message) == ["Show it"]]
    assert "I was interrupted while sending you this dream" in text_of(offer)
    click = await server.alice.click(offer, label="Show it")
    (dream,) = await server.until(
        lambda: [message for message in all_answers(click) if is_result(message)] or None
    )
    assert dream.ephemeral
    assert (await server.job(job.id)).state is State.DELIVERED
    assert [labels_of(message) for message in all_answers(await queue(server))] == [[]]
    click = await server.alice.click(offer, label="Show it")
    assert "That dream is already over." in text_of(all_answers(click)[-1])


async def test_a_dream_that_may_have_arrived_is_not_sent_without_a_click(server):
    await offered(server)
    server.script.at_once = True
    interaction = await server.submit()
    await server.answer(interaction)
    assert len(all_answers(interaction)) == 1
    assert not [message for message in all_answers(await queue(server)) if is_result(message)]


async def test_a_failed_handover_keeps_the_dream(server):
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


async def test_a_kept_dream_is_handed_over_after_a_restart(server):
    await kept(server)
    await server.restart()
    assert any(is_result(message) for message in all_answers(await queue(server)))


async def test_a_kept_dream_is_not_handed_to_others(server):
    await kept(server)
    assert not any(is_result(message) for message in all_answers(await queue(server, server.bob)))


async def test_after_the_token_expires_the_channel_gets_the_answer(server):
    interaction, dream = await server.start_dream()
    await server.env.advance_time(TOKEN_SECONDS)
    dream.finish()
    await server.until_idle()
    message = server.general.last_message
    assert is_result(message)
    assert message.reference.message_id == interaction.response.id
    assert (await server.only_job()).state is State.DELIVERED


async def test_a_private_dream_goes_to_a_direct_message_and_not_to_the_channel(server):
    interaction, dream = await server.start_dream(private=True)
    await server.env.advance_time(TOKEN_SECONDS)
    dream.finish()
    await server.until_idle()
    assert is_result(server.alice.user.dm_channel.last_message)
    assert not any(is_result(message) for message in server.general.history())
    assert (await server.only_job()).state is State.DELIVERED
    assert all(not is_result(message) for message in all_answers(interaction))


async def test_the_channel_is_not_tried_for_a_user_install(server):
    server.payload_overrides["authorizing_integration_owners"] = {"1": str(server.alice.id)}
    _, dream = await server.start_dream()
    await server.env.advance_time(TOKEN_SECONDS)
    dream.finish()
    await server.until_idle()
    assert is_result(server.alice.user.dm_channel.last_message)


async def test_a_forbidden_channel_leads_to_a_direct_message(server):
    _, dream = await server.start_dream()
    server.env.inject_error("POST", f"/channels/{server.general.id}/messages", status=403, code=50013)
    await server.env.advance_time(TOKEN_SECONDS)
    dream.finish()
    await server.until_idle()
    assert is_result(server.alice.user.dm_channel.last_message)


async def test_a_kept_dream_whose_picture_is_missing_is_lost_and_logged(server, caplog):
    await kept(server)
    job = await server.only_job()
    await server.services.pictures._delete([job.dream])
    await queue(server)
    assert f"The kept dream of job {job.id} is missing." in caplog.text
    assert (await server.job(job.id)).state is State.LOST


@pytest.mark.parametrize("minutes", [16, -16], ids=["ahead", "behind"])
async def test_answers_arrive_even_if_the_clock_is_wrong(server, monkeypatch, minutes):
    def wrong():
        return server.env.now() + timedelta(minutes=minutes)

    monkeypatch.setattr(discord.utils, "utcnow", wrong)
    assert "You have no dreams in progress." in text_of((await queue(server)).response)
    interaction, dream = await server.start_dream()
    dream.finish()
    answer = await server.answer(interaction)
    assert answer.id == interaction.response.id
    assert not any(is_result(message) for message in server.general.history() if message.id != answer.id)
    original = await server.alice.click(answer, label="Original")
    await server.until(lambda: original.response.attachments)


class TestAllowance:
    """How many dreams the reader has left."""

    async def left(self, server, member=None, channel=None):
        interaction = await (member or server.alice).slash(channel or server.general, "queue")
        (line,) = [one for one in text_of(interaction.response).splitlines() if one.startswith("Dreams left")]
        return line

    def seconds_until(self, server, line):
        (timestamp,) = re.findall(r"<t:(\d+):R>", line)
        return int(timestamp) - server.env.now().timestamp()

    async def test_it_counts_down_and_says_when_the_next_dream_comes_back(self, server):
        await server.complete_dream()
        line = await self.left(server)
        assert line.startswith("Dreams left: **2 of 3** · one more <t:")
        assert 99 < self.seconds_until(server, line) <= 101
        await server.complete_dream()
        await server.complete_dream()
        line = await self.left(server)
        assert line.startswith("Dreams left: **0 of 3** · your next one is ready <t:")
        assert 99 < self.seconds_until(server, line) <= 101
        await server.env.advance_time(40)
        assert 59 < self.seconds_until(server, await self.left(server)) <= 61
        await server.env.advance_time(60)
        assert (await self.left(server)).startswith("Dreams left: **1 of 3** · one more <t:")
        await server.env.advance_time(2 * 100)
        assert await self.left(server) == "Dreams left: **3 of 3**"

    async def test_the_promised_dream_is_accepted_at_the_promised_time(self, server):
        for _ in range(3):
            await server.complete_dream()
        await server.env.advance_time(self.seconds_until(server, await self.left(server)))
        assert (await self.left(server)).startswith("Dreams left: **1 of 3**")
        await server.complete_dream()

    async def test_a_refunded_dream_is_counted_again(self, server):
        interaction, dream = await server.start_dream()
        dream.fail(DamagedPictureError())
        await server.private_text(interaction)
        await server.until_idle()
        assert await self.left(server) == "Dreams left: **3 of 3**"

    async def test_asking_costs_nothing(self, server):
        await server.complete_dream()
        first = await self.left(server)
        assert [await self.left(server) for _ in range(3)] == [first] * 3
        assert (await self.left(server, server.bob)) == "Dreams left: **3 of 3**"

    async def test_a_servers_limits_count_in_that_server_only(self, server):
        await server.complete_dream()
        await server.manager.slash(server.general, "dream-settings limits", burst=5, minutes=60)
        assert await self.left(server) == "Dreams left: **5 of 5**"
        interaction = await queue(server)
        assert "Your limits here: 6 dreams per 60 minutes, up to 5 in a row" in text_of(interaction.response)
        in_private = await server.alice.user.slash("queue")
        assert "Dreams left: **2 of 3**" in text_of(in_private.response)

    async def test_a_role_has_its_own_allowance(self, server):
        patrons = server.guild.create_role("Patrons")
        rich = server.add_member("rich", [patrons])
        await server.manager.slash(server.general, "dream-settings limits", burst=7, role=patrons)
        assert await self.left(server, rich) == "Dreams left: **7 of 7**"
        assert await self.left(server) == "Dreams left: **3 of 3**"

    async def test_an_exempt_member_has_no_limit(self, server):
        friends = server.guild.create_role("Friends")
        friend = server.add_member("friend", [friends])
        await server.manager.slash(server.general, "dream-settings exempt", role=friends)
        await server.complete_dream(friend)
        assert await self.left(server, friend) == "Dreams left: **unlimited**"
        assert "Your limits here" not in text_of((await queue(server, friend)).response)

    async def test_a_pause_after_unreadable_pictures_is_announced(self, server):
        for _ in range(5):
            interaction, dream = await server.start_dream()
            dream.fail(DamagedPictureError())
            await server.private_text(interaction)
            await server.until_idle()
        shown = text_of((await queue(server)).response)
        assert "I couldn't read several of your pictures in a row, so I take new ones again <t:" in shown
        assert "I'm taking a short break from new ones" in await server.private_text(await server.submit())

    async def test_it_is_in_the_language_of_the_reader(self, server):
        server.locales[server.alice.id] = "ko"
        await server.complete_dream()
        shown = text_of((await server.alice.slash(server.general, "queue")).response)
        assert re.search(r"남은 꿈: \*\*2/3개\*\* · <t:\d+:R>에 하나 더 채워져요", shown)
        assert "이곳에서의 내 한도: 10분마다 6개, 연속 3개, 대기 3개, 동시 1개" in shown
