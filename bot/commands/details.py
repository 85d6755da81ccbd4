"""The button *Details*: shows anybody who clicks how a dream was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands._interaction import handle_interaction, send_private_card, texts_of
from bot.delivery.details_card import details
from bot.errors import DetailsGoneRefusal

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction
    from bot.models import Reply


async def show_details(interaction: Interaction, job_id: str) -> None:
    """Show the details of a job's dream privately. Everybody who sees the dream may see them.

    Args:
        interaction: The click.
        job_id: The job's id.
    """

    async def run(reply: Reply) -> None:
        job = await interaction.client.services.store.get(job_id)
        if job is None or job.outcome is None:
            raise DetailsGoneRefusal
        options, outcome, texts = job.options, job.outcome, texts_of(interaction)
        await send_private_card(interaction, reply, lambda: details(texts, options, outcome))

    await handle_interaction(interaction, run)
