"""NumPy in the programs of the project. The processes that they start are tested where they are started."""

import os
import subprocess
import sys

import pytest

from dream_engine.cores import available_cores
from dream_engine.numpy_threads import ONE_NUMPY_THREAD, keep_numpy_on_one_thread

VARIABLES = {*ONE_NUMPY_THREAD, "OMP_NUM_THREADS", "GOTO_NUM_THREADS"}
"""The variables that OpenBLAS reads."""

PROGRAMS = [
    "import bot.app",
    "from dream_engine.__main__ import run; sys.argv[1:] = ['--list-presets']; run()",
]


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in a folder of Linux")
@pytest.mark.skipif(available_cores() == 1, reason="on one core, NumPy starts no threads by itself")
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_bot_and_the_command_load_numpy_without_threads(program):
    count = f"import os, sys; {program}; import numpy; print(len(os.listdir('/proc/self/task')))"
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    output = subprocess.check_output([sys.executable, "-c", count], env=environment, text=True)
    assert output.splitlines()[-1] == "1"


def test_a_number_of_threads_in_the_environment_takes_precedence(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    keep_numpy_on_one_thread()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
