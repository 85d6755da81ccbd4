"""The options of a dream that a user can choose."""

from importlib.util import find_spec
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from bot.errors import NoThingsRefusal, UnknownLayerRefusal, UnknownPresetRefusal
from dream_engine import backbones, presets
from dream_engine.motion.settings import MotionSettings
from dream_engine.settings import DreamSettings

MOTIONS: Final = ("still", "zoom", "grow", "morph", "clip")
"""How a dream can move."""
OF_STILLS: Final = ("zoom", "grow", "morph")
"""How the dream of a still picture can move."""
ANIMATIONS: Final = ("webp", "gif", "avif")
"""The encodings of animations that need no video support."""
VIDEOS: Final = ("mp4", "webm")
"""The encodings of animations that need video support."""


class DreamOptions(BaseModel):
    """The options of one dream. ``None`` means the preset's value, or the bot's default.

    Attributes:
        preset: The preset's name.
        of: The name of the thing to dream of; replaces the preset's things.
        strength: A factor for the number of iterations.
        size: The longest side, in pixels.
        iterations: The number of steps per octave; overrides the preset's.
        octaves: The number of octaves; overrides the preset's.
        layer: The only layer of the objective; overrides the preset's layers.
        keep_colour: Whether the source's colours are kept; overrides the preset's choice.
        seed: The random seed. If it is ``None``, the bot draws one when it admits the job.
        spoiler: Whether the dream is hidden behind a spoiler.
        private: Whether only the requesting user sees the answer.
        motion: How the dream moves: ``still``, ``clip``, ``zoom``, ``grow`` or ``morph``; if it is ``None``,
            a moving source moves and any other is dreamed as a still.
        seconds: How long the motion is, at most.
        fps: The frames per second, at most.
        file_format: The encoding of the animation.
    """

    model_config = ConfigDict(frozen=True)

    preset: str
    of: str | None = None
    strength: float = 1.0
    size: int | None = None
    iterations: int | None = None
    octaves: int | None = None
    layer: str | None = None
    keep_colour: bool | None = None
    seed: int | None = None
    spoiler: bool = False
    private: bool = False
    motion: str | None = None
    seconds: float | None = None
    fps: float | None = None
    file_format: str | None = None

    @property
    def motion_settings(self) -> MotionSettings:
        """The engine's settings of the motion.

        Raises:
            SettingsError: A value is out of bounds.
        """
        values = {"motion": self.motion, "seconds": self.seconds, "fps": self.fps}
        return MotionSettings(**{name: value for name, value in values.items() if value is not None})

    def with_preset(self, preset: str) -> Self:
        """Return options with another preset, without the options that replaced the old preset's values."""
        replaced = ("layer", "iterations", "octaves", "keep_colour")
        return self.model_copy(update={**dict.fromkeys(replaced), "preset": preset})

    def settings(self, backbone: str, default_size: int, largest_size: int) -> DreamSettings:
        """Resolve the options to the engine's settings.

        Args:
            backbone: The name of the bot's backbone.
            default_size: The longest side, in pixels, if the options name none.
            largest_size: The maximum longest side, in pixels.

        Raises:
            Refusal: The preset or the layer does not exist, or the backbone cannot dream of things.
            SettingsError: A number is out of bounds.
        """
        if self.preset not in presets.PRESETS and not (self.of and self.preset == presets.THING):
            raise UnknownPresetRefusal(preset=self.preset)
        if self.of and not backbones.get(backbone).has_classifier:
            raise NoThingsRefusal
        if self.layer is not None and self.layer not in layer_names(backbone):
            raise UnknownLayerRefusal(layer=self.layer)
        overrides = {
            "iterations": self.iterations,
            "octaves": self.octaves,
            "layers": None if self.layer is None else {self.layer: 1.0},
            "classes": {self.of: 1.0} if self.of else None if self.layer is None else (),
            "keep_colour": self.keep_colour,
            "seed": self.seed,
        }
        settings = presets.get(self.preset).settings_for(backbone)
        settings = settings.replace(**{name: value for name, value in overrides.items() if value is not None})
        settings = settings.replace(size=min(self.size or default_size, largest_size))
        return settings.strengthened(self.strength)


def layer_names(backbone: str) -> list[str]:
    """Return the names of a backbone's layers, shallowest first."""
    return [layer.name for layer in backbones.get(backbone).layers]


def has_video_support() -> bool:
    """Whether videos can be read and written, for which PyAV must be installed."""
    return find_spec("av") is not None


def file_formats(*, with_videos: bool) -> tuple[str, ...]:
    """Return the encodings of animations that can be chosen, the most usual first."""
    return (*ANIMATIONS, *(VIDEOS if with_videos else ()))
