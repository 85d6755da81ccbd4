"""The command line of the soak test."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from soak import __main__ as command
from soak.fault_injection import ALL_FAULTS


@pytest.fixture
def options(monkeypatch):
    def parsed(*arguments):
        monkeypatch.setattr(sys, "argv", ["soak", *arguments])
        return command._options()

    return parsed


def test_by_default_all_faults_are_injected_for_five_minutes_with_a_new_seed(options):
    chosen = options()
    assert (chosen.seed, chosen.minutes, chosen.requests) == (None, 5.0, None)
    assert (chosen.troubles, chosen.busy_neighbours, chosen.write_docs) == (ALL_FAULTS, 0, False)


def test_faults_can_be_chosen_by_name(options):
    assert options("--troubles", "kill,clock,bad").troubles == ("kill", "clock", "bad")
    assert options("--troubles", "").troubles == ()


def test_an_unknown_fault_is_reported_with_all_known_ones(options, capsys):
    with pytest.raises(SystemExit):
        options("--troubles", "kill,flood")
    output = capsys.readouterr().err
    assert "unknown: flood; choose from worker, gateway" in output


@pytest.mark.parametrize(("failures", "status"), [([], 0), (["a picture is still there"], 1)])
def test_a_run_prints_and_records_its_seed_and_prints_failures(
    monkeypatch, tmp_path, capsys, options, failures, status
):
    calls = []
    page = tmp_path / "page.md"
    monkeypatch.setenv(command._MOUNT_NAMESPACE, "yes")
    monkeypatch.setattr(command.seeds, "new_seed", lambda: 77)
    monkeypatch.setattr(command.seeds, "record_seed", lambda seed: calls.append(("noted", seed)))
    monkeypatch.setattr(command, "_run", lambda chosen, seed, log: calls.append(("run", seed)))
    for name, answer in {
        "outcome_table": "",
        "resource_summary": "",
        "find_failures": failures,
        "page": "the page",
    }.items():
        monkeypatch.setattr(command, name, lambda *_, answer=answer: answer)
    monkeypatch.setattr(command, "_log_file", lambda: (tmp_path / "log").open("w"))
    monkeypatch.setattr(command, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["soak", "--write-docs"])
    assert command.main() == status
    assert calls == [("noted", 77), ("run", 77)]
    output = capsys.readouterr().out
    assert "The seed is 77. SEED=77 repeats this run." in output
    assert ("Failure: a picture is still there" in output) is bool(failures)
    assert page.exists() is not bool(failures)


def test_a_run_restarts_in_a_mount_namespace_of_its_own(monkeypatch, options):
    commands = []

    def run(command_line, env, check):
        commands.append((command_line, env[command._MOUNT_NAMESPACE], check))
        return SimpleNamespace(returncode=3)

    monkeypatch.delenv(command._MOUNT_NAMESPACE, raising=False)
    monkeypatch.setattr(sys, "argv", ["soak", "--seed", "5"])
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(command.shutil, "which", lambda name: f"/bin/{name}")
    assert command.main() == 3
    ((command_line, apart, check),) = commands
    assert command_line[0] == "/bin/unshare"
    assert "--mount" in command_line
    assert command_line[-4:] == ["-m", "soak", "--seed", "5"]
    assert (apart, check) == ("yes", False)
