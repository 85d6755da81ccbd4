"""Builds small animations and videos, byte by byte where a test needs control over every part."""

import io
import struct
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from dream_engine.motion.source import Source
from tests.dream_engine.images.files import chunk, riff_chunk

HEIGHT, WIDTH = 48, 64
RED, GREEN, BLUE, CLEAR = (255, 0, 0), (0, 255, 0), (0, 0, 255), None
PALETTE = bytes((*RED, *GREEN, *BLUE, 9, 9, 9))


@dataclass(frozen=True)
class Part:
    """A frame of a GIF: rows of indices into PALETTE, or one index for all of its pixels."""

    index: int | np.ndarray = 0
    left: int = 0
    top: int = 0
    width: int = WIDTH
    height: int = HEIGHT
    ticks: int | None = 10
    disposal: int = 0
    transparent: int | None = None
    palette: bytes = b""
    interlaced: bool = False


def gif(*parts: Part, loops: int | None = None, size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    """A GIF with a delay of ``ticks`` hundredths of a second for each part."""
    content = b"GIF89a" + struct.pack("<HHBBB", *size, 0xF1, 0, 0) + PALETTE
    if loops is not None:
        content += b"!\xff\x0bNETSCAPE2.0\3\1" + struct.pack("<H", loops) + b"\0"
    return content + b"".join(map(_gif_frame, parts)) + b";"


def _gif_frame(part: Part) -> bytes:
    content = b""
    if part.ticks is not None:
        flags = part.disposal << 2 | (part.transparent is not None)
        content = b"!\xf9\4" + struct.pack("<BHBB", flags, part.ticks, part.transparent or 0, 0)
    table = {0: 0, 12: 0x81}[len(part.palette)] | (0x40 if part.interlaced else 0)
    descriptor = struct.pack("<HHHHB", part.left, part.top, part.width, part.height, table)
    indices = np.broadcast_to(np.asarray(part.index, np.uint8), (part.height, part.width))
    if part.interlaced:
        indices = np.concatenate([indices[0::8], indices[4::8], indices[2::4], indices[1::2]])
    return content + b"," + descriptor + part.palette + _lzw(indices.ravel().tolist())


def _lzw(indices: Sequence[int]) -> bytes:
    """Literal codes of nine bits; the table is cleared before they would grow."""
    codes = []
    for begin in range(0, len(indices), 250):
        codes += [256, *indices[begin : begin + 250]]
    bits = "".join(format(code, "09b")[::-1] for code in [*codes, 257])
    packed = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    blocks = (packed[at : at + 255] for at in range(0, len(packed), 255))
    return b"\x08" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def apng(*frames: tuple[np.ndarray, tuple[int, int], tuple[int, int], int, int], loops: int = 0) -> bytes:
    """An APNG of RGBA patches: each with its left and top, its delay as a fraction, disposal and blending."""
    content, number = b"", 0
    for index, (pixels, place, delay, disposal, blending) in enumerate(frames):
        height, width = pixels.shape[:2]
        control = struct.pack(">5I2H2B", number, width, height, *place, *delay, disposal, blending)
        content += chunk(b"fcTL", control)
        number += 1
        packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels))
        content += chunk(b"IDAT", packed) if not index else chunk(b"fdAT", struct.pack(">I", number) + packed)
        number += index > 0
    header = struct.pack(">2I5B", WIDTH, HEIGHT, 8, 6, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"acTL", struct.pack(">2I", len(frames), loops)) + content + chunk(b"IEND", b"")


def rgba(*colour: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    return np.full((height, width, len(colour)), colour, np.uint8)


def colours(count: int) -> list[Image.Image]:
    """Pictures of one colour each, darker to brighter."""
    step = 250 // max(1, count - 1)
    return [Image.fromarray(rgba(number * step, 100, 200)) for number in range(count)]


def animation(file_format: str, count: int = 6, **options: object) -> bytes:
    """An animation that Pillow writes, of 100 ms a frame unless ``duration`` says otherwise."""
    first, *others = colours(count)
    buffer = io.BytesIO()
    first.save(buffer, file_format, save_all=True, append_images=others, **{"duration": 100, **options})
    return buffer.getvalue()


def still_webp(image: Image.Image) -> bytes:
    """The chunks of a lossless WebP, without the file's header."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True)
    return buffer.getvalue()[12:]


def animated_webp(*frames: tuple[Image.Image, tuple[int, int], int, int], loops: int = 0) -> bytes:
    """A WebP of patches: each with its left and top, its ms, and its flags (1 clears, 2 replaces)."""
    side = struct.pack("<I", WIDTH - 1)[:3] + struct.pack("<I", HEIGHT - 1)[:3]
    body = riff_chunk(b"VP8X", b"\x12\0\0\0" + side) + riff_chunk(
        b"ANIM", bytes(4) + struct.pack("<H", loops)
    )
    for image, place, milliseconds, flags in frames:
        numbers = (place[0] // 2, place[1] // 2, image.width - 1, image.height - 1, milliseconds)
        header = b"".join(struct.pack("<I", number)[:3] for number in numbers) + bytes([flags])
        body += riff_chunk(b"ANMF", header + still_webp(image))
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def video(
    pictures: Sequence[np.ndarray],
    container: str = "mp4",
    codec: str = "libx264",
    *,
    rate: int = 10,
    times: Sequence[int] | None = None,
    pixels: str = "yuv420p",
    sound: bool = False,
    options: dict[str, str] | None = None,
    movflags: str = "",
    ratio: Fraction | None = None,
    **colour: int,
) -> bytes:
    """A video of RGB pictures; ``times`` are their times in ms, by default those of ``rate``."""
    container_options = {"movflags": movflags} if movflags else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video"  # a file, because FFmpeg reads it again for "faststart"
        with av.open(str(path), "w", format=container, container_options=container_options) as out:
            height, width = pictures[0].shape[:2]
            stream = out.add_stream(codec, rate=rate, options=options or {})
            stream.height, stream.width, stream.pix_fmt = height, width, pixels
            if ratio is not None:
                stream.codec_context.sample_aspect_ratio = ratio
            for name, value in colour.items():
                setattr(stream.codec_context, name, value)
            stream.codec_context.time_base = Fraction(1, 1000)
            tone = out.add_stream("aac", rate=44100, layout="mono") if sound else None
            for number, picture in enumerate(pictures):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                    format=pixels,
                    dst_colorspace=colour.get("colorspace"),
                    dst_color_range=colour.get("color_range"),
                )
                frame.pts = round(number * 1000 / rate) if times is None else times[number]
                frame.time_base = Fraction(1, 1000)
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
            if tone is not None:
                silence = av.AudioFrame.from_ndarray(np.zeros((1, 4410), np.float32), "fltp", "mono")
                silence.sample_rate, silence.pts = 44100, 0
                out.mux(tone.encode(silence))
                out.mux(tone.encode())
        return path.read_bytes()


def flat(*levels: int, height: int = HEIGHT, width: int = WIDTH) -> list[np.ndarray]:
    """RGB pictures of one grey each."""
    return [np.full((height, width, 3), level, np.uint8) for level in levels]


def shown(source: Source) -> list[tuple[np.ndarray, np.ndarray | None, float]]:
    """The frames of a source: colours, alpha, and the time that each is shown."""
    result = []
    for frame in source.frames:
        rgb, alpha = source.upright(frame.draw())
        result.append((np.array(rgb), None if alpha is None else np.array(alpha), frame.end - frame.start))
    return result
