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
def test_bfloat16_is_chosen_for_processors_with_instructions_for_it(tmp_path, flags, precision):
    described = tmp_path / "cpuinfo"
    described.write_text(f"processor\t: 0\nmodel name\t: A processor\nflags\t\t: {flags}\n\nprocessor\t: 1\n")
    assert quickest_precision(described) == precision


def test_float32_is_chosen_without_a_description_of_the_processor(tmp_path):
    assert quickest_precision(tmp_path / "nothing") == "float32"
    assert quickest_precision(tmp_path) == "float32"


@pytest.mark.usefixtures("default_model_stays_loaded")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_dreamer_computes_in_the_given_precision(precision):
    network = Dreamer(precision=precision)._networks.network("efficientnet_lite0", ("block1/expand",))
    assert network.output["block1/expand"].dtype == precision
