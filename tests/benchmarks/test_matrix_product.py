import pytest

from benchmarks import matrix_product
from benchmarks.jobs import JOBS
from benchmarks.prepare import folded_network
from dream_engine import backbones


@pytest.mark.parametrize(("job", "flop"), [("classic", 139.9e9), ("intense", 12.6e9)])
def test_the_flop_of_a_step_are_those_of_its_convolutions_in_both_directions(job, flop):
    network = folded_network(backbones.get(JOBS[job].backbone).build(), JOBS[job])
    assert matrix_product.step_flop(network, 640, 960) == pytest.approx(flop, rel=0.01)


def test_the_speed_counts_every_step_at_its_octave():
    flop = {"small": 10**9, "large": 4 * 10**9}
    assert matrix_product.gflops(flop, [[0.1, 0.2], [0.3]], seconds=3.0) == pytest.approx(2.0)
