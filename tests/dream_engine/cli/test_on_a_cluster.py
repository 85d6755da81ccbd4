"""The command on a real Ray cluster of two nodes on this machine."""

import time
from collections.abc import Iterator

import psutil
import pytest

from dream_engine.cli.main import main
from tests.dream_engine.executors.ray.real_cluster import NEEDS_RAY, RealCluster, command_line
from tests.moving import FRAMES, frames_of, moving

pytest.importorskip("ray")

pytestmark = NEEDS_RAY


@pytest.fixture(scope="module")
def cluster() -> Iterator[RealCluster]:
    with RealCluster() as cluster:
        yield cluster


def workers() -> list[str]:
    """The process titles of the cluster's workers."""
    titles = map(command_line, psutil.Process().children(recursive=True))
    return [title for title in titles if "DreamActor" in title]


def await_no_workers() -> None:
    """Wait until the cluster's workers have ended, which the command does not wait for."""
    deadline = time.monotonic() + 5
    while workers() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not workers()


def test_a_folder_is_dreamed_on_a_cluster_and_leaves_no_worker(
    cluster, tmp_path, monkeypatch, small_cat, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / "photos" / name).write_bytes(small_cat)
    words = ["photos", "-o", "dreams", "--octaves", "1", "--iterations", "2"]
    assert main([*words, "--executor", cluster.address]) == 0
    output = capsys.readouterr()
    # A machine that takes longer than the interval of the reports also prints how far the folder is.
    dreams = [line.rpartition(" -> ")[2] for line in output.err.splitlines() if " -> " in line]
    assert (sorted(dreams), output.out) == (["dreams/a.png", "dreams/b.png", "dreams/c.png"], "")
    assert "dream: " not in output.err
    await_no_workers()


def test_a_clip_and_a_zoom_are_dreamed_on_a_cluster(cluster, tmp_path, monkeypatch, small_cat):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat.png").write_bytes(small_cat)
    (tmp_path / "wander.gif").write_bytes(moving(FRAMES))
    common = ["--executor", cluster.address, "--octaves", "1", "--iterations", "1", "--quiet"]
    assert main(["wander.gif", "-o", "clip.webp", *common]) == 0
    assert frames_of((tmp_path / "clip.webp").read_bytes()) == FRAMES
    short = ["--seconds", "0.5", "--fps", "4", "--size", "64"]
    assert main(["cat.png", "-o", "zoom.webp", "--motion", "zoom", *short, *common]) == 0
    assert frames_of((tmp_path / "zoom.webp").read_bytes()) == 24
    await_no_workers()
