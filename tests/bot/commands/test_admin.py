"""What those who run the bot can do from Discord, and nobody else can."""

import re
from types import SimpleNamespace

import discord
import pytest

from bot.models import OPEN, State
from fake_discord.simcord_additions import text_of


@pytest.fixture
def owner(server):
    """Somebody who runs the bot, and is an administrator of this server, or would not see the command."""
    owner = server.somebody("owner", administrator=True)
    server.bot.application.owner = owner.user
    return owner


async def administer(simulated, who, what, **options):
    """An operator's command; returns what it answers."""
    asked = await who.slash(simulated.square, f"dream-admin {what}", **options)
    assert asked.ephemeral
    return text_of(asked.response)


@pytest.mark.parametrize("what", ["statistics", "drain", "resume", "block", "unblock", "cancel"])
async def test_an_administrator_of_a_server_does_not_run_the_bot(server, what):
    king = server.somebody("king", administrator=True)
    options = {"job": "0123456789abcdef"} if what == "cancel" else {}
    assert await administer(server, king, what, **options) == "Only whoever runs me can do that."
    await server.dreamed()


async def test_others_are_not_even_shown_it(server, owner):
    assert "dream-admin drain" in owner.available_commands(server.square)
    for somebody in (server.alice, server.moderator, server.manager):
        assert "dream-admin drain" not in somebody.available_commands(server.square)


class TestWhoRunsIt:
    def team(self, server, *members):
        joined, invited = discord.TeamMembershipState.accepted, discord.TeamMembershipState.invited
        server.bot.application.team = SimpleNamespace(
            owner_id=1,
            members=[
                SimpleNamespace(id=number, role=role, membership_state=joined if has_joined else invited)
                for number, (role, has_joined) in enumerate(members, start=2)
            ],
        )

    async def test_the_owner_and_the_members_of_a_team_who_may_change_the_application(self, server):
        role = discord.TeamMemberRole
        joined = [(role.admin, True), (role.developer, True), (role.read_only, True)]
        self.team(server, *joined, (role.admin, False))
        assert [number for number in range(1, 7) if server.bot.is_owner(number)] == [1, 2, 3]

    @pytest.mark.settings(owners=(7, 8))
    async def test_or_whom_the_operator_has_named(self, server, owner):
        assert [number for number in (7, 8, 9, owner.id) if server.bot.is_owner(number)] == [7, 8]


class TestDraining:
    async def test_no_order_is_taken_and_what_was_taken_is_finished(self, server, owner):
        asked, dream = await server.begun()
        waiting = await server.submit()
        await server.says(waiting, "You are next.")
        said = await administer(server, owner, "drain")
        assert "I take no new dreams" in said
        assert "1 dream is waiting and 1 is being dreamed" in said
        for _ in range(server.settings.burst + 1):
            refused = await server.whispers(await server.submit(server.bob))
            assert refused.startswith("I take no new dreams right now")
        dream.finish()
        await server.answer(asked)
        (await server.script.begun()).finish()
        answer = await server.answer(waiting)
        again = await server.alice.click(answer, label="Again")
        assert "I take no new dreams right now" in await server.whispers(again)

    async def test_until_it_is_over(self, server, owner):
        await administer(server, owner, "drain")
        assert await administer(server, owner, "resume") == "I take new dreams."
        await server.dreamed(server.bob)

    async def test_or_the_bot_begins_anew(self, server, owner):
        await administer(server, owner, "drain")
        await server.restart()
        await server.dreamed()


class TestCancelling:
    async def test_anybodys_dream_ends_and_its_owner_is_told(self, server, owner):
        asked, dream = await server.begun(server.alice)
        job = await server.only_job(server.alice)
        said = await administer(server, owner, "cancel", job=job.id)
        assert said == f"The dream `{job.id}` is cancelled, and its owner is told."
        await server.says(asked, "This dream was cancelled.")
        assert dream.closed.is_set()

    async def test_what_is_over_is_over(self, server, owner):
        await server.dreamed()
        job = await server.only_job()
        assert await administer(server, owner, "cancel", job=job.id) == "That dream is over already."

    async def test_a_job_whose_picture_is_coming_is_let_come(self, server, owner):
        await server.dreamed()
        job = await server.services.store.change(await server.only_job(), state=State.RECEIVED)
        assert "still on its way to me" in await administer(server, owner, "cancel", job=job.id)

    async def test_a_job_that_never_was_is_none(self, server, owner):
        assert "cannot be “nonsense”" in await administer(server, owner, "cancel", job="nonsense")

    async def test_the_jobs_on_their_way_are_offered_to_the_owner_alone(self, server, owner):
        await server.begun()
        job = await server.only_job()
        offered = await owner.autocomplete(server.square, "dream-admin cancel", "job", job.id[:3].upper())
        assert [choice["value"] for choice in offered] == [job.id]
        assert not await owner.autocomplete(server.square, "dream-admin cancel", "job", "none")
        king = server.somebody("king", administrator=True)
        assert not await king.autocomplete(server.square, "dream-admin cancel", "job", "")


