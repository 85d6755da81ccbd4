"""What those who run the bot can do from Discord, and nobody else can."""

import re
from types import SimpleNamespace

import discord
import pytest

from bot.models import OPEN, State
from fake_discord.simcord_additions import text_of


@pytest.fixture
def owner(town):
    """Somebody who runs the bot, and is an administrator of this server, or would not see the command."""
    owner = town.somebody("owner", administrator=True)
    town.bot.application.owner = owner.user
    return owner


async def administer(town, who, what, **options):
    """An operator's command; returns what it answers."""
    asked = await who.slash(town.square, f"dream-admin {what}", **options)
    assert asked.ephemeral
    return text_of(asked.response)


@pytest.mark.parametrize("what", ["statistics", "drain", "resume", "block", "unblock", "cancel"])
async def test_an_administrator_of_a_server_does_not_run_the_bot(town, what):
    king = town.somebody("king", administrator=True)
    options = {"job": "0123456789abcdef"} if what == "cancel" else {}
    assert await administer(town, king, what, **options) == "Only whoever runs me can do that."
    await town.dreamed()


async def test_others_are_not_even_shown_it(town, owner):
    assert "dream-admin drain" in owner.available_commands(town.square)
    for somebody in (town.alice, town.moderator, town.keeper):
        assert "dream-admin drain" not in somebody.available_commands(town.square)


class TestWhoRunsIt:
    def team(self, town, *members):
        joined, invited = discord.TeamMembershipState.accepted, discord.TeamMembershipState.invited
        town.bot.application.team = SimpleNamespace(
            owner_id=1,
            members=[
                SimpleNamespace(id=number, role=role, membership_state=joined if has_joined else invited)
                for number, (role, has_joined) in enumerate(members, start=2)
            ],
        )

    async def test_the_owner_and_the_members_of_a_team_who_may_change_the_application(self, town):
        role = discord.TeamMemberRole
        joined = [(role.admin, True), (role.developer, True), (role.read_only, True)]
        self.team(town, *joined, (role.admin, False))
        assert [number for number in range(1, 7) if town.bot.is_owner(number)] == [1, 2, 3]

    @pytest.mark.settings(owners=(7, 8))
    async def test_or_whom_the_operator_has_named(self, town, owner):
        assert [number for number in (7, 8, 9, owner.id) if town.bot.is_owner(number)] == [7, 8]


class TestDraining:
    async def test_no_order_is_taken_and_what_was_taken_is_finished(self, town, owner):
        asked, dream = await town.begun()
        waiting = await town.order()
        await town.says(waiting, "You are next.")
        said = await administer(town, owner, "drain")
        assert "I take no new dreams" in said
        assert "1 dream is waiting and 1 is being dreamed" in said
        for _ in range(town.settings.burst + 1):
            refused = await town.whispers(await town.order(town.bob))
            assert refused.startswith("I take no new dreams right now")
        dream.finish()
        await town.answer(asked)
        (await town.script.begun()).finish()
        answer = await town.answer(waiting)
        again = await town.alice.click(answer, label="Again")
        assert "I take no new dreams right now" in await town.whispers(again)

    async def test_until_it_is_over(self, town, owner):
        await administer(town, owner, "drain")
        assert await administer(town, owner, "resume") == "I take new dreams."
        await town.dreamed(town.bob)

    async def test_or_the_bot_begins_anew(self, town, owner):
        await administer(town, owner, "drain")
        await town.restart()
        await town.dreamed()


class TestCancelling:
    async def test_anybodys_dream_ends_and_its_owner_is_told(self, town, owner):
        asked, dream = await town.begun(town.alice)
        job = await town.only_job(town.alice)
        said = await administer(town, owner, "cancel", job=job.id)
        assert said == f"The dream `{job.id}` is cancelled, and its owner is told."
        await town.says(asked, "This dream was cancelled.")
        assert dream.closed.is_set()

    async def test_what_is_over_is_over(self, town, owner):
        await town.dreamed()
        job = await town.only_job()
        assert await administer(town, owner, "cancel", job=job.id) == "That dream is over already."

    async def test_a_job_whose_picture_is_coming_is_let_come(self, town, owner):
        await town.dreamed()
        job = await town.parts.store.change(await town.only_job(), state=State.RECEIVED)
        assert "still on its way to me" in await administer(town, owner, "cancel", job=job.id)

    async def test_a_job_that_never_was_is_none(self, town, owner):
        assert "cannot be “nonsense”" in await administer(town, owner, "cancel", job="nonsense")

    async def test_the_jobs_on_their_way_are_offered_to_the_owner_alone(self, town, owner):
        await town.begun()
        job = await town.only_job()
        offered = await owner.autocomplete(town.square, "dream-admin cancel", "job", job.id[:3].upper())
        assert [choice["value"] for choice in offered] == [job.id]
        assert not await owner.autocomplete(town.square, "dream-admin cancel", "job", "none")
        king = town.somebody("king", administrator=True)
        assert not await king.autocomplete(town.square, "dream-admin cancel", "job", "")


