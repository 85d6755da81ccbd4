"""The settings of a motion, each declared once."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dream_engine.bounds import first_error


class MotionSettings(BaseModel):
    """How a dream moves, and how its file is written: immutable, and validated on construction.

    Raises:
        SettingsError: A value is out of bounds. The error names the field, the bound and the value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    motion: Literal["still", "clip", "zoom", "grow", "morph"] | None = Field(
        None,
        description=(
            "How the dream moves: clip follows a moving source, zoom is an endless loop into the dream, grow "
            "shows how it came about, morph turns the source into it and back, still is one picture; none: "
            "clip for a moving source, else still."
        ),
    )
    seconds: float = Field(
        6.0, ge=0.5, le=30, description="The length of the motion; a longer moving source is cut to this."
    )
    fps: float = Field(
        15.0,
        ge=1,
        le=30,
        description="Frames per second; a moving source keeps its own timing, with no more frames than this.",
    )

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise first_error(error, type(self)) from None

    def replace(self, **changes: Any) -> Self:
        """Return these settings with some replaced, validated again."""
        return type(self)(**{**dict(self), **changes})

    @property
    def frames(self) -> int:
        """The most frames that the motion has."""
        return max(2, round(self.seconds * self.fps))
