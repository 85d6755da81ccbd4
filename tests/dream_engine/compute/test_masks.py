import io

import numpy as np
import pytest
from PIL import Image

from dream_engine.compute.masks import Mask
from dream_engine.dreams import DreamRequest
from dream_engine.errors import MaskAspectError, MaskError, SettingsError
from dream_engine.images import Picture, decode
from dream_engine.settings import DreamSettings
from tests.conftest import png
from tests.dream_engine.compute.test_dreamer import QUICK, dreamed

HALF = np.zeros((80, 120), np.uint8)
HALF[:, 60:] = 255

STRONG = QUICK.replace(octaves=3, iterations=4, step_size=0.05)


def grey(value: int, shape: tuple[int, int] = (80, 120)) -> np.ndarray:
    return np.full(shape, value, np.uint8)


def mask_of(levels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The weights, uint8 ``[height, width]``, of a mask of grey levels."""
    return np.asarray(Mask.scaled(Picture(np.dstack([levels] * 3)), shape).image)


def change(dreamer, source: bytes, levels: np.ndarray | None, settings: DreamSettings = STRONG) -> np.ndarray:
    """The mean change of each pixel that a dream with this mask makes, ``[height, width]``."""
    mask = None if levels is None else png(levels)
    dream = decode(dreamed(dreamer, source, settings, mask=mask).image)
    return np.abs(dream.rgb.astype(int) - decode(source).rgb).mean(axis=-1)


class TestADreamWithAMask:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"detail": "reference"},
            {"keep_colour": True},
            {"clip": False},
            {"soft_range": 0.5, "colour_decorrelation": 0.5},
        ],
        ids=str,
    )
    def test_leaves_black_exactly_as_it_is_and_dreams_in_white(self, dreamer, small_cat, changes):
        settings = STRONG.replace(**changes)
        masked, whole = (change(dreamer, small_cat, mask, settings) for mask in (HALF, None))
        assert masked[HALF == 0].max() == 0
        assert masked[:, 70:].mean() > 0.6 * whole[:, 70:].mean() > 5

    @pytest.mark.parametrize(
        "changes", [{}, {"soft_range": 0.5, "frequency_emphasis": 0.5}, {"detail": "reference"}], ids=str
    )
    def test_over_tiles_leaves_black_exactly_as_it_is(self, dreamer, cat, changes):
        source = png(np.asarray(Image.open(io.BytesIO(cat)).convert("RGB").resize((360, 240))))
        settings = QUICK.replace(tile=256, step_size=0.05, **changes)
        mask = np.kron(HALF, np.ones((3, 3), np.uint8))
        masked = change(dreamer, source, mask, settings)
        assert masked[mask == 0].max() == 0
        assert masked[:, 200:].mean() > 5

    def test_changes_grey_in_between(self, dreamer, small_cat):
        dark, middle, light, white = (
            change(dreamer, small_cat, grey(level)).mean() for level in (64, 128, 192, 255)
        )
        assert 0 < dark < middle < light < white
        assert 0.4 * white < middle < 0.65 * white

    def test_is_the_same_without_a_mask_and_with_a_white_one(self, dreamer, small_cat):
        *_, whole = dreamer.dream(DreamRequest(small_cat, STRONG))
        *_, white = dreamer.dream(DreamRequest(small_cat, STRONG, mask=png(grey(255, (40, 60)))))
        assert np.abs(decode(whole.image).rgb.astype(int) - decode(white.image).rgb).mean() < 1

    def test_is_the_source_with_a_black_mask(self, dreamer, small_cat):
        assert change(dreamer, small_cat, grey(0, (160, 240))).max() == 0

    def test_dreams_inside_a_thin_line(self, dreamer, small_cat):
        line = grey(0)
        line[40:42] = 255
        masked = change(dreamer, small_cat, line)
        assert masked[line == 0].max() == 0
        assert masked[40:42].mean() > 2

    def test_keeps_the_sources_transparency(self, dreamer, small_cat):
        rgb, alpha = decode(small_cat).rgb, grey(255)
        alpha[:, :30] = 100
        source = png(np.dstack([rgb, alpha]))
        dream = decode(dreamed(dreamer, source, STRONG, mask=png(HALF)).image)
        np.testing.assert_array_equal(dream.alpha, alpha)
        np.testing.assert_array_equal(dream.rgb[:, :60], rgb[:, :60])
        assert np.abs(dream.rgb[:, 70:].astype(int) - rgb[:, 70:]).mean() > 5

    def test_fits_a_source_that_is_shrunk(self, dreamer, small_cat):
        settings = STRONG.replace(size=60)
        dream = decode(dreamed(dreamer, small_cat, settings, mask=png(HALF)).image)
        source = decode(small_cat, size=60)
        np.testing.assert_array_equal(dream.rgb[:, :29], source.rgb[:, :29])
        assert np.abs(dream.rgb[:, 40:].astype(int) - source.rgb[:, 40:]).mean() > 5

    def test_works_at_octaves_smaller_than_the_network_needs(self, dreamer):
        source = png(np.random.default_rng(0).integers(0, 255, (33, 47, 3), np.uint8))
        mask = grey(0, (33, 47))
        mask[:, 20:] = 255
        masked = change(dreamer, source, mask)
        assert masked[:, :20].max() == 0
        assert masked[:, 25:].mean() > 5

    def test_names_its_mask_in_the_settings_and_can_be_repeated(self, dreamer, small_cat):
        dream = dreamed(dreamer, small_cat, STRONG, mask=png(HALF))
        assert dream.settings.mask is not None
        again = dreamed(dreamer, small_cat, dream.settings, mask=png(HALF))
        assert again.image == dream.image

    def test_is_refused_with_another_mask_than_the_settings_name(self, dreamer, small_cat):
        named = STRONG.replace(mask="0" * 64)
        with pytest.raises(SettingsError, match="mask must be given as a picture"):
            dreamed(dreamer, small_cat, named)
        with pytest.raises(SettingsError, match="mask must be the SHA-256"):
            dreamed(dreamer, small_cat, named, mask=png(HALF))

    def test_is_marked_if_the_mask_is_truncated(self, dreamer, small_cat):
        noise = png(np.random.default_rng(1).integers(0, 255, (80, 120), np.uint8))
        dream = dreamed(dreamer, small_cat, mask=noise[: int(len(noise) * 0.8)])
        assert (dream.is_cut_short, dream.mask_is_cut_short) == (False, True)
        assert not dreamed(dreamer, small_cat, mask=noise).mask_is_cut_short


class TestAMask:
    def test_is_turned_by_its_own_exif_data(self, dreamer, small_cat):
        exif = Image.Exif()
        exif[0x0112] = 6  # upright once it is turned clockwise
        buffer = io.BytesIO()
        Image.fromarray(np.rot90(HALF)).save(buffer, "png", exif=exif)
        by_exif = dreamed(dreamer, small_cat, STRONG, mask=buffer.getvalue())
        upright = dreamed(dreamer, small_cat, STRONG, mask=png(HALF))
        np.testing.assert_array_equal(decode(by_exif.image).rgb, decode(upright.image).rgb)

    @pytest.mark.parametrize("file_format", ["jpeg", "webp", "gif", "bmp", "tiff", "avif", "png"])
    def test_may_have_any_format_and_size(self, dreamer, small_cat, file_format):
        buffer = io.BytesIO()
        Image.fromarray(HALF).resize((600, 400), Image.Resampling.NEAREST).save(buffer, file_format)
        dream = decode(dreamed(dreamer, small_cat, STRONG, mask=buffer.getvalue()).image)
        source = decode(small_cat).rgb
        black = slice(0, 58 if file_format in ("jpeg", "webp", "avif") else 60)  # the others are exact
        np.testing.assert_array_equal(dream.rgb[:, black], source[:, black])
        assert np.abs(dream.rgb[:, 70:].astype(int) - source[:, 70:]).mean() > 5

    def test_is_black_where_it_is_transparent(self, dreamer, small_cat):
        white = grey(255)
        masked = decode(dreamed(dreamer, small_cat, STRONG, mask=png(np.dstack([white, HALF]))).image)
        assert np.array_equal(masked.rgb[:, :60], decode(small_cat).rgb[:, :60])

    def test_is_weighed_by_the_brightness_of_its_colours(self):
        red, green = (
            np.asarray(Mask.scaled(Picture(np.full((80, 120, 3), colour, np.uint8)), (80, 120)).image).mean()
            for colour in ((255, 0, 0), (0, 255, 0))
        )
        assert 0 < red < green < 255

    def test_is_feathered_inwards(self):
        levels = np.kron(HALF, np.ones((5, 5), np.uint8))
        row = mask_of(levels, (400, 600))[200].astype(int)
        assert row[:300].max() == 0
        assert row[300] < 40
        assert (np.diff(row) >= 0).all()
        assert np.diff(row).max() < 50
        assert row[320:].min() == 255

    @pytest.mark.parametrize("factor", [2, 3, 7])
    def test_of_another_size_spreads_no_white_over_its_edges(self, factor):
        larger = np.kron(HALF, np.ones((factor, factor), np.uint8))
        assert mask_of(larger, HALF.shape)[:, :60].max() == 0
        assert mask_of(HALF, larger.shape)[:, : 60 * factor].max() == 0

    def test_keeps_even_grey_and_soft_edges(self):
        assert (mask_of(grey(127), (80, 120)) == 127).all()
        ramp = np.tile(np.linspace(0, 255, 600).astype(np.uint8), (400, 1))
        assert np.abs(mask_of(ramp, (400, 600)).astype(int) - ramp).max() < 16

    @pytest.mark.parametrize("level", [1, 5, 8])
    def test_counts_nearly_black_as_black_and_nearly_white_as_white(self, level):
        assert mask_of(grey(level), (80, 120)).max() == 0
        assert mask_of(grey(255 - level), (80, 120)).min() == 255

    @pytest.mark.parametrize(
        "shape", [(80, 120), (40, 60), (800, 1200), (33, 50), (81, 120), (80, 118), (40, 61)]
    )
    def test_fits_if_only_rounding_changes_its_proportions(self, shape):
        assert mask_of(grey(255, shape), (80, 120)).shape == (80, 120)

    @pytest.mark.parametrize("shape", [(80, 80), (120, 80), (40, 64), (800, 1250)])
    def test_of_other_proportions_is_refused(self, shape):
        with pytest.raises(MaskAspectError):
            mask_of(grey(255, shape), (80, 120))

    def test_that_is_refused_is_named_with_both_sizes(self, dreamer, small_cat):
        with pytest.raises(MaskError) as refused:
            dreamed(dreamer, small_cat, mask=png(grey(255, (100, 90))))
        assert str(refused.value) == (
            "I can't use the mask. The mask is 90 × 100 pixels, but the dream is 120 × 80. "
            "Both need the same proportions."
        )

    def test_that_is_no_picture_is_refused(self, dreamer, small_cat):
        with pytest.raises(MaskError, match=r"I can't use the mask\. This looks like a text file"):
            dreamed(dreamer, small_cat, mask=b"a poem")
