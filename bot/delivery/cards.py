"""Draws the cards of jobs that wait, run or ended, and the parts of all cards; sends nothing."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import discord
from discord import ui

from bot.delivery.dream_names import describe_preview, title_of
from bot.delivery.message_limits import MAX_TEXTS, shortened
from bot.models import Job
from bot.texts import Texts
from bot.texts.catalogue import relative_time
from dream_engine.dreams import Progress

Action = Literal[
    "cancel", "deeper", "again", "adjust", "original", "delete", "fetch", "preset", "thing", "motion"
]

_WAITING, _DREAMING, FINISHED, _ENDED = (
    discord.Colour(colour) for colour in (0x6B7A99, 0x8E5BD6, 0x3DA58A, 0x99707A)
)
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

    Every card is made here, so the texts are cut to Discord's limits here.
    """
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
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
    lines = [_title(texts, job), texts("card-place", place=place)]
    if done_at is not None:
        lines.append(texts("card-done-at", when=relative_time(done_at)))
    if job.price > 1:
        lines.append(texts("card-price", price=job.price))
    return running_card(texts, job, lines, _WAITING)


def dreaming(
    texts: Texts, job: Job, progress: Progress, done_at: float | None, preview: bytes | None
) -> Card:
    """Draw a job that is being dreamed.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        progress: The newest progress report.
        done_at: The estimated end in Unix seconds, if there is an estimate.
        preview: The newest preview: a JPEG, or a WebP if the picture has transparency.
    """
    step = texts(
        "card-progress",
        octave=progress.octave + 1,
        octaves=progress.octaves,
        step=progress.step,
        steps=progress.steps,
    )
    return progress_card(texts, job, _title(texts, job), (progress.fraction, step), done_at, preview)


def progress_card(
    texts: Texts,
    job: Job,
    title: str,
    progress: tuple[float, str],
    done_at: float | None,
    preview: bytes | None,
    note: str | None = None,
) -> Card:
    """Draw a job in progress: its title, a bar, how far it is, the expected end and the newest preview.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        title: The title.
        progress: The share that is done, from 0 to 1, and a line that says so in words.
        done_at: The estimated end in Unix seconds, if there is an estimate.
        preview: The newest preview: a JPEG, or a WebP if the picture has transparency.
        note: A sentence below all that.
    """
    fraction, step = progress
    filled = round(_BAR_CELLS * fraction)
    lines = [title, f"`{'█' * filled}{'░' * (_BAR_CELLS - filled)}` {fraction:.0%}", step]
    if done_at is not None:
        lines.append(texts("card-done-at", when=relative_time(done_at)))
    if note is not None:
        lines.append(note)
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
    colour: discord.Colour = _DREAMING,
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
    pictures = [] if file is None else [gallery(file)]
    return Card(layout(ui.Container(text, *pictures, row, accent_colour=colour)), (file,) if file else ())


def ended(sentence: str, texts: Texts | None = None, job: Job | None = None) -> Card:
    """Draw a sentence about a job that ended without a dream, or that is paused.

    Args:
        sentence: The sentence.
        texts: The texts for a title; ``None`` for no title.
        job: The job for a title; ``None`` for no title.
    """
    title = f"{_title(texts, job)}\n" if texts and job else ""
    return Card(layout(ui.Container(ui.TextDisplay(title + sentence), accent_colour=_ENDED)))


def offer(texts: Texts, job: Job) -> Card:
    """Draw the offer to fetch a dream that may have arrived, which only its owner can see.

    Args:
        texts: The texts in the owner's language.
        job: The job.
    """
    text = ui.TextDisplay[ui.LayoutView](_title(texts, job) + "\n" + texts("card-perhaps"))
    return Card(layout(ui.Container(text, ui.ActionRow(button(texts, "fetch", job)), accent_colour=FINISHED)))


def plain(*texts: str) -> Card:
    """Draw paragraphs; if there are too many for a message, the last ones are joined."""
    paragraphs = [*texts[: MAX_TEXTS - 1], *filter(None, ["\n".join(texts[MAX_TEXTS - 1 :])])]
    displays = (ui.TextDisplay[ui.LayoutView](text) for text in paragraphs)
    return Card(layout(ui.Container(*displays, accent_colour=_DREAMING)))


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
        layout(ui.Container(ui.TextDisplay(sentence), gallery(file), accent_colour=FINISHED)), (file,)
    )


def _title(texts: Texts, job: Job) -> str:
    return "### " + title_of(texts, job.options, job.motion)


def gallery(file: discord.File) -> ui.MediaGallery[ui.LayoutView]:
    """Show a picture."""
    item = discord.MediaGalleryItem(file, description=file.description, spoiler=file.spoiler)
    return ui.MediaGallery(item)


def button(
    texts: Texts, action: Action, job: Job, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> ui.Button[ui.LayoutView]:
    """Make a button of a job."""
    return ui.Button(label=texts(f"button-{action}"), style=style, custom_id=custom_id(action, job))


def select(
    texts: Texts, action: Action, job: Job, options: list[discord.SelectOption]
) -> ui.ActionRow[ui.LayoutView]:
    """Make a select that dreams a job's source another way."""
    carried, placeholder = custom_id(action, job), texts(f"button-{action}")
    return ui.ActionRow(ui.Select(custom_id=carried, placeholder=placeholder, options=options))
