"""The tables about tiles and memory, from invented results."""

from benchmarks import memory, tiles


def steps(seconds, megapixels=0.7, tile=1024, *, shrunk=False):
    return {
        "seconds": seconds,
        "processor_seconds": 2 * seconds,
        "megapixels": megapixels,
        "tile": tile,
        "memory": 1000.0,
        "shrunk": shrunk,
    }


def tiles_result():
    return {
        "1024 × 683": {tiles.WHOLE: [steps(0.14), steps(0.28)], tiles.SMALL: [steps(0.21, tile=800)] * 2},
        "4000 × 3000": {
            tiles.WHOLE: [steps(1.0, 4.0, 4096, shrunk=True)] * 2,
            tiles.CHOSEN: [steps(2.64, 12.0, 2048), steps(5.76, 12.0, 1448)],
        },
    }


def test_tiles_are_compared_per_megapixel_with_the_first_picture_in_each_round():
    lines = tiles.render(tiles_result()).splitlines()
    assert (
        "| 4000 × 3000 | as memory chooses | 1448 or 2048 | 4.200 | 0.350 | 0.700 | 1.15 | 1.15 | 1000 |"
        in lines
    )
    assert "| 1024 × 683 | tiles of 800 | 800 | 0.210 | 0.300 | 0.600 | 1.12 | 1.12 | 1000 |" in lines


def test_a_picture_for_which_memory_did_not_suffice_is_no_row():
    text = tiles.render(tiles_result())
    assert "| 4000 × 3000 | whole |" not in text
    assert text.endswith("Memory did not suffice for 4000 × 3000, whole.")


def test_the_table_of_memory_names_the_preset_that_was_dreamed():
    sizes = [*memory.SIZES, "12 megapixels, float32"]
    result = {
        backbone: {size: {"memory": [1000.0], "precision": "bfloat16", "preset": preset} for size in sizes}
        for backbone, preset in memory.PRESETS.items()
    }
    text = memory.render(result)
    assert "| `mild` on `efficientnet_lite0`, bfloat16 |" in text
    assert "| `classic` on `inception_v3`, bfloat16 |" in text
