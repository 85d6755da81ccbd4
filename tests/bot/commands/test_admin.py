"""The commands of the bot's operators, which nobody else can use."""

import re
from types import SimpleNamespace

import discord
import pytest

from bot.models import OPEN, State
from fake_discord.simcord_additions import text_of


@pytest.fixture
def owner(server):
    """An operator, who is also an administrator of this server, because only these see the command."""
    owner = server.add_member("owner", administrator=True)
    server.bot.application.owner = owner.user
    return owner


async def administer(simulated, who, what, **options):
    """Use an operator's command; returns its answer."""
    interaction = await who.slash(simulated.general, f"dream-admin {what}", **options)
    assert interaction.ephemeral
    return text_of(interaction.response)


@pytest.mark.parametrize("what", ["statistics", "drain", "resume", "block", "unblock", "cancel"])
async def test_a_servers_administrator_is_not_an_operator(server, what):
    administrator = server.add_member("administrator", administrator=True)
    options = {"job": "0123456789abcdef"} if what == "cancel" else {}
    assert await administer(server, administrator, what, **options) == "Only the bot's operator can do that."
    await server.complete_dream()


async def test_ordinary_members_do_not_see_the_command(server, owner):
    assert "dream-admin drain" in owner.available_commands(server.general)
    for somebody in (server.alice, server.moderator, server.manager):
        assert "dream-admin drain" not in somebody.available_commands(server.general)


class TestOperators:
    def team(self, server, *members):
        joined, invited = discord.TeamMembershipState.accepted, discord.TeamMembershipState.invited
        server.bot.application.team = SimpleNamespace(
            owner_id=1,
            members=[
                SimpleNamespace(id=number, role=role, membership_state=joined if has_joined else invited)
                for number, (role, has_joined) in enumerate(members, start=2)
            ],
        )

    async def test_the_owner_and_writing_team_members_are_operators(self, server):
        role = discord.TeamMemberRole
        joined = [(role.admin, True), (role.developer, True), (role.read_only, True)]
        self.team(server, *joined, (role.admin, False))
        assert [number for number in range(1, 7) if server.bot.is_owner(number)] == [1, 2, 3]

    @pytest.mark.settings(owners=(7, 8))
    async def test_the_owners_in_the_settings_are_operators(self, server, owner):
        assert [number for number in (7, 8, 9, owner.id) if server.bot.is_owner(number)] == [7, 8]


class TestDraining:
    async def test_new_requests_are_refused_and_accepted_ones_finished(self, server, owner):
        interaction, dream = await server.start_dream()
        waiting = await server.submit()
        await server.until_shown(waiting, "You're next.")
        said = await administer(server, owner, "drain")
        assert "Not accepting new dreams" in said
        assert "1 waiting, 1 in progress" in said
        for _ in range(server.settings.burst + 1):
            refused = await server.private_text(await server.submit(server.bob))
            assert refused.startswith("I'm not taking new dreams right now")
        dream.finish()
        await server.answer(interaction)
        (await server.script.next_dream()).finish()
        answer = await server.answer(waiting)
        again = await server.alice.click(answer, label="Reroll")
        assert "I'm not taking new dreams right now" in await server.private_text(again)

    async def test_ends_with_the_resume_command(self, server, owner):
        await administer(server, owner, "drain")
        assert await administer(server, owner, "resume") == "Accepting dreams."
        await server.complete_dream(server.bob)

    async def test_ends_with_a_restart(self, server, owner):
        await administer(server, owner, "drain")
        await server.restart()
        await server.complete_dream()


class TestCancelling:
    async def test_any_dream_ends_and_its_owner_is_told(self, server, owner):
        interaction, dream = await server.start_dream(server.alice)
        job = await server.only_job(server.alice)
        said = await administer(server, owner, "cancel", job=job.id)
        assert said == f"I cancelled the dream `{job.id}` and told its owner."
        await server.until_shown(interaction, "I stopped this dream.")
        assert dream.closed.is_set()

    async def test_a_finished_dream_cannot_be_cancelled(self, server, owner):
        await server.complete_dream()
        job = await server.only_job()
        assert await administer(server, owner, "cancel", job=job.id) == "That dream is already over."

    async def test_a_job_whose_picture_is_being_fetched_cannot_be_cancelled(self, server, owner):
        await server.complete_dream()
        job = await server.services.store.change(await server.only_job(), state=State.RECEIVED)
        assert "still getting the picture" in await administer(server, owner, "cancel", job=job.id)

    async def test_an_unknown_job_is_refused(self, server, owner):
        assert "“nonsense” doesn't work for that option." in await administer(
            server, owner, "cancel", job="nonsense"
        )

    async def test_the_ids_of_open_jobs_are_completed_for_operators_only(self, server, owner):
        await server.start_dream()
        job = await server.only_job()
        offered = await owner.autocomplete(server.general, "dream-admin cancel", "job", job.id[:3].upper())
        assert [choice["value"] for choice in offered] == [job.id]
        assert not await owner.autocomplete(server.general, "dream-admin cancel", "job", "none")
        administrator = server.add_member("administrator", administrator=True)
        assert not await administrator.autocomplete(server.general, "dream-admin cancel", "job", "")


