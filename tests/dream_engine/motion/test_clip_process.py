"""Whatever its bytes, a clip is frames or one sentence."""

import io
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image

from dream_engine.errors import PictureError
from dream_engine.motion import clip_process
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.recognition import clip_format
from tests.dream_engine.images.files import saved
from tests.dream_engine.motion.clip_files import Part, apng, gif, rgba, video

NOISE = np.random.default_rng(1).integers(0, 255, (4, 48, 64, 3), np.uint8)
TASK = {"limits": asdict(ClipLimits(megapixels=1)), "fps": 15, "seconds": 5, "size": 40}


def animation(file_format: str) -> bytes:
    first, *others = map(Image.fromarray, NOISE)
    return saved(first, file_format, save_all=True, append_images=others, duration=50)


CLIPS = {
    "GIF": animation("GIF"),
    "WEBP": animation("WEBP"),
    "PNG": animation("PNG"),
    "AVIF": animation("AVIF"),
    "MP4": video(list(NOISE), movflags="faststart"),
    "fragments": video(list(NOISE), movflags="frag_keyframe+empty_moov"),
    "WebM": video(list(NOISE), "webm", "libvpx-vp9"),
    "partial GIF": gif(Part(0, disposal=2), Part(1, left=4, width=30, transparent=2, disposal=3), Part(2)),
    "partial PNG": apng(*[(rgba(9, 9, 9, 100), (0, 0), (1, 10), number % 3, 1) for number in range(4)]),
}


def mutated(data: bytes, random: np.random.Generator) -> bytes:
    """A file that is truncated, or has other bytes or other numbers in some places."""
    changed = bytearray(data)
    match random.integers(3):
        case 0:
            return data[: random.integers(1, len(data))]
        case 1:
            for _ in range(random.integers(1, 20)):
                changed[random.integers(len(changed))] = random.integers(256)
        case _:
            for _ in range(random.integers(1, 6)):
                begin = random.integers(min(len(changed) - 4, 1500))
                changed[begin : begin + 4] = (
                    random.choice([0, 1, 127, 128, 255], 4).astype(np.uint8).tobytes()
                )
    return bytes(changed)


@pytest.mark.parametrize("kind", CLIPS)
@pytest.mark.filterwarnings("ignore")
def test_a_modified_clip_is_frames_or_a_sentence(kind):
    random = np.random.default_rng(len(kind))
    for _ in range(150):
        data = mutated(CLIPS[kind], random)
        if clip_format(data) is None:
            continue
        sent = io.BytesIO()
        try:
            clip_process._read(TASK, data, sent)
        except (PictureError, MemoryError):
            continue
        assert b'"end": true' in sent.getvalue()


def test_an_incomplete_task_is_no_fault_of_the_clip():
    with pytest.raises(KeyError):
        clip_process._read({"limits": TASK["limits"]}, CLIPS["GIF"], io.BytesIO())
