"""Draws the cards of motions."""

from bot.delivery.cards import Card, progress_card, running_card
from bot.delivery.dream_names import title_of
from bot.models import Job
from bot.texts import Texts
from bot.texts.catalogue import relative_time
from dream_engine.motion.runner import MotionProgress


def starting(texts: Texts, job: Job, done_at: float | None) -> Card:
    """Draw a motion that starts now and costs more than one dream, with its price.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        done_at: The estimated end in Unix seconds, if there is an estimate.
    """
    lines = [_title(texts, job), texts("card-starts")]
    if done_at is not None:
        lines.append(texts("card-done-at", when=relative_time(done_at)))
    return running_card(texts, job, [*lines, *filter(None, [_price(texts, job)])])


def moving(
    texts: Texts, job: Job, progress: MotionProgress, done_at: float | None, preview: bytes | None
) -> Card:
    """Draw a motion that is being dreamed, with its price if it costs more than one dream.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        progress: The newest progress report.
        done_at: The estimated end in Unix seconds, if there is an estimate.
        preview: The newest frame: a small JPEG, or a WebP if the source has transparency.
    """
    frame = texts("card-frame", frame=progress.frame, frames=progress.frames)
    title, note = _title(texts, job), _price(texts, job)
    return progress_card(texts, job, title, (progress.fraction, frame), done_at, preview, note)


def _title(texts: Texts, job: Job) -> str:
    motion = job.motion or job.options.motion or "clip"  # by itself, only a clip moves
    return "### " + title_of(texts, job.options, motion)


def _price(texts: Texts, job: Job) -> str | None:
    """The price of a motion that has started; nothing if it is that of a still."""
    return texts("card-price-started", price=job.price) if job.price > 1 else None
