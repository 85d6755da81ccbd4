"""Draws the cards of jobs that wait, run or ended, and the parts of all cards; sends nothing."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import discord
from discord import ui

from bot.delivery.dream_names import Status, describe_preview, title_of
from bot.delivery.emoji import BUTTON_EMOJI
from bot.delivery.line_breaks import keep_numbers_together
from bot.delivery.message_limits import MAX_TEXTS, shortened
from bot.models import Job, State
from bot.texts import Texts
from bot.texts.catalogue import relative_time

Action = Literal[
    "cancel",
    "retry",
    "deeper",
    "again",
    "adjust",
    "details",
    "original",
    "delete",
    "fetch",
    "preset",
    "thing",
    "motion",
]

NEUTRAL, DREAMING, QUESTION, SUCCESS, ERROR = (
    discord.Colour(colour) for colour in (0x6B7A99, 0x8E5BD6, 0xC9963F, 0x3DA58A, 0xD9534F)
)
"""The colours of information, dreams in progress, questions, successes, and errors and refusals."""
_ENDS: Mapping[State, tuple[Status, discord.Colour]] = {
    State.DELIVERED: ("done", SUCCESS),
    State.KEPT: ("done", SUCCESS),
    State.CANCELLED: ("cancelled", NEUTRAL),
    State.REFUSED: ("failed", ERROR),
    State.FAILED: ("failed", ERROR),
}
"""The title and the colour of a card without a dream, by the state of its job; any other job is paused."""
_BAR_CELLS = 16


@dataclass(frozen=True, slots=True)
class Card:
    """The content of one message. Each sending needs a new card, because it closes the files.

    Attributes:
        view: The texts and buttons.
        files: The pictures.
    """

    view: ui.LayoutView
    files: tuple[discord.File, ...] = ()


def layout(*items: ui.Item[ui.LayoutView]) -> ui.LayoutView:
    """Make a view whose buttons are answered by their custom ids and not by this object.

    Every card is made here, so here the texts are cut to Discord's limits, and numbers stay with their units.
    """
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    for item in view.walk_children():
        if isinstance(item, ui.TextDisplay):
            item.content = keep_numbers_together(item.content)
    view.stop()  # otherwise the client would keep it and wait for its buttons
    return shortened(view)


def custom_id(action: Action, job: Job) -> str:
    """Return a button's custom id, which is all that any process needs to answer the button."""
    return f"dream:{action}:{job.id}:{owner_mark(job.id, job.user_id)}"


def owner_mark(job_id: str, user_id: int) -> str:
    """Return a hash by which a message shows its owner even after its job was deleted from the store.

    Args:
        job_id: The job's id, so that no two marks of one person are equal.
        user_id: The owner's id.
    """
    return hashlib.sha256(f"{job_id}:{user_id}".encode()).hexdigest()[:16]


def waiting(texts: Texts, job: Job, place: int, done_at: float | None) -> Card:
    """Draw a job that waits for its turn.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        place: Its place in the queue; 1 is next.
        done_at: The estimated end in Unix seconds, if there is an estimate.
    """
    lines = [_title(texts, job, "waiting"), texts("card-place", place=place)]
    if done_at is not None:
        lines.append(texts("card-done-at", when=relative_time(done_at)))
    if job.price > 1:
        lines.append(texts("card-price", price=job.price))
    return running_card(texts, job, lines, NEUTRAL)


def dreaming(texts: Texts, job: Job, fraction: float, done_at: float | None, preview: bytes | None) -> Card:
    """Draw a job that is being dreamed.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        fraction: The share that is done, from 0 to 1.
        done_at: The estimated end in Unix seconds, if there is an estimate.
        preview: The newest preview: a JPEG, or a WebP if the picture has transparency.
    """
    return progress_card(texts, job, _title(texts, job, "dreaming"), fraction, done_at, preview)


def progress_card(
    texts: Texts,
    job: Job,
    title: str,
    fraction: float,
    done_at: float | None,
    preview: bytes | None,
    frame: str | None = None,
    note: str | None = None,
) -> Card:
    """Draw a job in progress: its title, a bar, the percentage, the expected end and the newest preview.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        title: The title.
        fraction: The share that is done, from 0 to 1.
        done_at: The estimated end in Unix seconds, if there is an estimate.
        preview: The newest preview: a JPEG, or a WebP if the picture has transparency.
        frame: A line that says which frame of a motion is being dreamed.
        note: A sentence below all that.
    """
    filled = round(_BAR_CELLS * fraction)
    bar = f"`{'█' * filled}{'░' * (_BAR_CELLS - filled)}`"
    ready = [] if done_at is None else [texts("card-ready", when=relative_time(done_at))]
    lines = [title, bar, " · ".join([f"{fraction:.0%}", *ready]), *filter(None, (frame, note))]
    file = None
    if preview is not None:
        description = describe_preview(texts, job.options)
        suffix = "webp" if preview.startswith(b"RIFF") else "jpg"
        file = picture_file(preview, f"growing-{job.id}.{suffix}", description, spoiler=job.options.spoiler)
    return running_card(texts, job, lines, file=file)


