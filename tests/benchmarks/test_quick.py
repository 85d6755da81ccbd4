"""The comparison of the working tree with a commit."""

import subprocess

import pytest

from benchmarks import quick
from benchmarks.processes import ROOT, BenchmarkError
from benchmarks.quick import Measured, checked_out, compared, render


def measured(seconds, processor_seconds=1.0):
    return {"a dream": Measured(seconds, processor_seconds)}


def compared_with(seconds_of_a_round, monkeypatch, limit=100.0):
    monkeypatch.setattr(quick, "_SECONDS", limit)
    now = 0.0

    def new():
        nonlocal now
        now += seconds_of_a_round
        return measured(2.0)

    return list(compared(new, lambda: measured(4.0), clock=lambda: now))


def test_both_trees_are_measured_in_turn_until_another_round_would_end_too_late(monkeypatch):
    rounds = compared_with(30.0, monkeypatch)
    assert rounds == [(measured(2.0), measured(4.0))] * 3


def test_a_slow_machine_measures_once_and_a_fast_one_stops_some_time(monkeypatch):
    assert len(compared_with(500.0, monkeypatch)) == 1
    assert len(compared_with(0.1, monkeypatch)) == 7


def test_ratios_are_medians_of_rounds_and_not_ratios_of_medians():
    rounds = [
        (measured(1.0), measured(2.0)),
        (measured(9.0), measured(10.0)),
        (measured(4.0), measured(5.0, 4.0)),
    ]
    row = render(rounds).splitlines()[-1]
    assert row == "| a dream | 4.00 s | 0.80 | 0.50 to 0.90 | 1.00 |"


def test_a_row_that_the_older_engine_lacks_is_left_out_with_a_sentence():
    both = {"a dream": Measured(1.0, 1.0), "a queue": Measured(1.0, 1.0)}
    *_, row, sentence = render([(both, measured(2.0))]).splitlines()
    assert row.startswith("| a dream | 1.00 s | 0.50 |")
    assert sentence == "The engine of the commit cannot run: a queue."


def test_a_commit_is_checked_out_and_removed_again(tmp_path):
    if subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, check=False
    ).returncode:
        pytest.skip("this is no clone")
    with checked_out("HEAD", tmp_path / "tree") as tree:
        assert (tree / "dream_engine" / "session.py").exists()
    assert not tree.exists()


def test_an_unknown_commit_ends_in_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmarks.quick", "no-such-commit"])
    assert quick.main() == 1
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(BenchmarkError), checked_out("no-such-commit", tmp_path / "tree"):
        pass
