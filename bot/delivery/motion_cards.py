"""Draws the cards of motions."""

from bot.delivery import cards
from bot.delivery.cards import Card
from bot.models import Job
from bot.texts import Texts
from dream_engine.dreams import Progress
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
        preview: The newest preview: a JPEG, or a WebP if the picture has transparency.
    """
    frames = Progress(0, 1, progress.frame, progress.frames, 0, 0, 0.0, progress.fraction)
    return cards.dreaming(texts, job, frames, done_at, preview)
