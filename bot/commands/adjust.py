"""*Adjust…* below a dream: a form with the dream's values, whose submission dreams again.

Every process can answer a form, also one that an earlier process opened: the form's custom id names the job,
and no process keeps anything of an open form.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from bot.commands._interaction import check_place, handle_interaction, requester_of, texts_of
from bot.commands._number_lines import read_lines, read_number
from bot.commands._ownership import handle_joinable_click, usable_job
from bot.commands._things import resolve_thing
from bot.commands.dream import submit
from bot.delivery import adjust_form
from bot.delivery.adjust_form import GUIDE, NUMBERS, PRESET, STRENGTH, THING_NAME
from bot.delivery.retry import AcknowledgedError, DeliveryError, retry_while_busy, translate_discord_errors
from bot.errors import (
    DrainingRefusal,
    NoLongerKeptRefusal,
    OptionRefusal,
    ShuttingDownRefusal,
    UnknownThingRefusal,
    UnlistedThingRefusal,
)
from bot.models import Job, Reply
from bot.options import DreamOptions
from bot.submission.requests import ImageRef
from dream_engine import backbones
from dream_engine.presets import THING
from dream_engine.settings import limits_of

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction
    from bot.texts import Texts

_log = logging.getLogger(__name__)

_FORM = re.compile(r"dream:(?P<kind>adjusted|blank):(?P<job>[0-9a-f]{16})")
"""The custom id of a form: with the job's values, or without because the store was too slow."""
_READ_SECONDS, _SEND_SECONDS = 1.5, 1.0
"""A form must be the first answer to a click, which Discord accepts for three seconds."""
_CHECK_SECONDS = 0.75
"""How long each of two checks of a submission may take before the submission is acknowledged."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The values of a submitted form. ``None`` and empty texts were left empty.

    Attributes:
        preset: The preset's name.
        thing: The thing to dream of, as typed.
        strength: The strength.
        size: The longest side in pixels.
        seed: The seed.
        guide: The uploaded guide.
        keeps_guide: Whether the dream's own guide is kept.
        is_blank: Whether the form showed no values, so that empty fields mean no change.
    """

    preset: str
    thing: str
    strength: float | None
    size: int | None
    seed: int | None
    guide: ImageRef | None
    keeps_guide: bool
    is_blank: bool

    def apply_to(self, job: Job, texts: Texts) -> tuple[DreamOptions, ImageRef | None]:
        """Return the options and the guide of the adjusted dream.

        A dream follows a thing or a guide: the one that is new replaces the one that the dream had.

        Args:
            job: The job of the dream.
            texts: The texts in the user's language.
        """
        old = job.options
        options = old if self.preset in {"", old.preset} else old.with_preset(self.preset)
        thing = self.thing or (old.of if self.is_blank else None)
        guide = self.guide
        if guide is not None and old.of and _is_same_thing(texts, thing, old.of):
            thing = None
        elif guide is None and job.guide is not None and self.keeps_guide and thing is None:
            guide = ImageRef(digest=job.guide)
        if options.preset == THING and thing is None:
            options = options.with_preset("")  # the server's own
        changes = {
            "of": thing,
            "strength": old.strength if self.strength is None else self.strength,
            "size": old.size if self.size is None else self.size,
            "seed": old.seed if self.is_blank and self.seed is None else self.seed,
        }
        return options.model_copy(update=changes), guide


async def open_form(interaction: Interaction, job_id: str) -> None:
    """Answer a click on *Adjust…* with the form, or refuse it privately.

    If the store does not answer in time, the form opens without values.

    Args:
        interaction: The click.
        job_id: The id of the dream's job.
    """
    services, job = interaction.client.services, None
    largest_size = services.settings.largest_size
    try:
        async with asyncio.timeout(_READ_SECONDS):
            job = await _adjustable_job(interaction, job_id)
            largest_size = await _largest_size(interaction)
    except TimeoutError:
        _log.warning("The store did not answer in time; a form opens without values.")
    except Exception as error:  # noqa: BLE001 - the handler tells the user of every failure
        await _fail(interaction, error)
        return
    form = adjust_form.adjust_form(
        texts_of(interaction),
        f"dream:{'blank' if job is None else 'adjusted'}:{job_id}",
        job,
        largest_size=largest_size,
        knows_things=backbones.get(services.settings.backbone).has_classifier,
    )

    async def show() -> None:
        # TypeError and KeyError: a proxy acknowledged without a body.
        with contextlib.suppress(TypeError, KeyError), translate_discord_errors():
            await interaction.response.send_modal(form)

    recent = interaction.client.recent_interactions
    if not recent.claim(interaction.id):
        _log.info("An interaction arrived again; it is answered already.")
        return
    try:
        await retry_while_busy(show, _SEND_SECONDS)
    except AcknowledgedError:
        _log.info("A form is open already, by an earlier attempt or another process.")
    except DeliveryError as error:
        _log.info("A form could not be opened: %r", error)
        recent.release(interaction.id)


