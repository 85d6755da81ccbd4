"""Resizing with transparency, and filling hidden pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from dream_engine.images import Picture, decode, encode, encode_preview
from dream_engine.images.alpha import fill_hidden, resize

HEIGHT, WIDTH = 120, 180


def ellipse() -> np.ndarray:
    """An alpha with a soft edge."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    distance = np.hypot((rows - HEIGHT / 2) / 50, (columns - WIDTH / 2) / 80)
    return ((1.05 - distance) * 2550).clip(0, 255).astype(np.uint8)


def png(rgb: np.ndarray, alpha: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([rgb, alpha])).save(buffer, "PNG")
    return buffer.getvalue()


def logo(colour: int, hidden: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A grey figure over hidden pixels of another grey."""
    alpha = ellipse()
    rgb = np.full((HEIGHT, WIDTH, 3), colour, np.uint8)
    rgb[alpha == 0] = hidden
    return rgb, alpha


@pytest.mark.parametrize("size", [64, 97, 150])
def test_shrinking_keeps_white_on_transparent_white_along_every_edge(size):
    picture = decode(png(*logo(255)), size=size)
    assert max(picture.rgb.shape) == size
    assert picture.rgb[picture.alpha > 0].min() == 255


def test_a_picture_object_is_resized_without_a_fringe():
    resized = Picture(*logo(255)).resized(50, 75)
    assert resized.rgb.shape == (50, 75, 3)
    assert resized.rgb[resized.alpha > 0].min() == 255


def test_an_alpha_is_resized_like_any_plane():
    _, alpha = logo(255)
    expected = Image.fromarray(alpha).resize((75, 50), Image.Resampling.LANCZOS)
    np.testing.assert_allclose(Picture(*logo(255)).resized(50, 75).alpha, np.asarray(expected), atol=1)


def test_an_opaque_picture_is_resized_normally():
    colours = Image.fromarray(logo(90)[0])
    resized, alpha = resize(colours, None, (60, 40))
    assert alpha is None
    assert resized.size == (60, 40)
    assert resized.mode == "RGB"


def test_filling_changes_neither_visible_colours_nor_opaque_pictures():
    rgb, alpha = logo(0)
    filled = rgb.copy()
    fill_hidden(filled, alpha)
    np.testing.assert_array_equal(filled[alpha > 0], rgb[alpha > 0])
    opaque = rgb.copy()
    fill_hidden(opaque, np.full_like(alpha, 255))
    np.testing.assert_array_equal(opaque, rgb)


@pytest.mark.parametrize(("colour", "ground"), [(0, 127.5), (255, 127.5), (100, 177.5), (160, 80.0)])
def test_the_background_of_a_figure_of_one_colour_differs_from_it(colour, ground):
    picture = decode(png(*logo(colour)))
    hidden = picture.rgb[picture.alpha == 0].astype(float)
    assert abs(hidden.mean() - ground) < 6
    assert hidden.std() > 15  # its texture


def test_erased_content_is_replaced_before_the_network_sees_it():
    rgb, alpha = logo(200)
    secret = rgb.copy()
    secret[alpha == 0] = np.random.default_rng(1).integers(0, 256, ((alpha == 0).sum(), 3))
    np.testing.assert_array_equal(decode(png(secret, alpha)).rgb, decode(png(rgb, alpha)).rgb)


def test_the_background_extrapolates_nearby_colours():
    rgb = np.zeros((200, 300, 3), np.uint8)
    rgb[:, :150], rgb[:, 150:] = (200, 20, 20), (20, 20, 200)
    alpha = np.zeros((200, 300), np.uint8)
    alpha[80:120] = 255
    fill_hidden(rgb, alpha)
    left, right = rgb[70:80, :60].mean(axis=(0, 1)), rgb[120:130, 240:].mean(axis=(0, 1))
    assert left[0] > left[2] + 20
    assert right[2] > right[0] + 20


def test_a_large_picture_is_filled_like_a_small_one():
    alpha = np.zeros((1500, 1400), np.uint8)  # of several strips
    alpha[600:900, 500:900] = 255
    rgb = np.where(alpha[..., None] > 0, np.uint8(255), np.uint8(0)).repeat(3, axis=2)
    fill_hidden(rgb, alpha)
    for strip in np.array_split(rgb[:, :400], 10):
        assert abs(strip.mean() - 127.5) < 3


def test_a_fully_transparent_picture_gets_a_background_too():
    rgb = np.zeros((40, 50, 3), np.uint8)
    fill_hidden(rgb, np.zeros((40, 50), np.uint8))
    assert rgb.std() > 15


def test_a_dream_has_no_black_under_its_transparency():
    picture = Picture(*logo(0))
    for file_format in ("png", "webp"):
        again = decode(encode(picture, file_format))
        assert again.rgb[again.alpha == 0].mean() > 100


def test_a_preview_has_the_alpha_of_the_dream():
    rgb, alpha = logo(255, hidden=255)
    preview = Image.open(io.BytesIO(encode_preview(rgb, (60, 90), alpha)))
    assert (preview.format, preview.mode, preview.size) == ("WEBP", "RGBA", (90, 60))
    expected = Image.fromarray(alpha).resize((90, 60), Image.Resampling.BICUBIC)
    np.testing.assert_allclose(preview.getchannel("A"), expected, atol=2)


def test_a_preview_has_no_fringe():
    preview = Image.open(io.BytesIO(encode_preview(logo(255)[0], (60, 90), ellipse())))
    pixels = np.asarray(preview).astype(int)
    assert pixels[pixels[..., 3] > 40][:, :3].min() > 235
