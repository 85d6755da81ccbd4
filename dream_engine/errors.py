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

    sentence = "This looks like {looks_like}, not like a picture that I can read. I read {formats}."


class DamagedPictureError(PictureError):
    """The format is supported, but the file is truncated or inconsistent."""

    sentence = "This picture is damaged, cut short or of a rare kind, so I cannot read it."


class InvisiblePictureError(PictureError):
    """Every pixel is fully transparent."""

    sentence = "This picture is transparent everywhere, so there is nothing in it to dream on."


class PictureBombError(PictureError):
    """Decoding the file would take excessive time or memory."""

    sentence = "This picture takes far more work to read than any photograph, so I will not read it."


class TooManyBytesError(PictureError):
    """The file is larger than the limit."""

    sentence = "This file has more than {limit:.0f} MB, the most that I read."


class TooManyPixelsError(PictureError):
    """The picture is larger than the limit."""

    sentence = "This picture has more than {limit:.0f} megapixels, the most that I read."


class TooSmallError(PictureError):
    """The picture is too small to be dreamed."""

    sentence = "This picture is {width} × {height} pixels; I need at least {limit} × {limit}."


class TooNarrowError(PictureError):
    """The picture's longer side is too many times its shorter one."""

    sentence = (
        "This picture is {width} × {height} pixels; its longer side may be at most {limit} times the other."
    )


class TooLargeForFormatError(PictureError):
    """The picture is larger than the requested format supports."""

    sentence = "{format} has room for {limit} pixels a side, and this picture is longer; ask for PNG."


class ClipError(PictureError):
    """A moving picture cannot be dreamed."""


class DamagedClipError(ClipError):
    """The container is supported, but no frame of the clip can be read."""

    sentence = "This clip is damaged, cut short or of a rare kind, so I cannot read it."


class ClipWithoutPictureError(ClipError):
    """The container holds no video stream, or a stream without frames."""

    sentence = "This clip has no picture in it, so there is nothing in it to dream on."


class ClipBombError(ClipError):
    """Decoding the clip would take excessive time or memory."""

    sentence = "This clip takes far more work to read than others of its size, so I will not read it."


class GuideError(PictureError):
    """The guide picture cannot be used; the source may be valid."""

    sentence = "The guide cannot be used. {problem}"


class MaskError(PictureError):
    """The mask cannot be used; the source may be valid."""

    sentence = "The mask cannot be used. {problem}"


class MaskAspectError(PictureError):
    """The mask has other proportions than the source."""

    sentence = (
        "It is {mask_width} × {mask_height} pixels, and the picture is dreamed at {width} × {height}; "
        "both need the same proportions."
    )


class NoDreamInsideError(PictureError):
    """The picture contains no dream settings."""

    sentence = "This picture carries no dream settings; it was not made by me, or they were stripped since."


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
        "Dreaming needs TensorFlow: install this project with its cpu extra "
        "(pip install -e '.[cpu]'), or with its gpu extra on a machine with an NVIDIA card."
    )


class VideoMissingError(DreamError):
    """PyAV, an optional dependency, is not installed."""

    sentence = (
        "Reading and writing videos needs PyAV: install this project with its video extra "
        "(pip install -e '.[video]'). A GIF, or an animated WebP, PNG or AVIF, needs none."
    )


class AnimationTooLargeError(DreamError):
    """An animation's file exceeds the limit even with the lowest quality, frame rate and size."""

    sentence = (
        "This animation does not fit into {limit:.1f} MB, even with a lower quality, frame rate and size; "
        "a shorter one would."
    )


class TimeLimitError(DreamError):
    """The dream exceeded its time limit."""

    sentence = (
        "This dream took longer than {seconds:.0f} seconds and was stopped; "
        "a smaller size or fewer iterations make it quicker."
    )
