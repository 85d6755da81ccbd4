"""The PyTorch peer repeats the engine's settings. These tests compare the two."""

import ast
from pathlib import Path

import pytest

from benchmarks.default_network import fastest_other, render
from benchmarks.jobs import JOBS, LARGE
from benchmarks.processes import BenchmarkError, check_same, ratio
from benchmarks.reference import DREAM, DREAM_FLOAT32, TORCH, TORCH_BFLOAT16

PEER = Path(__file__).parents[2] / "benchmarks" / "plain_torch.py"


def recipes() -> dict[str, dict[str, object]]:
    """Parse the recipes from the file, because PyTorch is not installed here."""
    assignments = (node for node in ast.parse(PEER.read_text()).body if isinstance(node, ast.Assign))
    (insert_results,) = [node.value for node in assignments if node.targets[0].id == "RECIPES"]
    return {
        key.value: {"network": call.args[0].value, "layers": ast.literal_eval(call.args[1])}
        | {word.arg: word.value.value for word in call.keywords if isinstance(word.value, ast.Constant)}
        for key, call in zip(insert_results.keys, insert_results.values, strict=True)
    }


@pytest.mark.parametrize("name", JOBS)
def test_the_torch_peer_uses_the_settings_of_the_preset(name):
    recipe, settings = recipes()[name], JOBS[name].settings()
    assert recipe.pop("network") == settings.backbone
    assert recipe.pop("layers") == settings.layer_weights
    assert recipe.pop("anchored") == (settings.detail == "anchored")
    assert recipe.pop("max_loss", None) == settings.max_loss
    assert recipe == {field: getattr(settings, field) for field in recipe}
    assert settings.octave_scale == 1.4
    assert settings.smoothing == 0


def test_peers_that_compute_the_same_pass():
    check_same("peer", [[1.0, 2.001], [3.0]], [[1.0, 2.0], [3.05]], steps=2)


@pytest.mark.parametrize("losses", [[[1.0, 2.1], [3.0]], [[1.0, 2.0], [4.0]], [[1.0, 2.0]]])
def test_a_peer_that_computes_something_else_is_rejected(losses):
    with pytest.raises(BenchmarkError):
        check_same("peer", losses, [[1.0, 2.0], [3.0]], steps=2)


def test_a_ratio_is_taken_round_by_round():
    assert ratio([2.0, 20.0, 3.0], [1.0, 10.0, 1.0]) == 2.0


def test_the_larger_picture_is_dreamed_with_the_same_settings_but_for_its_octaves():
    settings = LARGE.settings()
    assert settings.replace(octaves=JOBS["intense"].settings().octaves) == JOBS["intense"].settings()


def timed(**seconds: float) -> dict[str, object]:
    """A result in which each peer took one step."""
    names = {"ours": DREAM, "float32": TORCH, "bfloat16": TORCH_BFLOAT16}
    peers = {
        names[name]: {"steps": [value], "losses": [[1.0]], "precision": name}
        for name, value in seconds.items()
    }
    return {"flop": {"9 × 9": 10**9}, "products": [{"float32": 1.0, "bfloat16": 2.0}], "peers": peers}


def test_the_fastest_other_peer_is_the_one_to_compare_with():
    assert fastest_other(timed(ours=1.0, float32=3.0, bfloat16=2.0)["peers"]) == TORCH_BFLOAT16
    assert fastest_other(timed(ours=1.0, float32=3.0, bfloat16=4.0)["peers"]) == TORCH
    assert fastest_other(timed(ours=1.0)["peers"]) == DREAM_FLOAT32


def test_both_sizes_of_the_default_network_are_shown():
    small, large = timed(ours=1.0, float32=4.0, bfloat16=5.0), timed(ours=1.0, float32=4.0, bfloat16=2.0)
    text = render({**small, "large": large})
    first, second = text.split("960 × 640")
    assert "| ratio to plain PyTorch in float32 |" in first
    assert "0.25" in first
    assert "| ratio to plain PyTorch in bfloat16 |" in second
    assert "0.50" in second
    assert render(small) in first
