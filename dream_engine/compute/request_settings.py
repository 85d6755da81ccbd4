"""Completes the settings of a request, and finishes its picture as they say."""

import hashlib
import secrets

import numpy as np

from dream_engine.compute.masks import Mask
from dream_engine.dreams import DreamRequest
from dream_engine.errors import SettingsError
from dream_engine.images import Picture
from dream_engine.pixels import give_colours, to_pixels
from dream_engine.precision import Precision, quickest_precision
from dream_engine.runtime import tf
from dream_engine.settings import DreamSettings


def finished_pixels(
    image: np.ndarray, source: Picture, mask: Mask | None, settings: DreamSettings
) -> np.ndarray:
    """Convert a dreamed picture to pixels, with the source's colours or untouched parts where asked for."""
    if settings.keep_colour:
        give_colours(image, source.rgb)
    pixels = to_pixels(image)
    if mask is not None:
        mask.restore(pixels, source.rgb)
    return pixels


def resolve_settings(request: DreamRequest) -> DreamSettings:
    """Fill in a random seed and the hashes of the guide and the mask.

    Raises:
        SettingsError: The settings name another guide or mask, or it is not given as a picture.
    """
    settings = request.settings
    if settings.seed is None:
        settings = settings.replace(seed=secrets.randbelow(2**32))
    if request.guide is not None and settings.classes:
        settings = settings.replace(classes=())  # the guide replaces the things of a preset
    for field, picture in (("guide", request.guide), ("mask", request.mask)):
        named = getattr(settings, field)
        digest = None if picture is None else hashlib.sha256(picture).hexdigest()
        if named is not None and digest is None:
            raise SettingsError(field=field, bound="given as a picture", value="only named")
        if named not in (None, digest):
            raise SettingsError(field=field, bound=f"the SHA-256 of the {field} picture", value="another's")
        if named is None and digest is not None:
            settings = settings.replace(**{field: digest})
    return settings


def device_precision() -> Precision:
    """The fastest precision on this process's device; bfloat16 has not been measured on GPUs yet."""
    return "float32" if has_gpu() else quickest_precision()


def has_gpu() -> bool:
    """Whether TensorFlow sees a GPU in this process."""
    return bool(tf.config.list_physical_devices("GPU"))