class TestBlocking:
    async def test_a_blocked_persons_dreams_end_and_no_more_are_taken(self, server, owner):
        asked, _ = await server.begun(server.alice)
        other = await server.submit(server.bob)
        said = await administer(server, owner, "block", user=server.alice)
        assert f"<@{server.alice.id}>" in said
        await server.says(asked, "This dream was cancelled.")
        refused = await server.whispers(await server.submit(server.alice))
        assert refused == "I do not dream for you. Whoever runs me has decided so."
        (await server.script.begun()).finish()
        await server.answer(other)

    async def test_a_dream_whose_picture_is_still_coming_is_not_taken_either(
        self, server, owner, monkeypatch
    ):
        fetch = server.services.downloader.fetch

        async def fetch_while_blocked(url):
            await server.services.blocklist.add("user", server.alice.id)
            return await fetch(url)

        monkeypatch.setattr(server.services.downloader, "fetch", fetch_while_blocked)
        assert "Whoever runs me" in await server.whispers(await server.submit(server.alice))
        assert not await server.services.store.of_user(server.alice.id, *OPEN)

    async def test_a_blocked_person_can_still_see_and_delete_what_is_theirs(self, server, owner):
        await server.dreamed(server.alice)
        await administer(server, owner, "block", user=server.alice)
        queue = await server.alice.slash(server.square, "queue")
        assert "Nothing of yours is waiting" in text_of(queue.response)
        said = text_of((await server.alice.slash(server.square, "forget-me")).response)
        assert "I also remember that I am not to dream for you." in said
        assert "Whoever runs me" in await server.whispers(await server.submit(server.alice))

    async def test_who_is_not_blocked_is_told_nothing_of_it_when_forgotten(self, server):
        assert "not to dream" not in text_of((await server.alice.slash(server.square, "forget-me")).response)

    async def test_in_a_blocked_server_nobody_dreams_and_elsewhere_they_do(self, server, owner):
        asked, _ = await server.begun(server.bob)
        said = await administer(server, owner, "block", server=str(server.guild.id))
        assert f"the server `{server.guild.id}`" in said
        await server.says(asked, "This dream was cancelled.")
        refused = await server.whispers(await server.submit(server.alice))
        assert refused == "I do not dream in this server. Whoever runs me has decided so."
        await server.alice.user.slash("dream", image=("cat.png", b"never decoded here"))
        await server.script.begun()

    async def test_who_waited_in_a_blocked_server_has_paid_nothing(self, server, owner):
        await server.begun(server.alice)
        waiting = await server.submit(server.bob)
        await server.says(waiting, "You are next.")
        await administer(server, owner, "block", server=str(server.guild.id))
        (job,) = await server.services.store.of_user(server.bob.id, State.CANCELLED)
        assert job.bucket is None

    async def test_who_is_blocked_while_they_wait_is_refused_when_their_turn_comes(self, server):
        _, dream = await server.begun(server.alice)
        waiting = await server.submit(server.bob)
        await server.says(waiting, "You are next.")
        await server.services.blocklist.add("user", server.bob.id)
        dream.finish()
        (said,) = await server.until(lambda: waiting.followups)
        assert "Whoever runs me" in text_of(said)

    async def test_it_outlives_a_restart_and_is_taken_back(self, server, owner):
        await administer(server, owner, "block", user=server.alice, server=str(server.guild.id))
        await server.restart()
        server.bot.application.owner = owner.user
        assert "Whoever runs me" in await server.whispers(await server.submit(server.alice))
        said = await administer(server, owner, "unblock", user=server.alice, server=str(server.guild.id))
        assert said == "### I do not dream for\nNobody is blocked."
        await server.dreamed(server.alice)

    async def test_nobody_named_is_nobody_blocked(self, server, owner):
        assert "Nobody is blocked." in await administer(server, owner, "block")

    @pytest.mark.parametrize("nonsense", ["my server", "-1", "99999999999999999999", "²"])
    async def test_a_server_is_named_by_its_number(self, server, owner, nonsense):
        assert f"cannot be “{nonsense}”" in await administer(server, owner, "block", server=nonsense)

    async def test_many_still_fit_into_one_answer(self, server, owner):
        for number in range(400):
            await server.services.blocklist.add("user", 10**18 + number)
        said = await administer(server, owner, "block")
        assert said.count("<@") < 20
        assert said.endswith("\n… and 385 more")


class TestStatistics:
    async def test_they_tell_how_it_goes(self, server, owner):
        await server.dreamed(server.alice)
        await server.begun(server.bob)
        said = await administer(server, owner, "statistics")
        assert re.match(r"### I began <t:\d+:R>\n", said)
        assert "I take new dreams." in said
        assert "nobody is waiting and 1 is being dreamed" in said
        assert "2 people asked for 2 dreams" in said
        assert "1 delivered, 0 kept for their owners, 0 cancelled" in said
        assert "take 0 MB" in said
        (running,) = await server.services.store.of_user(server.bob.id, State.RUNNING)
        assert f"- `{running.id}` · Intense · <@{server.bob.id}>" in said

    async def test_what_is_in_the_way_is_named(self, server, owner, monkeypatch):
        async def in_the_way():
            return ["store", "queue"]

        monkeypatch.setattr(server.services.health, "problems", in_the_way)
        assert "In my way: store, queue." in await administer(server, owner, "statistics")

    async def test_what_is_older_than_a_day_is_not_counted(self, server, owner):
        await server.dreamed()
        job = await server.only_job()
        await server.services.store.change(job, created_at=job.created_at - 100_000)
        assert "0 people asked for 0 dreams" in await administer(server, owner, "statistics")