class TestBlocking:
    async def test_a_blocked_users_dreams_end_and_new_ones_are_refused(self, server, owner):
        interaction, _ = await server.start_dream(server.alice)
        other = await server.submit(server.bob)
        said = await administer(server, owner, "block", user=server.alice)
        assert f"<@{server.alice.id}>" in said
        await server.until_shown(interaction, "I stopped this dream.")
        refused = await server.private_text(await server.submit(server.alice))
        assert refused == "The bot's operator has blocked you."
        (await server.script.next_dream()).finish()
        await server.answer(other)

    async def test_a_dream_whose_picture_is_being_fetched_is_refused_too(self, server, owner, monkeypatch):
        fetch = server.services.downloader.fetch

        async def fetch_while_blocked(url):
            await server.services.blocklist.add("user", server.alice.id)
            return await fetch(url)

        monkeypatch.setattr(server.services.downloader, "fetch", fetch_while_blocked)
        assert "The bot's operator has blocked" in await server.private_text(
            await server.submit(server.alice)
        )
        assert not await server.services.store.of_user(server.alice.id, *OPEN)

    async def test_a_blocked_user_can_still_see_and_delete_their_data(self, server, owner):
        await server.complete_dream(server.alice)
        await administer(server, owner, "block", user=server.alice)
        queue = await server.alice.slash(server.general, "queue")
        assert "You have no dreams in progress" in text_of(queue.response)
        said = text_of((await server.forget(server.alice)).response)
        assert "I also remember that you're blocked." in said
        assert "The bot's operator has blocked" in await server.private_text(
            await server.submit(server.alice)
        )

    async def test_forgetting_a_user_who_is_not_blocked_does_not_mention_blocking(self, server):
        assert "blocked" not in text_of((await server.forget(server.alice)).response)

    async def test_a_blocked_server_refuses_dreams_and_others_do_not(self, server, owner):
        interaction, _ = await server.start_dream(server.bob)
        said = await administer(server, owner, "block", server=str(server.guild.id))
        assert f"server `{server.guild.id}`" in said
        await server.until_shown(interaction, "I stopped this dream.")
        refused = await server.private_text(await server.submit(server.alice))
        assert refused == "The bot's operator has blocked this server."
        await server.alice.user.slash("dream", image=("cat.png", b"never decoded here"))
        await server.script.next_dream()

    async def test_waiting_dreams_of_a_blocked_server_are_refunded(self, server, owner):
        await server.start_dream(server.alice)
        waiting = await server.submit(server.bob)
        await server.until_shown(waiting, "You're next.")
        await administer(server, owner, "block", server=str(server.guild.id))
        (job,) = await server.services.store.of_user(server.bob.id, State.CANCELLED)
        assert job.bucket is None

    async def test_a_user_blocked_while_waiting_is_refused_at_their_turn(self, server):
        _, dream = await server.start_dream(server.alice)
        waiting = await server.submit(server.bob)
        await server.until_shown(waiting, "You're next.")
        await server.services.blocklist.add("user", server.bob.id)
        dream.finish()
        (said,) = await server.until(lambda: waiting.followups)
        assert "The bot's operator has blocked" in text_of(said)

    async def test_survives_a_restart_and_can_be_undone(self, server, owner):
        await administer(server, owner, "block", user=server.alice, server=str(server.guild.id))
        await server.restart()
        server.bot.application.owner = owner.user
        assert "The bot's operator has blocked" in await server.private_text(
            await server.submit(server.alice)
        )
        said = await administer(server, owner, "unblock", user=server.alice, server=str(server.guild.id))
        assert said == "### Blocked\nNobody is blocked."
        await server.complete_dream(server.alice)

    async def test_without_an_option_nobody_is_blocked(self, server, owner):
        assert "Nobody is blocked." in await administer(server, owner, "block")

    @pytest.mark.parametrize("nonsense", ["my server", "-1", "99999999999999999999", "²"])
    async def test_a_server_is_named_by_its_id(self, server, owner, nonsense):
        assert f"“{nonsense}” doesn't work for that option." in await administer(
            server, owner, "block", server=nonsense
        )

    async def test_a_long_blocklist_fits_into_one_answer(self, server, owner):
        for number in range(400):
            await server.services.blocklist.add("user", 10**18 + number)
        said = await administer(server, owner, "block")
        assert said.count("<@") < 20
        assert said.endswith("\n… and 385 more")


class TestStatistics:
    async def test_show_the_load_and_the_last_day(self, server, owner):
        await server.complete_dream(server.alice)
        await server.start_dream(server.bob)
        said = await administer(server, owner, "statistics")
        assert re.match(r"### Running since <t:\d+:R>\n", said)
        assert "Accepting dreams." in said
        assert "0 waiting, 1 in progress" in said
        assert "2 people asked for 2 dreams" in said
        assert "1 delivered, 0 kept for their owners, 0 cancelled" in said
        assert "take up 0 MB" in said
        (running,) = await server.services.store.of_user(server.bob.id, State.RUNNING)
        assert f"- `{running.id}` · Intense · <@{server.bob.id}>" in said

    async def test_name_the_problems(self, server, owner, monkeypatch):
        async def problems():
            return ["store", "queue"]

        monkeypatch.setattr(server.services.health, "problems", problems)
        assert "Problems: store, queue." in await administer(server, owner, "statistics")

    async def test_do_not_count_jobs_older_than_a_day(self, server, owner):
        await server.complete_dream()
        job = await server.only_job()
        await server.services.store.change(job, created_at=job.created_at - 100_000)
        assert "0 people asked for 0 dreams" in await administer(server, owner, "statistics")
