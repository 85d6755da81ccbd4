"""What people see: a job that waits, a dream that grows, the dream; pure, and the same after a restart."""

import hashlib
import io
from dataclasses import dataclass
from typing import Literal

import discord
from discord import ui

from bot.delivery.message_limits import MAX_TEXTS, cut, shortened
from bot.models import Job, Outcome
from bot.texts import Texts
from bot.texts.catalogue import moment
from dream_engine.dreams import Progress
from dream_engine.presets import PRESETS

Action = Literal["cancel", "deeper", "again", "original", "delete", "fetch", "preset"]

_WAITING, _DREAMING, _FINISHED, _ENDED = (
    discord.Colour(colour) for colour in (0x6B7A99, 0x8E5BD6, 0x3DA58A, 0x99707A)
)
_BAR_CELLS = 16
_LONGEST_LAYERS = 1000
"""So many characters of the layers' names are told; the rest of the settings is told in any case."""
_SUFFIXES = {"png": "png", "jpeg": "jpg", "webp": "webp"}


@dataclass(frozen=True, slots=True)
class Card:
    """A message's whole content, made anew for each time that it is sent: sending closes the file.

    Attributes:
        view: Its text and buttons.
        files: The pictures in it.
    """

    view: ui.LayoutView
    files: tuple[discord.File, ...] = ()


def layout(*items: ui.Item[ui.LayoutView]) -> ui.LayoutView:
    """A view whose buttons are answered by what is in their ids, and not by this object.

    Every card is made here, so here its texts are cut to what Discord takes.
    """
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()  # or the client would keep it, and wait for its buttons
    return shortened(view)


def custom_id(action: Action, job_id: str) -> str:
    """What a button carries: all that is needed to answer it, in any process."""
    return f"dream:{action}:{job_id}"


def owner_mark(job_id: str, user_id: int) -> str:
    """Tells whether a message belongs to who asks, also when nothing is kept of its job any more.

    Args:
        job_id: The job, by which no two marks of one person are alike.
        user_id: Whose it may be.
    """
    return hashlib.sha256(f"{job_id}:{user_id}".encode()).hexdigest()[:16]


def waiting(texts: Texts, job: Job, place: int, done_at: float | None) -> Card:
    """A job that waits for its turn.

    Args:
        texts: The language.
        job: The job.
        place: Its place in the queue; 1 is next.
        done_at: When it will be done, in Unix seconds, if that can be told.
    """
    lines = [_title(texts, job), texts("card-place", place=place)]
    if done_at is not None:
        lines.append(texts("card-done-at", when=moment(done_at)))
    return _running_card(texts, job, "\n".join(lines), _WAITING)


def dreaming(
    texts: Texts, job: Job, progress: Progress, done_at: float | None, preview: bytes | None
) -> Card:
    """A dream that grows.

    Args:
        texts: The language.
        job: The job.
        progress: How far it is.
        done_at: When it will be done, in Unix seconds, if that can be told.
        preview: The newest preview, a JPEG or, where there is transparency, a WebP.
    """
    filled = round(_BAR_CELLS * progress.fraction)
    lines = [
        _title(texts, job),
        f"`{'█' * filled}{'░' * (_BAR_CELLS - filled)}` {progress.fraction:.0%}",
        texts(
            "card-progress",
            octave=progress.octave + 1,
            octaves=progress.octaves,
            step=progress.step,
            steps=progress.steps,
        ),
    ]
    if done_at is not None:
        lines.append(texts("card-done-at", when=moment(done_at)))
    file = None
    if preview is not None:
        description = texts("alt-preview", preset=texts.preset(job.options.preset))
        suffix = "webp" if preview.startswith(b"RIFF") else "jpg"
        file = picture_file(preview, f"growing-{job.id}.{suffix}", description, spoiler=job.options.spoiler)
    return _running_card(texts, job, "\n".join(lines), _DREAMING, file)


