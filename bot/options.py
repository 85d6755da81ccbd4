"""What a person wishes for, as far as it is no picture."""

from pydantic import BaseModel, ConfigDict

from bot.errors import UnknownLayerRefusal, UnknownPresetRefusal
from dream_engine import backbones
from dream_engine.presets import PRESETS
from dream_engine.settings import DreamSettings


class DreamOptions(BaseModel):
    """The options of one dream; ``None`` leaves the choice to the preset, or to the bot.

    Attributes:
        preset: The preset's name.
        strength: How many times as deep as the preset.
        size: The longest side, in pixels.
        iterations: The steps at every octave, in place of the preset's.
        octaves: Over how many scales, in place of the preset's.
        layer: The one layer to raise, in place of the preset's.
        keep_colour: Whether the source's colours stay, in place of the preset's.
        seed: The chance, drawn when the job is accepted if nobody names one.
        spoiler: Whether the answer is hidden until it is clicked.
        private: Whether only the person who asked sees the answer.
    """

    model_config = ConfigDict(frozen=True)

    preset: str
    strength: float = 1.0
    size: int | None = None
    iterations: int | None = None
    octaves: int | None = None
    layer: str | None = None
    keep_colour: bool | None = None
    seed: int | None = None
    spoiler: bool = False
    private: bool = False

    def settings(self, backbone: str, default_size: int, largest_size: int) -> DreamSettings:
        """The settings that the wish comes to.

        Args:
            backbone: The network that the bot dreams with.
            default_size: The longest side, in pixels, where the wish names none.
            largest_size: The longest side, in pixels, that may be had.

        Raises:
            Refusal: There is no such preset or layer.
            SettingsError: A number is out of its bounds.
        """
        if self.preset not in PRESETS:
            raise UnknownPresetRefusal(preset=self.preset)
        if self.layer is not None and self.layer not in layer_names(backbone):
            raise UnknownLayerRefusal(layer=self.layer)
        chosen = {
            "iterations": self.iterations,
            "octaves": self.octaves,
            "layers": None if self.layer is None else {self.layer: 1.0},
            "keep_colour": self.keep_colour,
            "seed": self.seed,
        }
        settings = PRESETS[self.preset].settings_for(backbone)
        settings = settings.replace(**{name: value for name, value in chosen.items() if value is not None})
        settings = settings.replace(size=min(self.size or default_size, largest_size))
        return settings.strengthened(self.strength)


def layer_names(backbone: str) -> list[str]:
    """The layers of a backbone, shallowest first."""
    return [layer.name for layer in backbones.get(backbone).layers]
