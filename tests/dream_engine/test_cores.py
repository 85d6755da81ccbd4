"""The processor cores that a process may use."""

import os

import pytest

from dream_engine.cores import available_cores


@pytest.fixture
def in_group(tmp_path, monkeypatch):
    """Returns the cores of a process in a control group with some files, on a machine with 8 cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)

    def cores(line, files):
        membership = tmp_path / "membership"
        membership.write_text(f"{line}\n")
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        return available_cores(membership, tmp_path)

    return cores


@pytest.mark.parametrize(("quota", "cores"), [("200000", 2), ("150000", 2), ("50000", 1), ("max", 8)])
def test_a_containers_share_of_time_bounds_the_cores(in_group, quota, cores):
    assert in_group("0::/bot", {"bot/cpu.max": f"{quota} 100000\n"}) == cores


def test_a_limit_of_a_parent_group_counts(in_group):
    files = {"outer/cpu.max": "300000 100000\n", "outer/inner/cpu.max": "max 100000\n"}
    assert in_group("0::/outer/inner", files) == 3


@pytest.mark.parametrize(("quota", "cores"), [("400000", 4), ("-1", 8)])
def test_version_1_of_control_groups_counts(in_group, quota, cores):
    files = {"cpu/bot/cpu.cfs_quota_us": f"{quota}\n", "cpu/bot/cpu.cfs_period_us": "100000\n"}
    assert in_group("3:cpuacct,cpu:/bot", files) == cores


def test_a_limit_above_the_machines_cores_is_none(in_group):
    assert in_group("0::/", {"cpu.max": "6400000 100000\n"}) == 8


def test_without_control_groups_the_affinity_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3}, raising=False)
    assert available_cores(tmp_path / "missing", tmp_path) == 2


def test_a_system_without_affinity_counts_its_cores(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert available_cores(tmp_path / "missing", tmp_path) == 5
