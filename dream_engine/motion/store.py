"""Keeps the frames of one motion in a folder, so that it continues after a restart."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dream_engine.errors import DreamError
from dream_engine.file_content import write
from dream_engine.frames import Chunk, Frame
from dream_engine.motion.plan import MotionPlan
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings


class FrameStore:
    """A folder with the plan of a motion, its source's frames, and what is finished of it.

    Every file is written atomically. A chunk is finished once its state exists.

    Args:
        folder: The folder, created if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("source", "frames", "chunks"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def save_plan(self, plan: MotionPlan, settings: DreamSettings) -> None:
        """Save the plan, after the source's frames."""
        text = {"plan": plan.model_dump(mode="json"), "settings": settings.model_dump(mode="json")}
        write(self._folder / "plan.json", json.dumps(text).encode())

    def plan(self) -> tuple[MotionPlan, DreamSettings] | None:
        """The saved plan, and the settings with their seed; ``None`` if there is none that can be read."""
        try:
            saved: dict[str, Any] = json.loads((self._folder / "plan.json").read_bytes())
            return MotionPlan.model_validate(saved["plan"]), DreamSettings(**saved["settings"])
        except (OSError, ValueError, KeyError, TypeError, ValidationError, DreamError):
            return None

    def put_source(self, index: int, picture: bytes) -> None:
        """Save a frame of the source, the content of a picture's file."""
        write(self._source(index), picture)

    def source(self, index: int) -> bytes:
        """A frame of the source."""
        return self._source(index).read_bytes()

    def put_frame(self, frame: Frame) -> None:
        """Save a finished frame."""
        write(self._frame(frame.index), frame.picture)

    def frame(self, index: int) -> bytes:
        """A finished frame, the content of a picture's file."""
        return self._frame(index).read_bytes()

    def finish_chunk(self, number: int, chunk: Chunk) -> None:
        """Save the state in which a chunk ended, after its frames."""
        text = {"settings": chunk.settings.model_dump(mode="json"), "precision": chunk.precision}
        write(self._folder / "chunks" / f"{number:05}.json", json.dumps(text).encode())
        write(self._state(number), chunk.state)

    def is_finished(self, number: int) -> bool:
        """Whether a chunk is finished."""
        return self._state(number).exists()

    def state(self, number: int) -> tuple[bytes, DreamSettings]:
        """The state in which a finished chunk ended, and its settings."""
        return self._state(number).read_bytes(), self.outcome(number)[0]

    def outcome(self, number: int) -> tuple[DreamSettings, Precision]:
        """The settings of a finished chunk, and the number format that it was computed in."""
        text = json.loads((self._folder / "chunks" / f"{number:05}.json").read_bytes())
        return DreamSettings(**text["settings"]), text["precision"]

    def drop_state(self, number: int) -> None:
        """Empty the state of a finished chunk that no other chunk continues any more."""
        write(self._state(number), b"")

    def _source(self, index: int) -> Path:
        return self._folder / "source" / f"{index:05}.png"

    def _frame(self, index: int) -> Path:
        return self._folder / "frames" / f"{index:05}.png"

    def _state(self, number: int) -> Path:
        return self._folder / "chunks" / f"{number:05}.state"
