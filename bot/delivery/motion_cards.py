"""Draws the cards of motions."""

from bot.delivery.cards import Card, progress_card
from bot.delivery.dream_names import title_of
from bot.models import Job
from bot.texts import Texts
from dream_engine.motion.runner import MotionProgress


def moving(
    texts: Texts, job: Job, progress: MotionProgress, done_at: float | None, preview: bytes | None
) -> Card:
    """Draw a motion that is being dreamed.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        progress: The newest progress report.
        done_at: The estimated end in Unix seconds, if there is an estimate.
        preview: The newest frame: a small JPEG, or a WebP if the source has transparency.
    """
    motion = job.motion or job.options.motion or "clip"  # by itself, only a clip moves
    title = "### " + title_of(texts, job.options, motion)
    frame = texts("card-frame", frame=progress.frame, frames=progress.frames)
    return progress_card(texts, job, title, progress.fraction, done_at, preview, frame)
