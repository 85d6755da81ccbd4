"""The conversation of `make demo`, and how it ends."""

import pytest

from bot.errors import ConfigurationError
from dream_engine.dreams import DreamRequest
from dream_engine.errors import DamagedPictureError
from dream_engine.executors.base import ExecutorError
from sandbox import demo, page
from tests.bot.scripted_executor import ScriptedExecutor, inverted

NAMES = [
    "rocket.png",
    "my rocket.png",
    "#1 100%.png",
    "50%25.png",
    "what?.png",
    "rakete ü é ß.png",
    "로켓.png",
    "🚀.png",
    "a&b=c;d+e'f\"g.png",
    "[bold]x[b].png",
    "..a.png",
    "a\\b.png",
]


class Executor(ScriptedExecutor):
    """Finishes each dream at once, or fails it."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error
        self.at_once = error is None

    def dream(self, request: DreamRequest):
        events = super().dream(request)
        if self.error:
            self.dreams[-1].fail(self.error)
        return events


@pytest.fixture(autouse=True)
def executor(monkeypatch):
    executor = Executor()
    monkeypatch.setattr("sandbox.simulation.executor_of", lambda _: executor)
    return executor


@pytest.fixture
def run(tmp_path, small_cat, capsys):
    """Runs the demo on a photograph with this name. Returns its status, the dream and its output."""

    def run(name: str = "cat.png", content: bytes = small_cat):
        photograph, output = tmp_path / name, tmp_path / "new" / "dream.png"
        photograph.write_bytes(content)
        status = demo.main([str(photograph), str(output)])
        return status, output.read_bytes() if output.exists() else None, capsys.readouterr()

    return run


@pytest.mark.parametrize("name", NAMES)
def test_a_photograph_of_any_name_is_dreamed(run, small_cat, name):
    status, dream, output = run(name)
    assert (status, output.err) == (0, "")
    assert dream == inverted(small_cat)
    assert f"/dream image:{name} preset:intense" in output.out.replace("\n", "")


def test_a_refusal_is_printed_at_once_in_the_bots_words(run, executor, monkeypatch):
    executor.error, executor.at_once = DamagedPictureError(), False
    monkeypatch.setattr(demo, "_TIMEOUT_SECONDS", 1e6)
    status, dream, output = run()
    assert (status, dream) == (1, None)
    assert output.err.strip().startswith("The bot refused: That picture is damaged")
    assert output.err.strip().count("\n") == 0


def test_a_refusal_before_any_dream_is_printed_too(run, monkeypatch):
    monkeypatch.setattr(demo, "_TIMEOUT_SECONDS", 1e6)
    status, _, output = run("notes.png", b"x" * 26_000_000)
    assert status == 1
    assert output.err.strip().startswith("The bot refused: ")
    assert "25" in output.err


def test_a_failed_dream_is_reported(run, executor, monkeypatch):
    executor.error, executor.at_once = ExecutorError("the worker is gone"), False
    monkeypatch.setattr(demo, "_TIMEOUT_SECONDS", 1e6)
    status, _, output = run()
    assert status == 1
    assert output.err.strip().startswith("The bot refused: ")
    assert "Traceback" not in output.err


def test_a_missing_answer_is_reported(run, executor, monkeypatch):
    executor.at_once = False
    monkeypatch.setattr(demo, "_TIMEOUT_SECONDS", 0.2)
    status, _, output = run()
    assert status == 1
    assert output.err == "\nThe bot did not answer within 0.2 seconds.\n"


def test_a_missing_photograph_is_named_before_the_bot_starts(tmp_path, capsys):
    assert demo.main([str(tmp_path / "none.png"), str(tmp_path / "dream.png")]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "none.png" in output.err
    assert output.err.strip().count("\n") == 0


@pytest.mark.parametrize("show", [demo, page])
def test_a_failed_start_is_reported_in_one_line(run, monkeypatch, capsys, show):
    def fail(_):
        raise ConfigurationError("DREAM_DEVICES must be cpu.")

    monkeypatch.setattr("sandbox.simulation.executor_of", fail)
    status = run()[0] if show is demo else page.main([])
    assert status == 1
    if show is page:
        assert capsys.readouterr().err == "DREAM_DEVICES must be cpu.\n"


@pytest.mark.parametrize(("show", "arguments"), [(demo, []), (demo, ["one.png"]), (page, ["many"])])
def test_a_wrong_command_line_prints_the_usage(capsys, show, arguments):
    with pytest.raises(SystemExit) as end:
        show.main(arguments)
    assert end.value.code == 2
    assert "usage: python -m sandbox" in capsys.readouterr().err
