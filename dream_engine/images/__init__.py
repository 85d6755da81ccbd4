"""Decoding and encoding of pictures, with bounds, orientation, colour management and alpha."""

from dream_engine.images.decoding import Limits, decode, suffixes
from dream_engine.images.encoding import (
    FORMATS,
    Format,
    check_encodable,
    describe,
    encode,
    encode_frame,
    encode_preview,
    format_of,
)
from dream_engine.images.fitting import Rendition, fit, refit
from dream_engine.images.picture import Picture

__all__ = [
    "FORMATS",
    "Format",
    "Limits",
    "Picture",
    "Rendition",
    "check_encodable",
    "decode",
    "describe",
    "encode",
    "encode_frame",
    "encode_preview",
    "fit",
    "format_of",
    "refit",
    "suffixes",
]
