"""Draws the card of a finished dream."""

from collections.abc import Sequence

import discord
from discord import ui

from bot.delivery.cards import (
    SUCCESS,
    Card,
    button,
    dream_file_stem,
    gallery,
    gap,
    layout,
    picture_file,
    select,
)
from bot.delivery.dream_names import describe_dream, name_of
from bot.delivery.motion_lines import moved_line, reduced_lines
from bot.delivery.select_options import motion_options, preset_or_comparison_options, thing_options
from bot.models import Job, Outcome
from bot.texts import Texts

_SUFFIXES = {"png": "png", "jpeg": "jpg", "apng": "png"}
"""The suffixes of the files that differ from the formats' names."""


def result(
    texts: Texts,
    job: Job,
    outcome: Outcome,
    image: bytes,
    note: str | None = None,
    things: Sequence[str] = (),
) -> Card:
    """Draw a finished dream with its buttons.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        outcome: The facts about the dream.
        image: The dream's file.
        note: A sentence above the facts.
        things: The names of the things that a dream of a thing offers to dream of next.
    """
    file = picture_file(
        image,
        f"{dream_file_stem(job)}.{_SUFFIXES.get(outcome.file_format, outcome.file_format)}",
        describe_dream(texts, job.options, outcome),
        spoiler=job.options.spoiler,
    )
    facts = [
        *([moved_line(texts, outcome)] if outcome.motion is not None else []),
        *([texts("card-guided")] if outcome.guided else []),
        *([texts("card-masked")] if outcome.masked else []),
        *([texts("card-own-colours")] if outcome.keep_colour else []),
    ]
    lines = [
        *([note] if note else []),
        texts(
            "card-dreamed",
            preset=name_of(texts, job.options, outcome.motion),
            seconds=round(outcome.seconds, 1),
        ),
        *([f"-# {_sentence(' · '.join(facts))}"] if facts else []),
    ]
    if outcome.is_cut_short:
        lines.append("-# " + texts("card-cut-short"))
    if outcome.guide_is_cut_short:
        lines.append("-# " + texts("card-guide-cut-short"))
    if outcome.mask_is_cut_short:
        lines.append("-# " + texts("card-mask-cut-short"))
    if outcome.wanted_width is not None and outcome.wanted_height is not None:
        size = texts.size(outcome.wanted_width, outcome.wanted_height)
        lines.append("-# " + texts("card-shrunk", size=size))
    if outcome.motion is not None:
        lines += [f"-# {line}" for line in reduced_lines(texts, outcome)]
    elif outcome.height < outcome.dreamed_height:
        size = texts.size(outcome.dreamed_width, outcome.dreamed_height)
        lines.append("-# " + texts("card-scaled", size=size))
    elif outcome.file_format != "png":
        lines.append(
            "-# " + texts("card-encoded", format={"webp": "WebP", "jpeg": "JPEG"}[outcome.file_format])
        )
    moves = outcome.motion is not None
    offered = thing_options(texts, job.options, things)
    return Card(
        layout(
            ui.Container(
                gallery(file),
                gap(),
                ui.TextDisplay("\n".join(lines)),
                ui.ActionRow(
                    # A motion's file is no source for another: each dream would blur it more.
                    *([] if moves else [button(texts, "deeper", job, discord.ButtonStyle.primary)]),
                    button(texts, "again", job),
                    button(texts, "adjust", job),
                ),
                ui.ActionRow(
                    button(texts, "details", job),
                    # The source that somebody has joined in on is shown only to its own owner.
                    *([] if job.lenders else [button(texts, "original", job)]),
                    button(texts, "delete", job, discord.ButtonStyle.danger),
                ),
                select(texts, "preset", job, preset_or_comparison_options(texts)),
                *([select(texts, "thing", job, offered)] if offered else []),
                *([] if moves else [select(texts, "motion", job, motion_options(texts))]),
                accent_colour=SUCCESS,
            )
        ),
        (file,),
    )


def _sentence(words: str) -> str:
    """Begin words with a capital letter."""
    return words[:1].upper() + words[1:]
