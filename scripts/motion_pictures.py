"""Makes the animations of docs/motion.md: ``python -m scripts.motion_pictures``."""

import io
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.synthetic_clip import synthetic_clip
from dream_engine import DreamSession

ROOT = Path(__file__).parent.parent
_SIZE = 320
_MAX_BYTES = 1_400_000
_CLIP_FRAMES = 40
_CLIP_MILLISECONDS = 80

_MOTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "zoom": ("cat.jpg", {"preset": "animals", "seconds": 5.2}),
    "grow": ("pavilion.jpg", {"preset": "animals", "seconds": 4}),
    "morph": ("mountains.jpg", {"preset": "intense", "seconds": 4}),
}
"""The example and the options of each motion."""


def main() -> None:
    """Write the animations."""
    folder = ROOT / "docs" / "images"
    with DreamSession() as session:
        for motion, (example, options) in _MOTIONS.items():
            _show(
                session.animate(
                    ROOT / "examples" / example,
                    folder / f"motion-{motion}.webp",
                    motion=motion,
                    size=_SIZE,
                    seed=1,
                    max_bytes=_MAX_BYTES,
                    **options,
                )
            )
        _show(
            session.animate(
                _moving_source(),
                folder / "motion-clip.webp",
                preset="animals",
                size=_SIZE,
                seed=1,
                max_bytes=_MAX_BYTES,
            )
        )


def _moving_source() -> bytes:
    """A WebP in which a camera moves over a landscape, and a cat's face passes."""
    clip = synthetic_clip(_CLIP_FRAMES, (_SIZE, round(_SIZE / 1.5)))
    first, *rest = (Image.fromarray(frame.pixels) for frame in clip)
    buffer = io.BytesIO()
    first.save(
        buffer,
        "webp",
        save_all=True,
        append_images=rest,
        duration=_CLIP_MILLISECONDS,
        loop=0,
        quality=95,
    )
    return buffer.getvalue()


def _show(dream: Any) -> None:
    print(dream.rendition)


if __name__ == "__main__":
    main()
