import json
from string import Template

import pytest

from benchmarks import results
from benchmarks.document import NOT_YET, PAGE, TEMPLATE, page, section
from benchmarks.processes import BenchmarkError
from benchmarks.registry import DEFAULT_ROUNDS, MEASUREMENTS, rounds_of

MACHINE = {
    "processor": "Difference Engine",
    "instructions": ["avx2"],
    "cores": 2,
    "memory_gib": 8.0,
    "system": "Some Linux",
    "python": "3.12.0",
    "tensorflow": "2.21.0",
    "torch": None,
}


def small_results() -> dict:
    pairs = [[2.0, 1.0]] * 9 + [[3.0, 1.0]]
    found = {
        "new_sizes": {"rounds": [{"intense": [[2.0, 1.0]] * 3, "mild": pairs}]},
        "start": {"efficientnet_lite0": [3.0, 5.0, 4.0], "inception_v3": [6.0]},
    }
    return {
        "machine": MACHINE,
        "measurements": {
            name: {"date": "2030-01-02", "rounds": 3, "result": result} for name, result in found.items()
        },
    }


def test_the_page_in_the_repository_matches_the_results():
    assert PAGE.read_text() == page(results.load()), "run python -m benchmarks --write-docs"


def test_every_measurement_has_a_place_on_the_page():
    assert set(Template(TEMPLATE.read_text()).get_identifiers()) == {"machine", *MEASUREMENTS}


def test_the_page_shows_medians_and_names_the_machine():
    text = page(small_results())
    assert "| `efficientnet_lite0` | 4.0 |" in text
    assert "| `mild` | 1.00 | 2.00 | 3.00 |" in text
    assert "2 cores of the processor Difference Engine (avx2)" in text
    assert "*Measured on 2030-01-02, 3 rounds.*" in text


def test_a_missing_measurement_is_stated():
    assert section(small_results(), "memory") == NOT_YET


def test_a_single_measurement_replaces_only_its_own_result(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps(small_results()))
    kept = results.begin(MACHINE, everything=False, path=path)
    results.add(kept, "start", 1, {"efficientnet_lite0": [9.0]}, path)
    now = results.load(path)["measurements"]
    assert now["start"]["result"] == {"efficientnet_lite0": [9.0]}
    assert now["new_sizes"] == small_results()["measurements"]["new_sizes"]


def test_the_page_says_how_long_a_measurement_took(tmp_path):
    kept = small_results()
    for seconds, written in ((90.4, "3 rounds, in 90 s"), (300.0, "3 rounds, in 5 min")):
        results.add(kept, "start", 3, {"inception_v3": [6.0]}, tmp_path / "results.json", seconds)
        assert section(kept, "start").endswith(f", {written}.*")


def test_a_chosen_number_of_rounds_replaces_that_of_each_measurement():
    assert rounds_of("reference", None) == DEFAULT_ROUNDS
    assert rounds_of("varied_dreams", None) == 1
    assert {rounds_of(name, 7) for name in MEASUREMENTS} == {7}


def test_results_of_two_machines_are_not_mixed(tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps(small_results()))
    other = {**MACHINE, "processor": "Analytical Engine"}
    with pytest.raises(BenchmarkError):
        results.begin(other, everything=False, path=path)
    assert results.begin(other, everything=True, path=path)["measurements"] == {}
