"""Converts the colours of decoded pixels to sRGB."""

import contextlib
import io
import math

import numpy as np
from PIL import Image, ImageCms

from dream_engine.images.icc import matrix_space
from dream_engine.images.samples import join, rounded, strips
from dream_engine.images.tone_mapping import ToneCurve, peak_of
from dream_engine.images.transfer import SRGB, ColourSpace, hlg_scale, hlg_to_light, light_to_srgb

_MEASURED_PIXELS = 1_000_000
"""The number of evenly spread pixels in which the peak of an HDR picture is measured."""

_CODES = 65535
"""The steps of the light lookup table; each is less than a twelfth of an sRGB level, even near black."""


def to_srgb(
    colours: Image.Image,
    low: Image.Image | None,
    space: ColourSpace | None,
    profile: bytes | None,
    peak: float | None = None,
) -> Image.Image:
    """Convert colours to sRGB.

    Args:
        colours: An image without alpha, of 8 bits per sample.
        low: The low bytes of 16-bit samples.
        space: The colour space that the file declares by numbers; it takes precedence over the profile.
        profile: The file's ICC profile.
        peak: The light of an HDR picture that becomes white, where 1 is the white of a standard picture;
            ``None`` measures the picture's own.

    Returns:
        An RGB image.
    """
    if space is not None and space != SRGB:
        return _from_space(_rgb(colours), None if low is None else _rgb(low), space, peak)
    if low is not None:
        if (
            space is None
            and profile
            and colours.mode == "RGB"
            and (matrix_profile := matrix_space(profile)) is not None
        ):
            return _from_space(colours, low, matrix_profile)
        colours = rounded(colours, low)
    if space is None and profile:
        return _from_profile(colours, profile)
    return _plain(colours)


def _plain(image: Image.Image) -> Image.Image:
    if image.mode == "LAB":  # Pillow converts it by profiles only
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        if converted is not None:
            return converted
    return _rgb(image)


def _rgb(image: Image.Image) -> Image.Image:
    """Convert an image to RGB. An RGB image is not copied, to save memory."""
    return image if image.mode == "RGB" else image.convert("RGB")


def _from_profile(image: Image.Image, profile: bytes) -> Image.Image:
    # A profile that is invalid or has other channels is ignored.
    with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        channels = source.profile.xcolor_space.strip()
        grey_in_colours = image.mode == "L" and channels == "RGB"
        fits = image.mode in {"RGB", "CMYK", "L", "LAB"} and not grey_in_colours
        profiled = image if fits else image.convert("RGB")
        converted = ImageCms.profileToProfile(
            profiled, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
        if converted is not None:
            return converted
    return _plain(image)


def _from_space(
    high: Image.Image, low: Image.Image | None, space: ColourSpace, peak: float | None = None
) -> Image.Image:
    """Convert an RGB image from a colour space, strip by strip."""
    light_of = space.light_of_samples(8 if low is None else 16)
    tone = None
    if space.is_hdr:
        measured = peak_of(_sampled_brightness(high, low, space, light_of)) if peak is None else peak
        tone = ToneCurve(measured)
    matrix = space.to_bt709().T
    encoded = _srgb_levels()
    image = Image.new("RGB", high.size)
    for top, bottom in strips(high.height, high.width):
        light = _light(high, low, top, bottom, space, light_of)
        if tone is not None and tone.is_needed:
            light *= tone.scale(_brightest(light))[..., None]
        codes = ((light @ matrix).clip(0.0, 1.0) * _CODES + np.float32(0.5)).astype(np.uint16)
        image.paste(Image.fromarray(encoded[codes]), (0, top))
    return image


def _light(
    high: Image.Image,
    low: Image.Image | None,
    top: int,
    bottom: int,
    space: ColourSpace,
    light_of: np.ndarray,
) -> np.ndarray:
    """The display light of some rows, float32 ``[rows, width, 3]``."""
    samples = (
        np.asarray(high.crop((0, top, high.width, bottom))) if low is None else join(high, low, top, bottom)
    )
    light: np.ndarray = light_of[samples]
    if space.transfer is hlg_to_light:
        light = light * hlg_scale(light @ space.luminance())[..., None]
    return light


def _sampled_brightness(
    high: Image.Image, low: Image.Image | None, space: ColourSpace, light_of: np.ndarray
) -> np.ndarray:
    """The light of the brightest channel of pixels spread over the picture."""
    stride = max(1, math.ceil(math.sqrt(high.width * high.height / _MEASURED_PIXELS)))
    size = (max(1, high.width // stride), max(1, high.height // stride))
    sampled = high.resize(size, Image.Resampling.NEAREST)
    sampled_low = None if low is None else low.resize(size, Image.Resampling.NEAREST)
    return _brightest(_light(sampled, sampled_low, 0, sampled.height, space, light_of))


def _brightest(light: np.ndarray) -> np.ndarray:
    """The light of each pixel's brightest channel; NumPy's maximum over an axis of three is far slower."""
    brightest: np.ndarray = np.maximum(np.maximum(light[..., 0], light[..., 1]), light[..., 2])
    return brightest


def _srgb_levels() -> np.ndarray:
    """The sRGB level of each step of light, uint8."""
    levels: np.ndarray = light_to_srgb(np.arange(_CODES + 1) / _CODES) * 255
    return levels.round().astype(np.uint8)