async def answer_form(interaction: Interaction) -> None:
    """Answer a submitted form of any process; other interactions are ignored.

    Values that cannot be used are refused before anybody sees that the bot is thinking.

    Args:
        interaction: The interaction.
    """
    if interaction.type is not discord.InteractionType.modal_submit:
        return
    form = _FORM.fullmatch(interaction.custom_id or "")
    if form is None:
        return
    texts = texts_of(interaction)
    largest_size = interaction.client.services.settings.largest_size
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CHECK_SECONDS):
                largest_size = await _largest_size(interaction)
        adjustment = _read(texts, interaction.data or {}, largest_size, is_blank=form["kind"] == "blank")
        with contextlib.suppress(TimeoutError):  # the thing is checked again later
            async with asyncio.timeout(_CHECK_SECONDS):
                await _check_thing(interaction, adjustment.thing)
    except Exception as error:  # noqa: BLE001 - the handler tells the user of every failure
        await _fail(interaction, error)
        return

    async def run(reply: Reply) -> None:
        job = await usable_job(interaction, form["job"])
        if job.source is None or job.outcome is None:
            raise NoLongerKeptRefusal
        options, guide = adjustment.apply_to(job, texts)
        options = options.model_copy(update={"private": reply.private})
        source = ImageRef(digest=job.source, shape=(job.outcome.dreamed_height, job.outcome.dreamed_width))
        mask = None if job.mask is None else ImageRef(digest=job.mask)
        await submit(interaction, options, source, guide, reply, mask, origin=job)

    await handle_joinable_click(interaction, form["job"], run)


async def _adjustable_job(interaction: Interaction, job_id: str) -> Job:
    """Return a job whose dream the interaction's user may adjust.

    Raises:
        Refusal: The user may not, or its pictures are not stored any more, or the user may not dream now.
    """
    services, requester = interaction.client.services, requester_of(interaction)
    if not services.submissions.is_open:
        raise ShuttingDownRefusal
    if services.submissions.is_draining:
        raise DrainingRefusal
    await services.blocklist.check(interaction.user.id, interaction.guild_id)
    job = await usable_job(interaction, job_id)
    if job.source is None or job.outcome is None:
        raise NoLongerKeptRefusal
    check_place(interaction, await services.servers.rules(requester.server_id))
    await services.balances.check(requester)
    return job


async def _largest_size(interaction: Interaction) -> int:
    """Return the longest side, in pixels, that the interaction's user may choose."""
    services = interaction.client.services
    rules = await services.servers.rules(requester_of(interaction).server_id)
    return rules.allowed_size(services.settings.largest_size)


async def _check_thing(interaction: Interaction, typed: str) -> None:
    """Check the thing that a user typed, if they typed one.

    Raises:
        Refusal: It is unknown, or may not be dreamed of here.
    """
    try:
        await resolve_thing(interaction, DreamOptions(preset=THING, of=typed or None), guided=False)
    except UnknownThingRefusal as error:
        if error.details["suggestions"] != "none":
            raise
        raise UnlistedThingRefusal(thing=error.details["thing"]) from None


async def _fail(interaction: Interaction, error: Exception) -> None:
    async def run(_: Reply) -> None:
        raise error

    await handle_interaction(interaction, run)


def _read(texts: Texts, data: Mapping[str, Any], largest_size: int, *, is_blank: bool) -> Adjustment:
    """Read the values of a submitted form.

    Raises:
        Refusal: A value cannot be used.
    """
    fields = dict(_fields(data.get("components", ())))
    preset, strength = (next(iter(fields[name]["values"]), "") for name in (PRESET, STRENGTH))
    numbers = read_lines(texts, fields[NUMBERS]["value"])
    size, seed = (
        read_number(texts(f"option-{name}"), numbers.get(name, ""), low, high)
        for name, (low, high) in {
            "size": (limits_of("size")[0], largest_size),
            "seed": limits_of("seed"),
        }.items()
    )
    uploaded = [data["resolved"]["attachments"][number] for number in fields[GUIDE].get("values", ())]
    return Adjustment(
        preset=preset,
        thing=fields.get(THING_NAME, {}).get("value", "").strip(),
        strength=_strength(strength) if strength else None,
        size=size,
        seed=seed,
        guide=_image_ref(uploaded[0]) if uploaded else None,
        keeps_guide=is_blank or numbers.get("guide", "").casefold() == texts("adjust-keep").casefold(),
        is_blank=is_blank,
    )


def _fields(components: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Return the fields of a submitted form by their custom ids."""
    for label in components:
        field = label.get("component", {})
        if custom_id := field.get("custom_id"):
            yield custom_id, field


def _strength(value: str) -> float:
    try:
        return float(value.replace(",", "."))  # either sign may separate the decimals
    except ValueError:
        raise OptionRefusal(value=value[:100]) from None


def _image_ref(attachment: Mapping[str, Any]) -> ImageRef:
    height, width = attachment.get("height"), attachment.get("width")
    shape = (height, width) if height and width else None
    return ImageRef(attachment["url"], declared_bytes=attachment.get("size"), shape=shape)


def _is_same_thing(texts: Texts, typed: str | None, name: str) -> bool:
    return typed is not None and typed.casefold() in {name.casefold(), texts.thing(name).casefold()}
