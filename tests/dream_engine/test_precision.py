import pytest

from dream_engine.compute.dreamer import Dreamer
from dream_engine.precision import quickest_precision


@pytest.mark.parametrize(
    ("flags", "precision"),
    [
        ("fpu sse2 avx2 avx512f avx512_bf16", "bfloat16"),
        ("fpu avx512f amx_bf16 amx_tile", "bfloat16"),
        ("fpu sse2 avx2 avx512f", "float32"),
    ],
)
def test_bfloat16_is_for_processors_that_multiply_it(tmp_path, flags, precision):
    described = tmp_path / "cpuinfo"
    described.write_text(f"processor\t: 0\nmodel name\t: A processor\nflags\t\t: {flags}\n\nprocessor\t: 1\n")
    assert quickest_precision(described) == precision


def test_where_nobody_describes_the_processor_it_is_float32(tmp_path):
    assert quickest_precision(tmp_path / "nothing") == "float32"
    assert quickest_precision(tmp_path) == "float32"


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_dreamer_computes_in_the_precision_it_is_told(precision):
    network = Dreamer(precision=precision)._network("efficientnet_lite0", ("block1/expand",))
    assert network.output["block1/expand"].dtype == precision
