import pytest


@pytest.fixture(autouse=True)
def _one_worker(monkeypatch) -> None:
    """Let the command dream many pictures in its own process, unless a test asks for workers."""
    monkeypatch.setattr("dream_engine.cli.executors.choose_worker_count", lambda devices, _: len(devices))