def running_card(
    texts: Texts,
    job: Job,
    lines: Sequence[str],
    colour: discord.Colour = DREAMING,
    file: discord.File | None = None,
) -> Card:
    """Draw a job that can be cancelled.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        lines: Its title, and the lines below it.
        colour: The colour of the card's edge.
        file: The newest preview, if there is one.
    """
    text, row = ui.TextDisplay[ui.LayoutView]("\n".join(lines)), ui.ActionRow(button(texts, "cancel", job))
    pictures = [] if file is None else [gap(), gallery(file)]
    return Card(layout(ui.Container(text, *pictures, row, accent_colour=colour)), (file,) if file else ())


def ended(sentence: str, texts: Texts | None = None, job: Job | None = None) -> Card:
    """Draw a sentence about a job that ended without a dream or is paused, or about a refused request.

    A cancelled job can be tried again as long as its source is stored.

    Args:
        sentence: The sentence.
        texts: The texts for a title; ``None`` for no title.
        job: The job for a title, which its state determines; ``None`` for no title.
    """
    if texts is None or job is None:
        return said(sentence, ERROR)
    status, colour = _ENDS.get(job.state, ("paused", NEUTRAL))
    items: list[ui.Item[ui.LayoutView]] = [ui.TextDisplay(f"{_title(texts, job, status)}\n{sentence}")]
    if job.state is State.CANCELLED and job.source is not None:
        items.append(ui.ActionRow(button(texts, "retry", job)))
    return Card(layout(ui.Container(*items, accent_colour=colour)))


def said(sentence: str, colour: discord.Colour = NEUTRAL) -> Card:
    """Draw a sentence.

    Args:
        sentence: The sentence.
        colour: ``NEUTRAL`` for information, ``SUCCESS`` for a confirmation, ``ERROR`` for a refusal.
    """
    return Card(layout(ui.Container(ui.TextDisplay(sentence), accent_colour=colour)))


def offer(texts: Texts, job: Job) -> Card:
    """Draw the offer to fetch a dream that may have arrived, which only its owner can see.

    Args:
        texts: The texts in the owner's language.
        job: The job.
    """
    text = ui.TextDisplay[ui.LayoutView](_title(texts, job, "done") + "\n" + texts("card-perhaps"))
    return Card(layout(ui.Container(text, ui.ActionRow(button(texts, "fetch", job)), accent_colour=SUCCESS)))


def plain(*texts: str) -> Card:
    """Draw paragraphs; if there are too many for a message, the last ones are joined."""
    paragraphs = [*texts[: MAX_TEXTS - 1], *filter(None, ["\n".join(texts[MAX_TEXTS - 1 :])])]
    displays = (ui.TextDisplay[ui.LayoutView](text) for text in paragraphs)
    return Card(layout(ui.Container(*displays, accent_colour=NEUTRAL)))


def picture_file(content: bytes, name: str, description: str, *, spoiler: bool = False) -> discord.File:
    """Make a picture to upload.

    Args:
        content: The file's content.
        name: The file's name, which the bot chose.
        description: The alternative text.
        spoiler: Whether Discord hides it until it is clicked.
    """
    return discord.File(io.BytesIO(content), filename=name, description=description[:1024], spoiler=spoiler)


def dream_file_stem(job: Job) -> str:
    """Return the stem of a dream's file name, by which a message shows which job it answered."""
    return f"dream-{job.id}"


def picture_card(sentence: str, file: discord.File) -> Card:
    """Draw a picture under a sentence."""
    return Card(
        layout(ui.Container(ui.TextDisplay(sentence), gap(), gallery(file), accent_colour=NEUTRAL)), (file,)
    )


def _title(texts: Texts, job: Job, status: Status) -> str:
    return "### " + title_of(texts, job.options, job.motion, status)


def gallery(file: discord.File) -> ui.MediaGallery[ui.LayoutView]:
    """Show a picture."""
    item = discord.MediaGalleryItem(file, description=file.description, spoiler=file.spoiler)
    return ui.MediaGallery(item)


def gap() -> ui.Separator[ui.LayoutView]:
    """Make the space between a text and a picture."""
    return ui.Separator(visible=False)


def button(
    texts: Texts, action: Action, job: Job, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> ui.Button[ui.LayoutView]:
    """Make a button of a job."""
    return ui.Button(
        label=texts(f"button-{action}"),
        style=style,
        custom_id=custom_id(action, job),
        emoji=BUTTON_EMOJI.get(action),
    )


def select(
    texts: Texts, action: Action, job: Job, options: list[discord.SelectOption]
) -> ui.ActionRow[ui.LayoutView]:
    """Make a select that dreams a job's source another way."""
    carried, placeholder = custom_id(action, job), texts(f"button-{action}")
    return ui.ActionRow(ui.Select(custom_id=carried, placeholder=placeholder, options=options))