def result(texts: Texts, job: Job, outcome: Outcome, image: bytes, note: str | None = None) -> Card:
    """A finished dream, and what can be done with it.

    Args:
        texts: The language.
        job: The job.
        outcome: What is told about the dream.
        image: The file's content.
        note: What is said before.
    """
    preset = texts.preset(job.options.preset)
    file = picture_file(
        image,
        f"{dream_file_stem(job)}.{_SUFFIXES[outcome.file_format]}",
        texts("alt-dream", preset=preset, width=str(outcome.width), height=str(outcome.height)),
        spoiler=job.options.spoiler,
    )
    made_by = [
        texts(
            "card-settings",
            layers=cut(outcome.layers, _LONGEST_LAYERS),
            octaves=outcome.octaves,
            steps=outcome.iterations,
            size=f"{outcome.width} × {outcome.height}",
            seed=str(outcome.seed),
        ),
        *([texts("card-guided")] if outcome.guided else []),
        *([texts("card-own-colours")] if outcome.keep_colour else []),
    ]
    told = [
        *([note] if note else []),
        texts("card-dreamed", preset=preset, seconds=round(outcome.seconds, 1)),
        f"-# {' · '.join(made_by)}",
    ]
    if outcome.is_cut_short:
        told.append("-# " + texts("card-cut-short"))
    if outcome.guide_is_cut_short:
        told.append("-# " + texts("card-guide-cut-short"))
    if outcome.wanted_height is not None:
        size = f"{outcome.wanted_width} × {outcome.wanted_height}"
        told.append("-# " + texts("card-shrunk", size=size))
    if outcome.height < outcome.dreamed_height:
        size = f"{outcome.dreamed_width} × {outcome.dreamed_height}"
        told.append("-# " + texts("card-scaled", size=size))
    elif outcome.file_format != "png":
        told.append(
            "-# " + texts("card-encoded", format={"webp": "WebP", "jpeg": "JPEG"}[outcome.file_format])
        )
    return Card(
        layout(
            ui.Container(
                _gallery(file),
                ui.TextDisplay("\n".join(told)),
                ui.ActionRow(
                    _button(texts, "deeper", job, discord.ButtonStyle.primary),
                    _button(texts, "again", job),
                    _button(texts, "original", job),
                    _button(texts, "delete", job, discord.ButtonStyle.danger),
                ),
                ui.ActionRow(_preset_select(texts, job)),
                accent_colour=_FINISHED,
            )
        ),
        (file,),
    )


def ended(sentence: str, texts: Texts | None = None, job: Job | None = None) -> Card:
    """A job that came to no dream, or one that rests.

    Args:
        sentence: What became of it.
        texts: The language of the title …
        job: … and whose it is, where one helps.
    """
    title = f"{_title(texts, job)}\n" if texts and job else ""
    return Card(layout(ui.Container(ui.TextDisplay(title + sentence), accent_colour=_ENDED)))


def offer(texts: Texts, job: Job) -> Card:
    """A dream that may have reached its owner, who alone can tell.

    Args:
        texts: The language.
        job: Whose it is.
    """
    text = ui.TextDisplay[ui.LayoutView](_title(texts, job) + "\n" + texts("card-perhaps"))
    return Card(
        layout(ui.Container(text, ui.ActionRow(_button(texts, "fetch", job)), accent_colour=_FINISHED))
    )


def plain(*texts: str) -> Card:
    """Paragraphs; of very many, the last are one."""
    paragraphs = [*texts[: MAX_TEXTS - 1], *filter(None, ["\n".join(texts[MAX_TEXTS - 1 :])])]
    displays = (ui.TextDisplay[ui.LayoutView](text) for text in paragraphs)
    return Card(layout(ui.Container(*displays, accent_colour=_DREAMING)))


def picture_file(content: bytes, name: str, description: str, *, spoiler: bool = False) -> discord.File:
    """A picture to upload.

    Args:
        content: The file's content.
        name: The file's name, made by us.
        description: Told to who cannot see it.
        spoiler: Whether it is hidden until it is clicked.
    """
    return discord.File(io.BytesIO(content), filename=name, description=description[:1024], spoiler=spoiler)


def dream_file_stem(job: Job) -> str:
    """The name of a dream's file but for its ending; by it a message shows which job it has answered."""
    return f"dream-{job.id}"


def picture_card(sentence: str, file: discord.File) -> Card:
    """A picture under a sentence."""
    return Card(
        layout(ui.Container(ui.TextDisplay(sentence), _gallery(file), accent_colour=_FINISHED)), (file,)
    )


def _running_card(
    texts: Texts, job: Job, text: str, colour: discord.Colour, file: discord.File | None = None
) -> Card:
    row = ui.ActionRow(_button(texts, "cancel", job))
    if file is None:
        return Card(layout(ui.Container(ui.TextDisplay(text), row, accent_colour=colour)))
    container = ui.Container(ui.TextDisplay(text), _gallery(file), row, accent_colour=colour)
    return Card(layout(container), (file,))


def _title(texts: Texts, job: Job) -> str:
    return "### " + texts("card-title", preset=texts.preset(job.options.preset))


def _gallery(file: discord.File) -> ui.MediaGallery[ui.LayoutView]:
    item = discord.MediaGalleryItem(file, description=file.description, spoiler=file.spoiler)
    return ui.MediaGallery(item)


def _button(
    texts: Texts, action: Action, job: Job, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> ui.Button[ui.LayoutView]:
    carried = custom_id(action, job.id)
    if action == "delete":
        carried += f":{owner_mark(job.id, job.user_id)}"
    return ui.Button(label=texts(f"button-{action}"), style=style, custom_id=carried)


def _preset_select(texts: Texts, job: Job) -> ui.Select[ui.LayoutView]:
    options = [
        discord.SelectOption(
            label=texts.preset(name), value=name, description=texts(f"preset-{name}-description")[:100]
        )
        for name in PRESETS
    ]
    return ui.Select(
        custom_id=custom_id("preset", job.id), placeholder=texts("button-preset"), options=options
    )
