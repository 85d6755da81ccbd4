"""The cards of motions, in both languages."""

import pytest

from bot.delivery import cards
from bot.delivery.motion_cards import moving
from bot.delivery.result_card import result
from bot.options import DreamOptions
from bot.texts import Catalogue
from dream_engine.motion.runner import MotionProgress
from tests.bot.delivery.test_cards import components_of, text_of
from tests.bot.records import NOW, a_job, an_outcome

ENGLISH, KOREAN = (Catalogue().texts(language) for language in ("en", "ko"))
ZOOM = DreamOptions(preset="mild", motion="zoom", seed=7)


def zoomed(**differences):
    facts = {"motion": "zoom", "frames": 60, "fps": 15.0, "file_format": "webp"}
    return an_outcome(**facts | differences)


def labels_of(card):
    return [part["label"] for part in components_of(card) if part["type"] == 2]


def selects_of(card):
    return [part["custom_id"].split(":")[1] for part in components_of(card) if part["type"] == 3]


@pytest.mark.parametrize(
    ("texts", "title", "frame"),
    [
        (ENGLISH, "### Dreaming: Mild · Zoom", "Frame 12 of 60"),
        (KOREAN, "### 꿈꾸는 중: 은은하게 · 줌", "프레임 12/60"),
    ],
    ids=["en", "ko"],
)
def test_a_motion_in_progress_shows_its_name_a_bar_the_frame_the_end_and_the_newest_frame(
    texts, title, frame
):
    card = moving(texts, a_job(options=ZOOM), MotionProgress(12, 60, 0.25), NOW, b"\xff\xd8\xff")
    bar, percentage = "`████░░░░░░░░░░░░`", f"25% · {texts('card-ready', when=f'<t:{int(NOW)}:R>')}"
    assert text_of(card).splitlines() == [title, bar, percentage, frame]
    assert card.files[0].filename.startswith("growing-")
    assert labels_of(card) == [texts("button-cancel")]


def test_a_source_that_moves_by_itself_is_shown_as_a_clip():
    card = moving(ENGLISH, a_job(), MotionProgress(0, 60, 0.0), None, None)
    assert "### Dreaming: Mild · Clip" in text_of(card)


class Priced:
    """A job with a price."""

    def __init__(self, job, price):
        self._job, self.price = job, price

    def __getattr__(self, name):
        return getattr(self._job, name)


@pytest.mark.parametrize(
    ("price", "line"), [(1, None), (4, "This uses 4 of your dreams.")], ids=["one", "several"]
)
def test_a_waiting_card_tells_a_price_of_more_than_one_dream(price, line):
    text = text_of(cards.waiting(ENGLISH, Priced(a_job(options=ZOOM), price), 1, None))
    assert (line in text) if line else ("uses" not in text)


@pytest.mark.parametrize("file_format", ["webp", "gif", "avif", "mp4", "webm"])
def test_a_finished_motion_shows_its_file_and_facts(file_format):
    job = a_job(options=ZOOM)
    card = result(ENGLISH, job, zoomed(file_format=file_format), b"an animation")
    (file,) = card.files
    assert file.filename == f"dream-{job.id}.{file_format}"
    assert file.description == "An animated dream: Mild · Zoom, 640 × 480 pixels"
    assert "**Mild · Zoom** · dreamed in" in text_of(card)
    assert text_of(card).endswith("\n-# 60 frames · 15 a second")


def test_a_finished_motion_says_what_was_reduced():
    outcome = zoomed(reduced=("quality", "rate", "size"))
    line = "Reduced to fit the upload limit here: lower quality, fewer frames, smaller size."
    assert line in text_of(result(ENGLISH, a_job(options=ZOOM), outcome, b"an animation"))
    text = text_of(result(KOREAN, a_job(options=ZOOM), outcome, b"an animation"))
    assert "줄였어요: 화질, 프레임 수, 크기." in text


@pytest.mark.parametrize(
    ("texts", "frames", "line"),
    [
        (ENGLISH, 90, "-# I dreamed only the first 6 seconds of your clip."),
        (ENGLISH, 15, "-# I dreamed only the first second of your clip."),
        (ENGLISH, 100, "-# I dreamed only the first 6.7 seconds of your clip."),
        (KOREAN, 90, "-# 영상이 길어서 처음 6초만 꿈으로 바꿨어요."),
    ],
)
def test_a_clip_of_which_only_the_beginning_was_dreamed_says_so(texts, frames, line):
    outcome = zoomed(motion="clip", frames=frames, has_more=True)
    assert line in text_of(result(texts, a_job(), outcome, b"an animation")).splitlines()
    whole = zoomed(motion="clip", frames=frames)
    assert line not in text_of(result(texts, a_job(), whole, b"an animation"))


def test_a_motion_is_dreamed_again_or_otherwise_but_not_deeper():
    card = result(ENGLISH, a_job(options=ZOOM), zoomed(), b"an animation")
    assert labels_of(card) == ["Reroll", "Details", "Original", "Delete"]
    assert selects_of(card) == ["preset"]
    still = result(ENGLISH, a_job(), an_outcome(), b"an image")
    assert labels_of(still) == ["Deeper", "Reroll", "Details", "Original", "Delete"]
    assert selects_of(still) == ["preset", "motion"]
