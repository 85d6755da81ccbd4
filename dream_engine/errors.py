"""Errors that users can cause and correct, each with the message that they read.

Each is a :class:`DreamError`. An exception of any other class is a bug.
"""

from typing import Any, ClassVar


class DreamError(Exception):
    """The base class of every error that a user can cause.

    Args:
        **details: The values of the placeholders in the class's sentence. The error keeps them, so that a
            caller can translate the message.
    """

    sentence: ClassVar[str]

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(self.sentence.format(**details))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.details)


def _rebuild(kind: type[DreamError], details: dict[str, Any]) -> DreamError:
    return kind(**details)


class SettingsError(DreamError):
    """A setting is out of bounds or conflicts with another."""

    sentence = "{field} must be {bound}, not {value}."


class FileError(DreamError):
    """A file cannot be read or written."""

    sentence = "{reason}"


class PictureError(DreamError):
    """A picture cannot be dreamed."""


class EmptyPictureError(PictureError):
    """The file is empty."""

    sentence = "The file is empty."


class NotAPictureError(PictureError):
    """The file has no supported format."""

    sentence = "This looks like {looks_like}, not a picture I can read. I can read {formats}."


class DamagedPictureError(PictureError):
    """The format is supported, but the file is truncated or inconsistent."""

    sentence = "This picture is damaged, incomplete or in an unusual format, so I can't read it."


class InvisiblePictureError(PictureError):
    """Every pixel is fully transparent."""

    sentence = "This picture is completely transparent, so there's nothing to dream on."


class PictureBombError(PictureError):
    """Decoding the file would take excessive time or memory."""

    sentence = "This picture takes far more work to open than a normal photo, so I won't open it."


class TooManyBytesError(PictureError):
    """The file is larger than the limit."""

    sentence = "This file is over the {limit:.0f} MB limit."


class TooManyPixelsError(PictureError):
    """The picture is larger than the limit."""

    sentence = "This picture is over the limit of {limit:.0f} megapixels."


class TooSmallError(PictureError):
    """The picture is too small to be dreamed."""

    sentence = "This picture is {width} × {height} pixels; it needs to be at least {limit} × {limit}."


class TooNarrowError(PictureError):
    """The picture's longer side is too many times its shorter one."""

    sentence = (
        "This picture is {width} × {height} pixels; "
        "its longer side can be at most {limit} times the shorter one."
    )


class TooLargeForFormatError(PictureError):
    """The picture is larger than the requested format supports."""

    sentence = "A {format} file can be at most {limit} pixels a side, and this picture is larger. Use PNG."


class ClipError(PictureError):
    """A moving picture cannot be dreamed."""


class DamagedClipError(ClipError):
    """The container is supported, but no frame of the clip can be read."""

    sentence = "This clip is damaged, incomplete or in an unusual format, so I can't read it."


class ClipWithoutPictureError(ClipError):
    """The container holds no video stream, or a stream without frames."""

    sentence = "This clip has no picture, so there's nothing to dream on."


class ClipBombError(ClipError):
    """Decoding the clip would take excessive time or memory."""

    sentence = "This clip takes far more work to open than others of its size, so I won't open it."


class GuideError(PictureError):
    """The guide picture cannot be used; the source may be valid."""

    sentence = "I can't use the guide. {problem}"


class MaskError(PictureError):
    """The mask cannot be used; the source may be valid."""

    sentence = "I can't use the mask. {problem}"


class MaskAspectError(PictureError):
    """The mask has other proportions than the source."""

    sentence = (
        "The mask is {mask_width} × {mask_height} pixels, but the dream is {width} × {height}. "
        "Both need the same proportions."
    )


class NoDreamInsideError(PictureError):
    """The picture contains no dream settings."""

    sentence = "This picture has no dream settings: it wasn't made by me, or they were removed later."


class WeightsError(DreamError):
    """A backbone's weights cannot be used."""


class WeightsNotFoundError(WeightsError):
    """The configured weights file does not exist."""

    sentence = "There is no weights file at {path}."


class WeightsUnavailableError(WeightsError):
    """The weights are not on this machine and could not be downloaded."""

    sentence = (
        "The weights of {backbone} are not on this machine and could not be downloaded: name a file with "
        "--weights FILE, or set {variable} to one, or connect once so that Keras can fetch and keep them; "
        "efficientnet_lite0 needs no download."
    )


class WeightsMismatchError(WeightsError):
    """The file does not contain this network's weights."""

    sentence = "{path} does not hold weights for {backbone}: {reason}."


class UnsafeWeightsError(WeightsError):
    """The file requests code that a plain weights file does not need."""

    sentence = "{path} is not a plain weights file, so I will not open it: {reason}."


class NotFiniteError(WeightsError):
    """The network's output was NaN or infinite."""

    sentence = (
        "{backbone} gave values that are not numbers, so the dream was stopped; "
        "its weights are probably damaged."
    )


class TensorFlowMissingError(DreamError):
    """TensorFlow, an optional dependency, is not installed."""

    sentence = (
        "Dreaming needs TensorFlow: install dream-bot with its cpu extra "
        "(pip install 'dream-bot[cpu]'), or with its gpu extra on a machine with an NVIDIA card."
    )


class VideoMissingError(DreamError):
    """PyAV, an optional dependency, is not installed."""

    sentence = (
        "Reading and writing videos needs PyAV: install dream-bot with its video extra "
        "(pip install 'dream-bot[video]'). A GIF, or an animated WebP, PNG or AVIF, needs none."
    )


class AnimationTooLargeError(DreamError):
    """An animation's file exceeds the limit even with the lowest quality, frame rate and size."""

    sentence = (
        "This animation doesn't fit into {limit:.1f} MB, even at a lower quality, frame rate and size. "
        "Try a shorter one."
    )


class TimeLimitError(DreamError):
    """The dream exceeded its time limit."""

    sentence = (
        "This dream took longer than {seconds:.0f} seconds, so it was stopped. "
        "Try a smaller size or fewer iterations."
    )
