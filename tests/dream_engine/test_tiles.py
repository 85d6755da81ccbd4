import numpy as np
import pytest

from dream_engine.tiles import ALIGNMENT, HALO, spans, tiles

LENGTHS = [385, 500, 801, 1000, 2317, 4000]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("tile", [256, 384, 512, 800])
@pytest.mark.parametrize("shift", [-1.0, -0.3, 0.0, 1.0])
def test_the_windows_of_all_tiles_add_up_to_one_everywhere(length, tile, shift):
    total = np.zeros(length)
    for span in spans(length, tile, shift):
        total[span.start : span.stop] += span.window
    np.testing.assert_allclose(total, 1.0, atol=1e-6)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("shift", [-1.0, 0.0, 1.0])
def test_no_tile_is_larger_than_allowed_and_each_sees_a_halo_beyond_what_it_counts(length, shift):
    for span in spans(length, 512, shift):
        assert span.stop - span.start <= 512
        counted = np.flatnonzero(span.window) + span.start
        assert span.at_start or counted[0] - span.start >= HALO // 2
        assert span.at_stop or span.stop - 1 - counted[-1] >= HALO // 2


@pytest.mark.parametrize("length", LENGTHS)
def test_tiles_downsample_on_the_same_pixels_as_the_whole(length):
    for span in spans(length, 512, 0.4):
        assert span.start % ALIGNMENT == 0
        assert (length - span.stop) % ALIGNMENT == 0


def test_all_tiles_are_of_one_size_wherever_their_boundaries_fall():
    assert (
        len({tile.pixels for shift in (-1.0, 0.2, 1.0) for tile in tiles(1000, 1500, 512, (shift, -shift))})
        == 1
    )


def test_a_picture_that_fits_is_one_tile():
    (only,) = tiles(300, 400, 512)
    assert only.pixels == 300 * 400
    assert only.edges.tolist() == [1.0] * 4
