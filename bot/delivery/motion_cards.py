"""Draws the cards of motions."""

from bot.delivery.cards import Card, progress_card, running_card
from bot.delivery.dream_names import title_of
from bot.models import Job
from bot.rate_limit import price_used
from bot.texts import Texts
from bot.texts.catalogue import relative_time
from dream_engine.motion.runner import MotionProgress


def starting(texts: Texts, job: Job, done_at: float | None, fraction: float = 0.0) -> Card:
    """Draw a motion that starts or continues now and costs more than one dream, with its price.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        done_at: The estimated end in Unix seconds, if there is an estimate.
        fraction: The share of the motion that was done before a restart, from 0 to 1.
    """
    lines = [_title(texts, job), texts("card-starts")]
    if done_at is not None:
        lines.append(texts("card-done-at", when=relative_time(done_at)))
    return running_card(texts, job, [*lines, *filter(None, [_price(texts, job, fraction)])])


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
    shown, frames = progress.shown
    frame = texts("card-frame", frame=shown, frames=frames)
    title, note = _title(texts, job), _price(texts, job, progress.fraction)
    return progress_card(texts, job, title, progress.fraction, done_at, preview, frame, note)


def _title(texts: Texts, job: Job) -> str:
    motion = job.motion or job.options.motion or "clip"  # by itself, only a clip moves
    return "### " + title_of(texts, job.options, motion)


def _price(texts: Texts, job: Job, fraction: float) -> str | None:
    """The price of a motion that has started, and the refund of cancelling it now.

    Args:
        texts: The texts in the owner's language.
        job: The job.
        fraction: The share of the motion that is done, from 0 to 1.

    Returns:
        The sentence; ``None`` if the motion costs no more than a still.
    """
    if job.price <= 1:
        return None
    if refund := job.price - price_used(job.price, fraction):
        return texts("card-price-started", price=job.price, refund=refund)
    return texts("card-price-spent", price=job.price)
