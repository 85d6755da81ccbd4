"""Settings of a dream, each declared once.

The command's options, the tables in the docs and the validation all read the fields of
:class:`DreamSettings`: their type, bounds, default and description.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from dream_engine import backbones
from dream_engine.bounds import first_error
from dream_engine.errors import SettingsError
from dream_engine.objective_weights import MAX_CLASSES, ClassWeights, LayerWeights
from dream_engine.shapes import TILES


def _picture_hash(description: str) -> Any:
    """A field that identifies a picture by its SHA-256; the settings do not contain the picture."""
    bound = "a picture's SHA-256 in 64 hexadecimal digits"
    pattern = "^[0-9a-f]{64}$"
    return Field(None, pattern=pattern, description=description, json_schema_extra={"bound": bound})


MIN_STRENGTH, MAX_STRENGTH = 0.25, 4.0
"""The bounds of the factor by which a user may scale the number of iterations."""

_OMITTED_DEFAULTS = (
    "classes",
    "mask",
    "scale_jitter",
    "colour_decorrelation",
    "frequency_emphasis",
    "soft_range",
)
"""Settings that are serialised only if they differ from their default: earlier versions do not know them."""


class DreamSettings(BaseModel):
    """The settings of one dream: immutable, and validated on construction.

    Distances are in pixels of the picture as it is dreamed. The picture's values range from -1 to 1.

    Raises:
        SettingsError: A value is out of bounds or conflicts with another. The error names the field, the
            bound and the value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    backbone: str = Field(
        backbones.DEFAULT,
        description="The pretrained network to dream with.",
        json_schema_extra={"bound": "the name of a backbone"},
    )
    layers: LayerWeights = Field(
        (),
        description=(
            "The layers whose activations are maximised, and their weights. LAYER:NUMBER is one channel "
            "of a layer; none: the backbone's default layers."
        ),
        json_schema_extra={"bound": "layer names with weights from -100 to 100"},
    )
    channels: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (),
        description="Maximise only these channels of the one chosen layer.",
        json_schema_extra={"bound": "whole numbers from 0"},
    )
    strongest: int | None = Field(
        None, ge=1, le=64, description="Maximise only this many channels: those that the source excites most."
    )
    classes: ClassWeights = Field(
        (),
        description=(
            "The things that grow in the picture, and their weights: classes of ImageNet, which dream "
            "--list-things names. Without layers, only they are maximised."
        ),
        json_schema_extra={"bound": f"at most {MAX_CLASSES} things with weights above 0 and at most 100"},
    )
    guide: str | None = _picture_hash("A second picture whose shapes and textures guide the dream.")
    mask: str | None = _picture_hash(
        "A picture whose white parts dream and whose black parts stay; grey is in between."
    )
    octaves: int = Field(4, ge=1, le=12, description="The number of scales at which the picture is dreamed.")
    octave_scale: float = Field(1.4, ge=1.1, le=3.0, description="The ratio between one scale and the next.")
    iterations: int = Field(
        20, ge=1, le=500, description="The number of gradient ascent steps at each octave."
    )
    step_size: float = Field(
        0.012, gt=0, le=0.5, description="The mean change of the picture's values in one step."
    )
    max_loss: float | None = Field(
        None, gt=0, description="An octave ends early once its loss exceeds this; none: never."
    )
    jitter: int = Field(
        64,
        ge=0,
        le=256,
        description="The most pixels by which the picture is shifted at random before each step.",
    )
    scale_jitter: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="The most by which each step shows the picture larger or smaller, as a share of it.",
    )
    clip: bool = Field(True, description="Clip the picture to the range from black to white after each step.")
    smoothing: float = Field(
        0.0, ge=0, le=4, description="The blur of the gradient in pixels, for softer, more painterly shapes."
    )
    colour_decorrelation: float = Field(
        0.0,
        ge=0,
        le=1,
        description=(
            "How far the gradient's colours are mixed as in photographs, where they vary together; 0: not "
            "at all, 1: almost grey."
        ),
    )
    frequency_emphasis: float = Field(
        0.0,
        ge=0,
        le=1.5,
        description=(
            "How much more low frequencies of the gradient weigh: by 1 ÷ frequency to this power; 0: as they "
            "are."
        ),
    )
    soft_range: float = Field(
        0.0,
        ge=0,
        le=1,
        description=(
            "The distance from black and white, as a share of half the range, within which steps become "
            "shorter; 0: they stop only at black and white."
        ),
    )
    detail: Literal["anchored", "reference"] = Field(
        "anchored",
        description=(
            "How an octave restores the detail that shrinking lost: anchored adds the dream to the sharp "
            "source, reference adds the lost detail to the enlarged dream."
        ),
    )
    keep_colour: bool = Field(False, description="Change the brightness only and keep the source's colours.")
    size: int | None = Field(
        None,
        ge=32,
        le=16384,
        description="Shrink the source to this longest side, with no side below 32; none: keep its size.",
    )
    tile: int | None = Field(
        None,
        ge=256,
        le=4096,
        description=(
            "At most tile × tile pixels are computed at once; a larger picture is dreamed in several tiles; "
            "none: as large as memory allows, from 800 to 2896."
        ),
    )
    seed: int | None = Field(
        None, ge=0, le=2**32 - 1, description="The same seed gives the same dream; none: a random seed."
    )

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise first_error(error, type(self)) from None
        self._check_objective()

    @property
    def tile_side(self) -> int:
        """The side of a tile in pixels; the smallest that is chosen, where none is set."""
        return self.tile or TILES[0]

    def replace(self, **changes: Any) -> Self:
        """Return these settings with some replaced, validated again."""
        return type(self)(**{**dict(self), **changes})

    def strengthened(self, strength: float) -> Self:
        """Return these settings with the number of iterations scaled by a factor.

        Raises:
            SettingsError: The strength is below :data:`MIN_STRENGTH` or above :data:`MAX_STRENGTH`.
        """
        if not MIN_STRENGTH <= strength <= MAX_STRENGTH:
            bound = f"a number from {MIN_STRENGTH} to {MAX_STRENGTH}"
            raise SettingsError(field="strength", bound=bound, value=strength)
        low, high = limits_of("iterations")
        return self.replace(iterations=min(max(round(self.iterations * strength), low), high))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read the output of :meth:`to_json`.

        Raises:
            SettingsError: The text is not JSON, or the settings in it are not valid.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise first_error(error, cls) from None

    def to_json(self) -> str:
        """Serialise all settings as one line of JSON."""
        return self.model_dump_json()

    @model_serializer(mode="wrap")
    def _serialise(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = serialise(self)
        for name in _OMITTED_DEFAULTS:
            if getattr(self, name) == type(self).model_fields[name].default:
                values.pop(name, None)
        return values

    @property
    def layer_weights(self) -> dict[str, float]:
        """The weights of the layers to maximise: the given ones, or the backbone's default layers.

        Beside classes, only given layers are maximised.
        """
        if self.classes:
            return dict(self.layers)
        return dict(self.layers) or dict(backbones.get(self.backbone).default_layers)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers to maximise, as a whole or in single channels, each once."""
        names = [split_channel(name)[0] for name in self.layer_weights]
        class_layer = backbones.get(self.backbone).class_layer
        if self.classes and class_layer is not None:
            names = [*(name for name in names if name != class_layer), class_layer]
        return tuple(dict.fromkeys(names))

    @property
    def has_single_channels(self) -> bool:
        """Whether ``layers`` names channels, such as ``block11/expand:3``."""
        return any(split_channel(name)[1] is not None for name in self.layer_weights)

    def _check_objective(self) -> None:
        backbone = backbones.get(self.backbone)
        if self.classes and not backbone.has_classifier:
            able = [known.name for known in backbones.all_backbones().values() if known.has_classifier]
            bound = f"{' or '.join(able)} to dream of a thing"
            raise SettingsError(field="backbone", bound=bound, value=repr(self.backbone))
        if self.classes and self.has_single_channels:
            raise SettingsError(field="layers", bound="whole layers beside a thing", value="a channel")
        _check_repetition("layers", [name for name, _ in self.layers])
        _check_repetition("of", [name for name, _ in self.classes])
        _check_repetition("channels", self.channels)
        layers = [backbones.layer_of(backbone, name) for name in self.layer_names]
        for name, number in map(split_channel, self.layer_weights):
            if number is not None and number >= (count := backbone.layer(name).channels):
                bound = f"channels from 0 to {count - 1} of {name}"
                raise SettingsError(field="layers", bound=bound, value=number)
        self._check_selectors(layers)

    def _check_selectors(self, layers: Sequence[backbones.Layer]) -> None:
        selectors = {"channels": self.channels, "strongest": self.strongest, "guide": self.guide}
        chosen = [name for name, value in selectors.items() if value]
        if chosen and self.classes:
            raise SettingsError(field="of", bound=f"left out beside {chosen[0]}", value="given")
        if len(chosen) > 1:
            raise SettingsError(field=chosen[1], bound=f"left out beside {chosen[0]}", value="given")
        if chosen and self.has_single_channels:
            raise SettingsError(field="layers", bound=f"whole layers beside {chosen[0]}", value="a channel")
        if chosen and chosen[0] != "guide" and len(layers) != 1:
            bound = f"one layer where {chosen[0]} picks its channels"
            raise SettingsError(field="layers", bound=bound, value=f"{len(layers)} layers")
        count = layers[0].channels
        if self.channels and max(self.channels) >= count:
            bound = f"from 0 to {count - 1}, the channels of {layers[0].name}"
            raise SettingsError(field="channels", bound=bound, value=max(self.channels))
        if self.strongest and self.strongest > count:
            bound = f"at most {count}, the channels of {layers[0].name}"
            raise SettingsError(field="strongest", bound=bound, value=self.strongest)


def split_channel(name: str) -> tuple[str, int | None]:
    """Split a name in ``layers`` into its layer and its channel.

    Args:
        name: A layer, such as ``block11/expand``, or one of its channels, such as ``block11/expand:3``.

    Returns:
        The layer's name, and the index of the channel; ``None`` for the whole layer.
    """
    layer, colon, number = name.rpartition(":")
    if colon and number.isascii() and number.isdecimal():
        return layer, int(number)
    return name, None


def _check_repetition(field: str, values: Sequence[str | int]) -> None:
    repeated = [value for value, times in Counter(values).items() if times > 1]
    if repeated:
        raise SettingsError(field=field, bound="each named once", value=f"{repeated[0]} twice")


def limits_of(name: str, model: type[BaseModel] = DreamSettings) -> tuple[int, int]:
    """Return the declared minimum and maximum of an integer field.

    Args:
        name: The field.
        model: The class that declares it.
    """
    (low,) = [found.ge for found in model.model_fields[name].metadata if hasattr(found, "ge")]
    (high,) = [found.le for found in model.model_fields[name].metadata if hasattr(found, "le")]
    return low, high
