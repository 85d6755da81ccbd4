"""Profiles of pictures with more than 8 bits per sample."""

import struct
import zlib

import numpy as np
import pytest

from dream_engine.images import decode
from dream_engine.images.icc import matrix_space, tags
from tests.dream_engine.images.test_colour import (
    COLUMNS_OF_P3,
    COLUMNS_OF_SRGB,
    CURVE_OF_SRGB,
    P3,
    SRGB,
    chunk,
    cicp,
    linear_rgb_profile,
    png,
    rgb_profile,
)


def iccp(profile: bytes) -> bytes:
    return chunk(b"iCCP", b"x\0\0" + zlib.compress(profile))


def para(kind: int, *numbers: float) -> bytes:
    return (
        b"para" + bytes(4) + struct.pack(f">Hxx{len(numbers)}i", kind, *(round(n * 65536) for n in numbers))
    )


def curv(*values: int) -> bytes:
    return b"curv" + bytes(4) + struct.pack(f">I{len(values)}H", len(values), *values)


def light(curve: bytes, signal: float) -> float:
    space = matrix_space(rgb_profile(COLUMNS_OF_SRGB, curve))
    assert space is not None
    return float(space.transfer(np.array([signal]))[0])


def test_linear_light_keeps_its_shadows():
    ramp = np.tile(np.linspace(0, 700, 64).round(), (40, 1))[..., None].repeat(3, axis=2).astype(np.uint16)
    profiled = decode(png(ramp, iccp(linear_rgb_profile()))).rgb.astype(int)
    by_numbers = decode(png(ramp, cicp(1, 8))).rgb.astype(int)
    assert np.abs(profiled - by_numbers).max() <= 1
    assert len(np.unique(profiled)) > 20


def test_primaries_are_those_of_the_profile():
    samples = np.full((40, 64, 3), (50_000, 20_000, 15_000), np.uint16)
    profiled = decode(png(samples, iccp(rgb_profile(COLUMNS_OF_P3, CURVE_OF_SRGB)))).rgb[0, 0]
    np.testing.assert_allclose(profiled.astype(int), decode(png(samples, cicp(P3, SRGB))).rgb[0, 0], atol=1)


@pytest.mark.parametrize(
    ("curve", "signal", "expected"),
    [
        (curv(), 0.3, 0.3),
        (curv(0x0233), 0.5, 0.5 ** (0x233 / 256)),
        (curv(0, 16384, 65535), 0.5, 0.25),
        (curv(0, 16384, 65535), 0.25, 0.125),
        (para(0, 1.8), 0.5, 0.5**1.8),
        (para(1, 2.0, 1.0, -0.25), 0.75, 0.25),
        (para(1, 2.0, 1.0, -0.25), 0.2, 0.0),
        (para(1, 2.0, 2.0, -0.5), 0.3, 0.01),
        (para(1, 2.0, 2.0, -0.5), 0.2, 0.0),
        (para(2, 2.0, 2.0, -0.5, 0.1), 0.3, 0.11),
        (para(2, 2.0, 1.0, -0.25, 0.1), 0.75, 0.35),
        (para(2, 2.0, 1.0, -0.25, 0.1), 0.2, 0.1),
        (CURVE_OF_SRGB, 0.5, 0.21404),
        (CURVE_OF_SRGB, 0.02, 0.02 / 12.92),
        (para(4, 2.0, 1.0, 0.0, 0.5, 0.25, 0.125, 0.0625), 0.5, 0.375),
        (para(4, 2.0, 1.0, 0.0, 0.5, 0.25, 0.125, 0.0625), 0.125, 0.125),
    ],
)
def test_every_kind_of_curve_is_read(curve, signal, expected):
    assert light(curve, signal) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        linear_rgb_profile()[:140],
        linear_rgb_profile().replace(b"RGB ", b"GRAY"),
        linear_rgb_profile().replace(b"wtpt", b"A2B0"),
        linear_rgb_profile().replace(b"rTRC", b"none"),
        rgb_profile(COLUMNS_OF_SRGB, b"sf32" + bytes(8)),
        rgb_profile(COLUMNS_OF_SRGB, b"sf32" + para(0, 1.0)[4:]),
        rgb_profile(COLUMNS_OF_SRGB, para(9, 1.0)),
        rgb_profile(COLUMNS_OF_SRGB | {"r": (0.0, 0.0, 0.0)}, curv()),
        rgb_profile(COLUMNS_OF_SRGB | {"r": COLUMNS_OF_SRGB["g"]}, curv()),
    ],
)
def test_profiles_of_another_kind_and_broken_ones_are_not_read(profile):
    assert matrix_space(profile) is None


def test_at_most_a_hundred_tags_of_a_profile_are_read():
    def profile(count: int) -> bytes:
        entries = b"".join(struct.pack(">4sII", str(number).encode(), 132, 4) for number in range(count))
        return bytes(128) + struct.pack(">I", count) + entries

    assert list(tags(profile(100)))[-1].rstrip(b"\0") == b"99"
    assert list(tags(profile(101)))[-1].rstrip(b"\0") == b"99"
    assert tags(profile(3))[b"0\0\0\0"] == b"0\0\0\0"


def test_a_profile_with_a_curve_for_each_colour_is_not_read():
    profile = linear_rgb_profile()
    other = profile.index(b"rTRC") + 8
    assert matrix_space(profile) is not None
    assert matrix_space(profile[:other] + struct.pack(">I", 8) + profile[other + 4 :]) is None
