"""Small moving pictures, and what an animation shows."""

import io

import pytest
from PIL import Image, ImageSequence

from dream_engine.motion.recognition import is_video

FRAMES = 8


def moving(frames: int = FRAMES, width: int = 64, height: int = 48, *, noisy: bool = False) -> bytes:
    """A GIF in which a square wanders over a gradient, or over noise, which can hardly be compressed."""
    pictures = []
    for number in range(frames):
        smooth = Image.linear_gradient("L").resize((width, height))
        picture = (Image.effect_noise((width, height), 60) if noisy else smooth).convert("RGB")
        left = 4 * number % (width - 16)
        picture.paste("orange", (left, 10, left + 16, 26))
        pictures.append(picture)
    buffer = io.BytesIO()
    pictures[0].save(buffer, "gif", save_all=True, append_images=pictures[1:], duration=100, loop=0)
    return buffer.getvalue()


def converted(animation: bytes, file_format: str) -> bytes:
    """An animation in another format that Pillow writes."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(animation)) as image:
        image.save(buffer, file_format, save_all=True, duration=100, loop=0)
    return buffer.getvalue()


def clip(container: str = "mp4", frames: int = FRAMES) -> bytes:
    """The pictures of :func:`moving` as a video; skips the test if videos cannot be written."""
    av = pytest.importorskip("av")
    buffer = io.BytesIO()
    with (
        Image.open(io.BytesIO(moving(frames))) as pictures,
        av.open(buffer, "w", format=container) as output,
    ):
        stream = output.add_stream("libvpx" if container == "webm" else "libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = (*pictures.size, "yuv420p")
        for picture in ImageSequence.Iterator(pictures):
            output.mux(stream.encode(av.VideoFrame.from_image(picture.convert("RGB"))))
        output.mux(stream.encode())
    return buffer.getvalue()


def frames_of(animation: bytes) -> int:
    """The number of frames of an animation, decoded in this process by Pillow or PyAV alone."""
    if is_video(animation):
        import av  # only who has PyAV gets videos

        with av.open(io.BytesIO(animation)) as container:
            return sum(1 for _ in container.decode(video=0))
    with Image.open(io.BytesIO(animation)) as image:
        return len([frame.load() for frame in ImageSequence.Iterator(image)])
