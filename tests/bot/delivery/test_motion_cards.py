"""The cards of motions, in both languages."""

import re

import pytest

from bot.delivery import cards
from bot.delivery.motion_cards import moving, starting
from bot.delivery.result_card import result
from bot.options import DreamOptions
from bot.texts import packaged_catalogue
from dream_engine.motion.runner import MotionProgress
from tests.bot.delivery.test_cards import components_of, text_of
from tests.bot.records import NOW, a_job, an_outcome

ENGLISH, KOREAN = (packaged_catalogue().texts(language) for language in ("en", "ko"))
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


WAITING = "This uses 4 of your dreams, or none if you cancel before it starts."
STARTED = "This uses 4 of your dreams. If you cancel now, you get 3 back."
SPENT = "This uses 4 of your dreams, even if you cancel now."
KOREAN_WAITING = "이 꿈은 횟수를 4회 써요. 시작하기 전에 취소하면 차감되지 않아요."
KOREAN_STARTED = "이 꿈은 횟수를 4회 써요. 지금 취소하면 3회를 돌려 드려요."
KOREAN_SPENT = "이 꿈은 횟수를 4회 써요. 지금 취소해도 마찬가지예요."


@pytest.mark.parametrize(
    ("texts", "before", "after"),
    [(ENGLISH, WAITING, STARTED), (KOREAN, KOREAN_WAITING, KOREAN_STARTED)],
    ids=["en", "ko"],
)
def test_every_card_of_an_unfinished_motion_shows_a_price_of_more_than_one_dream(texts, before, after):
    job, progress = a_job(options=ZOOM, price=4), MotionProgress(12, 60, 0.25)
    drawn = [
        (cards.waiting(texts, job, 1, NOW), before),
        (starting(texts, job, NOW), after),
        (moving(texts, job, progress, NOW, b"\xff\xd8\xff"), after),
    ]
    for card, sentence in drawn:
        assert text_of(card).splitlines()[-1] == sentence
        assert labels_of(card) == [texts("button-cancel")]


@pytest.mark.parametrize(
    ("fraction", "sentence"),
    [
        (0.26, "This uses 4 of your dreams. If you cancel now, you get 2 back."),
        (0.75, "This uses 4 of your dreams. If you cancel now, you get 1 back."),
        (0.76, SPENT),
        (1.0, SPENT),
    ],
)
def test_the_card_of_a_motion_tells_what_cancelling_refunds_now(fraction, sentence):
    job = a_job(options=ZOOM, price=4)
    card = moving(ENGLISH, job, MotionProgress(1, 60, fraction), None, None)
    assert text_of(card).splitlines()[-1] == sentence
    korean = moving(KOREAN, job, MotionProgress(1, 60, 1.0), None, None)
    assert text_of(korean).splitlines()[-1] == KOREAN_SPENT


def test_a_zoom_counts_the_frames_of_its_animation_and_not_those_in_which_it_settles():
    counts = []
    for frame in range(198):
        progress = MotionProgress(frame, 197, frame / 197, animation_frames=90)
        card = text_of(moving(ENGLISH, a_job(options=ZOOM), progress, None, None))
        counts.append(int(re.search(r"Frame (\d+) of 90", card)[1]))
    assert counts == sorted(counts)
    assert (counts[0], counts[-2], counts[-1]) == (0, 89, 90)


def test_no_card_shows_the_price_of_one_dream():
    job = a_job(options=ZOOM)
    progress = MotionProgress(12, 60, 0.25)
    for card in (
        cards.waiting(ENGLISH, job, 1, None),
        starting(ENGLISH, job, None),
        moving(ENGLISH, job, progress, None, None),
    ):
        assert "uses" not in text_of(card)


def test_a_motion_that_starts_shows_its_name_and_the_expected_end():
    lines = text_of(starting(ENGLISH, a_job(options=ZOOM), NOW)).splitlines()
    assert lines == ["### Dreaming: Mild · Zoom", "Starting now.", f"Ready <t:{int(NOW)}:R>"]


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
    assert labels_of(card) == ["Reroll", "Adjust…", "Details", "Original", "Delete"]
    assert selects_of(card) == ["preset"]
    still = result(ENGLISH, a_job(), an_outcome(), b"an image")
    assert labels_of(still) == ["Deeper", "Reroll", "Adjust…", "Details", "Original", "Delete"]
    assert selects_of(still) == ["preset", "motion"]
