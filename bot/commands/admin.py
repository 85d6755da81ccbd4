"""`/dream-admin`: the commands of the bot's operators."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.clock import now
from bot.commands._interaction import handle_interaction, send_private_text, texts_of
from bot.delivery import cards
from bot.delivery.dream_names import name_of
from bot.delivery.message_limits import first_lines
from bot.errors import NotOperatorRefusal, OptionRefusal, OverAlreadyRefusal, StillComingRefusal
from bot.models import OPEN, Job, Reply, State
from bot.texts import Texts, localized
from bot.texts.catalogue import relative_time

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction
    from bot.services import Services
    from bot.storage.blocklist import Kind

_log = logging.getLogger(__name__)

_A_DAY = 86400.0
_MAX_LINES = 15
_MAX_CHOICES = 25


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions()  # Discord shows it to administrators; only operators may use it
class Admin(
    app_commands.Group,
    name=localized("command-dream-admin"),
    description=localized("command-dream-admin-description"),
):
    """The command group."""

    @app_commands.command(
        name=localized("admin-statistics"), description=localized("admin-statistics-description")
    )
    async def statistics(self, interaction: Interaction) -> None:
        """Show the bot's health and its open jobs."""
        await _administer(interaction, _statistics, changes=False)

    @app_commands.command(name=localized("admin-drain"), description=localized("admin-drain-description"))
    async def drain(self, interaction: Interaction) -> None:
        """Refuse new requests and finish the accepted ones."""

        async def run(services: Services, texts: Texts) -> str:
            services.submissions.drain()
            return "\n".join([texts("admin-draining"), _load(services, texts)])

        await _administer(interaction, run)

    @app_commands.command(name=localized("admin-resume"), description=localized("admin-resume-description"))
    async def resume(self, interaction: Interaction) -> None:
        """Accept requests again."""

        async def run(services: Services, texts: Texts) -> str:
            services.submissions.resume()
            return texts("admin-serving")

        await _administer(interaction, run)

    @app_commands.command(name=localized("admin-cancel"), description=localized("admin-cancel-description"))
    @app_commands.rename(job=localized("option-job"))
    @app_commands.describe(job=localized("option-job-description"))
    async def cancel(self, interaction: Interaction, job: app_commands.Range[str, 1, 100]) -> None:
        """Cancel anybody's job."""

        async def run(services: Services, texts: Texts) -> str:
            found = await services.store.get(job)
            if found is None:
                raise OptionRefusal(value=job)
            if found.state is State.RECEIVED:
                raise StillComingRefusal
            if not await services.runner.cancel(found.id):
                raise OverAlreadyRefusal
            return texts("admin-cancelled", job=found.id)

        await _administer(interaction, run)

    @cancel.autocomplete("job")
    async def complete_job(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Complete the ids of the jobs that can be cancelled."""
        if not interaction.client.is_owner(interaction.user.id):
            return []
        jobs = await _cancellable(interaction.client.services)
        found = [job.id for job in jobs if typed.lower() in job.id]
        return [app_commands.Choice(name=job_id, value=job_id) for job_id in found[:_MAX_CHOICES]]

    @app_commands.command(name=localized("admin-block"), description=localized("admin-block-description"))
    @app_commands.rename(user=localized("option-user"), server=localized("option-server"))
    @app_commands.describe(
        user=localized("option-user-description"), server=localized("option-server-description")
    )
    async def block(
        self,
        interaction: Interaction,
        user: discord.User | None = None,
        server: app_commands.Range[str, 1, 20] | None = None,
    ) -> None:
        """Block a user or a server, or show the blocked ones."""

        async def run(services: Services, texts: Texts) -> str:
            for kind, number in _parse_targets(user, server):
                await services.blocklist.add(kind, number)
                _log.info("The %s %d is blocked.", kind, number)
                for job in await _cancellable(services):
                    if number == (job.user_id if kind == "user" else job.reply.server_id):
                        await services.runner.cancel(job.id)
            return await _blocked(services, texts)

        await _administer(interaction, run, changes=(user or server) is not None)

    @app_commands.command(name=localized("admin-unblock"), description=localized("admin-unblock-description"))
    @app_commands.rename(user=localized("option-user"), server=localized("option-server"))
    @app_commands.describe(
        user=localized("option-user-description"), server=localized("option-server-description")
    )
    async def unblock(
        self,
        interaction: Interaction,
        user: discord.User | None = None,
        server: app_commands.Range[str, 1, 20] | None = None,
    ) -> None:
        """Unblock a user or a server, or show the blocked ones."""

        async def run(services: Services, texts: Texts) -> str:
            for kind, number in _parse_targets(user, server):
                await services.blocklist.remove(kind, number)
                _log.info("The %s %d is not blocked any more.", kind, number)
            return await _blocked(services, texts)

        await _administer(interaction, run, changes=(user or server) is not None)


async def _administer(
    interaction: Interaction,
    run: Callable[[Services, Texts], Awaitable[str]],
    *,
    changes: bool = True,
) -> None:
    """Run an operator's command, and answer privately.

    Args:
        interaction: The command.
        run: Runs the command; returns the answer.
        changes: Whether the command changes something, so that its answer is a confirmation.
    """

    async def administer(reply: Reply) -> None:
        if not interaction.client.is_owner(interaction.user.id):
            raise NotOperatorRefusal
        answer = await run(interaction.client.services, texts_of(interaction))
        await send_private_text(interaction, reply, answer, cards.SUCCESS if changes else cards.NEUTRAL)

    await handle_interaction(interaction, administer)


async def _cancellable(services: Services) -> Sequence[Job]:
    """Return the jobs to cancel, waiting ones first, so that none of them begins and costs meanwhile."""
    waiting, running = [await services.store.in_states(state) for state in (State.QUEUED, State.RUNNING)]
    return [*waiting, *running]


async def _statistics(services: Services, texts: Texts) -> str:
    problems = await services.health.problems()
    states, people = await services.store.summary(now() - _A_DAY)
    jobs = await services.store.in_states(*OPEN)
    counts = {state.value: states.get(state, 0) for state in State}
    lines = [
        "### " + texts("admin-title", when=relative_time(services.began_at)),
        texts("admin-problems", problems=", ".join(problems)) if problems else texts("admin-well"),
        texts("admin-draining" if services.submissions.is_draining else "admin-serving"),
        _load(services, texts),
        texts("admin-day", people=people, jobs=sum(states.values()), **counts),
        texts("admin-kept", megabytes=round(await services.pictures.bytes_kept() / 1e6)),
        *_lines(texts, [_line(texts, job) for job in jobs]),
    ]
    return "\n".join(lines)


def _load(services: Services, texts: Texts) -> str:
    waiting, dreaming = services.runner.load
    return texts("queue-load", waiting=waiting, dreaming=dreaming)


def _line(texts: Texts, job: Job) -> str:
    return f"- `{job.id}` · {name_of(texts, job.options)} · <@{job.user_id}>"


async def _blocked(services: Services, texts: Texts) -> str:
    users = [f"<@{user}> (`{user}`)" for user in await services.blocklist.all("user")]
    numbers = [f"`{server}`" for server in await services.blocklist.all("server")]
    servers = [texts("admin-blocked-server", server=number) for number in numbers]
    named = _lines(texts, [f"- {who}" for who in [*users, *servers]])
    return "\n".join(["### " + texts("admin-blocked"), *(named or [texts("admin-nobody")])])


def _lines(texts: Texts, lines: Sequence[str]) -> list[str]:
    """Shorten a list to its first lines and a line with the number of the others."""
    return first_lines(lines, lambda more: texts("queue-more", more=more), _MAX_LINES)


def _parse_targets(user: discord.User | None, server: str | None) -> list[tuple[Kind, int]]:
    """Parse the user and the server to block or unblock.

    Raises:
        OptionRefusal: The typed text is no server id.
    """
    targets: list[tuple[Kind, int]] = []
    if user is not None:
        targets.append(("user", user.id))
    if server is not None:
        if not server.isdecimal() or int(server) >= 2**63:
            raise OptionRefusal(value=server)
        targets.append(("server", int(server)))
    return targets
