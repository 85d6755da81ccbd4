import numpy as np
import pytest

from dream_engine.compute.regions import BORDER, WholePicture
from dream_engine.compute.tiles import ALIGNMENT, HALO, Span, Tile, TileWindow, spans, tiles
from dream_engine.runtime import tf

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
def test_no_tile_exceeds_its_size_and_each_has_a_halo(length, shift):
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


def test_unshifted_boundaries_divide_both_sides_evenly():
    windows = [(t.rows.window.tolist(), t.columns.window.tolist()) for t in tiles(640, 960, 512)]
    still = [(t.rows.window.tolist(), t.columns.window.tolist()) for t in tiles(640, 960, 512, (0.0, 0.0))]
    assert windows == still


def test_rows_and_columns_are_shifted_separately():
    found = list(tiles(640, 960, 512, (1.0, 0.0)))
    rows, columns = spans(640, 512, 1.0), spans(960, 512)
    assert [tile.rows.window.tolist() for tile in found[::3]] == [span.window.tolist() for span in rows]
    assert [tile.columns.window.tolist() for tile in found[:3]] == [span.window.tolist() for span in columns]


def test_all_tiles_have_one_size_at_any_shift():
    assert (
        len({tile.pixels for shift in (-1.0, 0.2, 1.0) for tile in tiles(1000, 1500, 512, (shift, -shift))})
        == 1
    )


def test_a_picture_that_fits_is_one_tile():
    (only,) = tiles(300, 400, 512)
    assert only.pixels == 300 * 400
    assert only.edges.tolist() == [1.0] * 4
    assert only.rows.stop == 300
    assert only.columns.window.tolist() == [1.0] * 400


def test_a_picture_as_long_as_a_tile_is_one_tile():
    assert len(spans(512, 512)) == 1
    assert len(spans(513, 512)) == 2


def test_boundaries_move_by_at_most_the_halo_in_the_shifts_direction():
    def crossing(shift):
        first, _ = spans(640, 512, shift)
        return first.start + np.flatnonzero(first.window < 0.5)[0]

    assert crossing(0.0) == 320
    assert crossing(1.0) == 320 + HALO
    assert crossing(-0.5) == 320 - HALO // 2


def test_windows_overlap_linearly_over_two_feathers():
    first, _ = spans(640, 512)
    passing = first.window[(first.window > 0) & (first.window < 1)]
    assert len(passing) == 64
    np.testing.assert_allclose(np.diff(passing), -1 / 64, atol=1e-6)


def test_edges_mark_where_a_tile_ends_with_the_picture():
    ends = [tile.edges.tolist() for tile in tiles(640, 640, 512)]
    assert ends == [[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1]]


def test_a_tile_has_as_many_pixels_as_its_spans_cover():
    window = np.ones(1, np.float32)
    assert Tile(Span(3, 10, window, False, True), Span(20, 25, window, True, False)).pixels == 35


def network(picture, strides):
    """A network without weights: the mean of each square of pixels, as an activation."""
    return tf.nn.avg_pool2d(picture, strides, strides, "SAME")


@pytest.mark.parametrize("stride", [1, 2, 8, 32])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.7, -1.0)])
def test_the_tiles_weights_add_up_to_the_whole_pictures(stride, shift):
    height, width = 640, 768
    random = np.random.default_rng(4)
    picture = tf.constant(random.normal(0, 1, (1, height, width, 3)).astype(np.float32))
    whole = WholePicture().mean(network(picture, stride))
    total = 0.0
    for tile in tiles(height, width, 384, shift):
        rows, columns = tile.rows, tile.columns
        part = picture[:, rows.start : rows.stop, columns.start : columns.stop]
        region = TileWindow(
            tf.constant(rows.window),
            tf.constant(columns.window),
            tf.constant(tile.edges),
            tf.constant([height, width], tf.float32),
        )
        total += float(region.mean(network(part, stride)))
    assert total == pytest.approx(float(whole), rel=2e-4)


def test_positions_of_unpadded_convolutions_are_evenly_spaced_in_their_tile():
    window = np.linspace(0.0, 1.0, 64, dtype=np.float32)
    edges = np.zeros(4, np.float32)
    picture = np.array([164.0, 264.0], np.float32)
    region = TileWindow(*(tf.constant(value) for value in (window, window, edges, picture)))
    shares = region.shares(tf.zeros((1, 29, 29, 5))).numpy()[0, :, :, 0]
    # 29 positions 2 pixels apart: the first is at pixel 4, the last at 60.
    at = np.interp(4.0 + 2.0 * np.arange(29), np.arange(64) + 0.5, window)
    expected = np.outer(at, at) / ((29 + 100 / 2) * (29 + 200 / 2) * 5)
    np.testing.assert_allclose(shares, expected, rtol=1e-5)


def test_a_tile_excludes_the_border_only_at_the_pictures_edge():
    window = np.ones(32, np.float32)
    for edge, border in enumerate(
        (np.s_[:BORDER, :], np.s_[-BORDER:, :], np.s_[:, :BORDER], np.s_[:, -BORDER:])
    ):
        edges = np.zeros(4, np.float32)
        edges[edge] = 1.0
        picture = np.array([32.0, 32.0], np.float32)
        region = TileWindow(*(tf.constant(value) for value in (window, window, edges, picture)))
        counted = region.shares(tf.zeros((1, 32, 32, 1))).numpy()[0, :, :, 0] > 0
        expected = np.ones((32, 32), bool)
        expected[border] = False
        np.testing.assert_array_equal(counted, expected)