class TestBlocking:
    async def test_a_blocked_persons_dreams_end_and_no_more_are_taken(self, town, owner):
        asked, _ = await town.begun(town.alice)
        other = await town.order(town.bob)
        said = await administer(town, owner, "block", user=town.alice)
        assert f"<@{town.alice.id}>" in said
        await town.says(asked, "This dream was cancelled.")
        refused = await town.whispers(await town.order(town.alice))
        assert refused == "I do not dream for you. Whoever runs me has decided so."
        (await town.script.begun()).finish()
        await town.answer(other)

    async def test_a_dream_whose_picture_is_still_coming_is_not_taken_either(self, town, owner, monkeypatch):
        fetch = town.parts.intake.fetch

        async def fetch_while_blocked(url):
            await town.parts.blocklist.add("user", town.alice.id)
            return await fetch(url)

        monkeypatch.setattr(town.parts.intake, "fetch", fetch_while_blocked)
        assert "Whoever runs me" in await town.whispers(await town.order(town.alice))
        assert not await town.parts.store.of_user(town.alice.id, *OPEN)

    async def test_a_blocked_person_can_still_see_and_delete_what_is_theirs(self, town, owner):
        await town.dreamed(town.alice)
        await administer(town, owner, "block", user=town.alice)
        queue = await town.alice.slash(town.square, "queue")
        assert "Nothing of yours is waiting" in text_of(queue.response)
        said = text_of((await town.alice.slash(town.square, "forget-me")).response)
        assert "I also remember that I am not to dream for you." in said
        assert "Whoever runs me" in await town.whispers(await town.order(town.alice))

    async def test_who_is_not_blocked_is_told_nothing_of_it_when_forgotten(self, town):
        assert "not to dream" not in text_of((await town.alice.slash(town.square, "forget-me")).response)

    async def test_in_a_blocked_server_nobody_dreams_and_elsewhere_they_do(self, town, owner):
        asked, _ = await town.begun(town.bob)
        said = await administer(town, owner, "block", server=str(town.guild.id))
        assert f"the server `{town.guild.id}`" in said
        await town.says(asked, "This dream was cancelled.")
        refused = await town.whispers(await town.order(town.alice))
        assert refused == "I do not dream in this server. Whoever runs me has decided so."
        await town.alice.user.slash("dream", image=("cat.png", b"never decoded here"))
        await town.script.begun()

    async def test_who_waited_in_a_blocked_server_has_paid_nothing(self, town, owner):
        await town.begun(town.alice)
        waiting = await town.order(town.bob)
        await town.says(waiting, "You are next.")
        await administer(town, owner, "block", server=str(town.guild.id))
        (job,) = await town.parts.store.of_user(town.bob.id, State.CANCELLED)
        assert job.bucket is None

    async def test_who_is_blocked_while_they_wait_is_refused_when_their_turn_comes(self, town):
        _, dream = await town.begun(town.alice)
        waiting = await town.order(town.bob)
        await town.says(waiting, "You are next.")
        await town.parts.blocklist.add("user", town.bob.id)
        dream.finish()
        (said,) = await town.until(lambda: waiting.followups)
        assert "Whoever runs me" in text_of(said)

    async def test_it_outlives_a_restart_and_is_taken_back(self, town, owner):
        await administer(town, owner, "block", user=town.alice, server=str(town.guild.id))
        await town.restart()
        town.bot.application.owner = owner.user
        assert "Whoever runs me" in await town.whispers(await town.order(town.alice))
        said = await administer(town, owner, "unblock", user=town.alice, server=str(town.guild.id))
        assert said == "### I do not dream for\nNobody is blocked."
        await town.dreamed(town.alice)

    async def test_nobody_named_is_nobody_blocked(self, town, owner):
        assert "Nobody is blocked." in await administer(town, owner, "block")

    @pytest.mark.parametrize("nonsense", ["my server", "-1", "99999999999999999999", "²"])
    async def test_a_server_is_named_by_its_number(self, town, owner, nonsense):
        assert f"cannot be “{nonsense}”" in await administer(town, owner, "block", server=nonsense)

    async def test_many_still_fit_into_one_answer(self, town, owner):
        for number in range(400):
            await town.parts.blocklist.add("user", 10**18 + number)
        said = await administer(town, owner, "block")
        assert said.count("<@") < 20
        assert said.endswith("\n… and 385 more")


class TestStatistics:
    async def test_they_tell_how_it_goes(self, town, owner):
        await town.dreamed(town.alice)
        await town.begun(town.bob)
        said = await administer(town, owner, "statistics")
        assert re.match(r"### I began <t:\d+:R>\n", said)
        assert "I take new dreams." in said
        assert "nobody is waiting and 1 is being dreamed" in said
        assert "2 people asked for 2 dreams" in said
        assert "1 delivered, 0 kept for their owners, 0 cancelled" in said
        assert "take 0 MB" in said
        (running,) = await town.parts.store.of_user(town.bob.id, State.RUNNING)
        assert f"- `{running.id}` · Intense · <@{town.bob.id}>" in said

    async def test_what_is_in_the_way_is_named(self, town, owner, monkeypatch):
        async def in_the_way():
            return ["store", "queue"]

        monkeypatch.setattr(town.parts.health, "problems", in_the_way)
        assert "In my way: store, queue." in await administer(town, owner, "statistics")

    async def test_what_is_older_than_a_day_is_not_counted(self, town, owner):
        await town.dreamed()
        job = await town.only_job()
        await town.parts.store.change(job, created_at=job.created_at - 100_000)
        assert "0 people asked for 0 dreams" in await administer(town, owner, "statistics")
