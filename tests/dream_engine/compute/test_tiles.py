import numpy as np
import pytest

from dream_engine.compute.regions import BORDER, WholePicture
from dream_engine.compute.tiles import ALIGNMENT, HALO, TileWindow, grid, spans, tiles
from dream_engine.runtime import tf

LENGTHS = [385, 500, 801, 1000, 2317, 4000]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("shift", [-1.0, -0.3, 0.0, 1.0])
def test_the_windows_of_all_spans_add_up_to_one_everywhere(length, count, shift):
    total = np.zeros(length)
    for span in spans(length, count, shift):
        total[span.start : span.stop] += span.window
    np.testing.assert_allclose(total, 1.0, atol=1e-6)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("shift", [-1.0, 0.0, 1.0])
def test_each_span_has_a_halo_where_it_meets_another(length, count, shift):
    for span in spans(length, count, shift):
        counted = np.flatnonzero(span.window) + span.start
        assert span.at_start or counted[0] - span.start >= HALO // 2
        assert span.at_stop or span.stop - 1 - counted[-1] >= HALO // 2


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("count", [2, 3])
def test_spans_downsample_on_the_same_pixels_as_the_whole(length, count):
    for span in spans(length, count, 0.4):
        assert span.start % ALIGNMENT == 0
        assert (length - span.stop) % ALIGNMENT == 0


@pytest.mark.parametrize("tile", [256, 512, 800, 2048])
@pytest.mark.parametrize(("height", "width"), [(640, 960), (683, 1024), (3000, 4000), (300, 9000)])
def test_no_tile_has_more_pixels_than_its_size_allows(height, width, tile):
    assert all(one.height * one.width <= tile**2 for one in tiles(height, width, tile, (1.0, -1.0)))


def test_the_grid_has_the_fewest_pixels_in_all():
    assert grid(3000, 4000, 2048) == (2, 2)
    assert grid(683, 1024, 800) == (1, 2)
    assert sum(tile.height * tile.width for tile in tiles(3000, 4000, 2048)) < 1.12 * 3000 * 4000


def test_unshifted_boundaries_divide_both_sides_evenly():
    windows = [(t.rows.window.tolist(), t.columns.window.tolist()) for t in tiles(640, 960, 512)]
    still = [(t.rows.window.tolist(), t.columns.window.tolist()) for t in tiles(640, 960, 512, (0.0, 0.0))]
    assert windows == still


def test_rows_and_columns_are_shifted_separately():
    rows, columns = grid(640, 960, 512)
    found = list(tiles(640, 960, 512, (1.0, 0.0)))
    down, right = spans(640, rows, 1.0), spans(960, columns)
    assert [tile.rows.window.tolist() for tile in found[::columns]] == [span.window.tolist() for span in down]
    assert [tile.columns.window.tolist() for tile in found[:columns]] == [
        span.window.tolist() for span in right
    ]


def test_all_tiles_have_one_size_at_any_shift():
    shifted = (tile for shift in (-1.0, 0.2, 1.0) for tile in tiles(1000, 1500, 512, (shift, -shift)))
    assert len({(tile.height, tile.width) for tile in shifted}) == 1


@pytest.mark.parametrize(("height", "width"), [(300, 400), (256, 1024)])
def test_a_picture_that_fits_is_one_tile(height, width):
    (only,) = tiles(height, width, 512)
    assert (only.height, only.width) == (height, width)
    assert only.edges.tolist() == [1.0] * 4
    assert only.columns.window.tolist() == [1.0] * width


def test_boundaries_move_a_little_in_the_shifts_direction():
    def crossing(shift):
        first, _ = spans(640, 2, shift)
        return first.start + np.flatnonzero(first.window < 0.5)[0]

    assert crossing(0.0) == 320
    assert crossing(1.0) == 336
    assert crossing(-0.5) == 312


@pytest.mark.parametrize("shift", [(0, 0), (64, -64), (-700, 1300)])
def test_blocks_are_the_tiles_part_of_the_rolled_picture(shift):
    height, width = 640, 900
    picture = np.arange(height * width).reshape(height, width)
    rolled = np.roll(picture, shift, axis=(0, 1))
    for tile in tiles(height, width, 512, (0.3, -0.8)):
        found = np.full((tile.height, tile.width), -1)
        for inside, outside in tile.blocks(height, width, shift):
            found[inside] = picture[outside]
        expected = rolled[tile.rows.start : tile.rows.stop, tile.columns.start : tile.columns.stop]
        np.testing.assert_array_equal(found, expected)


def test_windows_overlap_linearly_over_two_feathers():
    first, _ = spans(640, 2)
    passing = first.window[(first.window > 0) & (first.window < 1)]
    assert len(passing) == 64
    np.testing.assert_allclose(np.diff(passing), -1 / 64, atol=1e-6)


def test_edges_mark_where_a_tile_ends_with_the_picture():
    ends = [tile.edges.tolist() for tile in tiles(640, 640, 512)]
    assert ends == [[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1]]


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
