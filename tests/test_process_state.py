"""Tests that leave process-wide changes behind fail."""

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import discord
import pytest
from PIL import Image

from tests.process_state import changes, kept_state, read_state, restore

ROOT = Path(__file__).parents[1]


def _add_handler(_):
    logging.getLogger().addHandler(logging.NullHandler())


def _add_handler_below(_):
    logging.getLogger("bot.new").addHandler(logging.NullHandler())


def _set_level(_):
    logging.getLogger("discord.never_seen").setLevel(logging.ERROR)


def _stop_propagation(_):
    logging.getLogger("dream_engine.never_seen").propagate = False


def _disable_logging(_):
    logging.disable(logging.WARNING)


def _set_variable(_):
    os.environ["DREAM_QUEUE"] = "7"


def _change_folder(folder):
    os.chdir(folder)


def _search_elsewhere(folder):
    sys.path.insert(0, str(folder))


def _ignore_signal(_):
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)


def _point_elsewhere(_):
    discord.http.Route.BASE = "http://127.0.0.1:1"


def _lift_bound(_):
    Image.MAX_IMAGE_PIXELS = 1


CHANGES = {
    "the handlers of the logger root": _add_handler,
    "the handlers of the logger bot.new": _add_handler_below,
    "the level of the logger discord.never_seen": _set_level,
    "whether the logger dream_engine.never_seen propagates": _stop_propagation,
    "the level below which logging is disabled": _disable_logging,
    "the variable DREAM_QUEUE": _set_variable,
    "the working directory": _change_folder,
    "the search path": _search_elsewhere,
    "the handler of SIGUSR1": _ignore_signal,
    "discord.http:Route:BASE": _point_elsewhere,
    "PIL.Image::MAX_IMAGE_PIXELS": _lift_bound,
}


@pytest.mark.parametrize(("name", "change"), CHANGES.items())
def test_a_change_of_the_process_is_reported_and_undone(name, change, tmp_path):
    before = read_state()
    change(tmp_path)
    (said,) = changes(before, read_state())
    restore(before)
    assert said.startswith(f"{name}: ")
    assert changes(before, read_state()) == []


def _fail_after(change, folder):
    with kept_state():
        change(folder)
        raise KeyError


def test_the_state_is_restored_after_an_error(tmp_path):
    before = read_state()
    with pytest.raises(KeyError):
        _fail_after(_set_variable, tmp_path)
    assert changes(before, read_state()) == []


def test_a_variable_that_a_test_removed_is_restored(monkeypatch):
    monkeypatch.setenv("DREAM_QUEUE", "7")
    with kept_state():
        del os.environ["DREAM_QUEUE"]
    assert os.environ["DREAM_QUEUE"] == "7"


def test_a_test_that_leaves_a_log_handler_behind_fails_and_the_next_one_does_not(tmp_path):
    (tmp_path / "conftest.py").write_text("from tests.conftest import _leaves_the_process_as_it_was\n")
    (tmp_path / "test_it.py").write_text(
        "import logging\n\n"
        "def test_leaves():\n    logging.getLogger().addHandler(logging.StreamHandler())\n\n"
        "def test_finds_nothing():\n"
        "    assert not [h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler]\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "."]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    last = ended.stdout.splitlines()[-1]
    assert "2 passed" in last
    assert "1 error" in last
    assert "ERROR test_it.py::test_leaves" in ended.stdout
