"""Tests of the sentence that says why the project cannot be installed."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import check_platform
from scripts.check_platform import Facts, problem

FILE = Path(check_platform.__file__)
MAC = {"system": "darwin", "machine": "arm64", "build": "macosx-11.0-arm64", "glibc": None, "macos": (15, 1)}
WINDOWS = {"system": "win32", "machine": "AMD64", "build": "win-amd64", "glibc": None}
ARM = {"machine": "aarch64", "build": "linux-aarch64"}


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
@pytest.mark.parametrize("machine", [{}, ARM, MAC, WINDOWS], ids=["linux", "arm", "mac", "windows"])
def test_a_supported_machine_has_no_problem(machine, version):
    assert problem(Facts(version=version, **machine)) is None


def test_a_graphics_card_is_supported_on_linux():
    assert problem(Facts(), "gpu") is None


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"version": (2, 7), "system": "linux2"}, "this is Python 2.7; select another"),
        ({"version": (3, 10)}, "needs Python 3.11, 3.12 or 3.13, and this is Python 3.10"),
        ({"version": (3, 14)}, "because TensorFlow has no package for Python 3.14; select another"),
        ({"version": (3, 14), **MAC}, "because TensorFlow has no package for Python 3.14"),
        ({"version": (3, 14), **WINDOWS}, "'py -3.12'"),
        ({"version": (3, 13), "free_threaded": True}, "a free-threaded Python"),
        ({"implementation": "PyPy", "version": (3, 11)}, "no package for PyPy"),
        ({**MAC, "machine": "x86_64"}, "cannot run on an Intel Mac"),
        ({**MAC, "macos": (13, 7)}, "needs macOS 14 or newer, and this is macOS 13.7"),
        ({"glibc": None}, "Alpine or another Linux without glibc"),
        ({"glibc": (2, 17)}, "needs glibc 2.28 or newer, and this Linux has 2.17"),
        ({"machine": "armv7l", "bits": 32}, "64-bit Raspberry Pi OS"),
        ({"machine": "aarch64", "bits": 32}, "needs a 64-bit Python"),
        ({"machine": "riscv64"}, "a processor of the kind riscv64"),
        ({**WINDOWS, "bits": 32, "build": "win32"}, "needs a 64-bit Python"),
        ({**WINDOWS, "machine": "ARM64", "build": "win-arm64"}, "a processor of the kind ARM64"),
        ({**WINDOWS, "build": "mingw_x86_64_ucrt_gnu"}, "needs the Python of python.org"),
        ({"system": "freebsd14"}, "cannot run on freebsd14"),
        ({"system": "cygwin"}, "cannot run on cygwin"),
        ({"processor_flags": frozenset({"sse4_2"})}, "a processor with AVX"),
    ],
)
def test_an_unsupported_machine_gets_one_sentence_with_a_way_out(facts, expected):
    sentence = problem(Facts(**facts))
    assert sentence is not None
    assert expected in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert re.search("use |select |install |update |give |needs the Python of", sentence)


@pytest.mark.parametrize("machine", [ARM, MAC, WINDOWS], ids=["arm", "mac", "windows"])
def test_a_graphics_card_is_refused_elsewhere(machine):
    assert "VARIANT=gpu needs Linux on x86-64" in (problem(Facts(**machine), "gpu") or "")


def test_this_machine_runs_the_tests_so_it_has_no_problem():
    assert problem(check_platform.this_machine()) is None
    ended = subprocess.run([sys.executable, FILE], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_problem_is_printed_and_ends_with_a_status(monkeypatch, capsys):
    monkeypatch.setattr(check_platform, "this_machine", lambda: Facts(version=(3, 14)))
    assert check_platform.main([]) == 1
    assert capsys.readouterr().err == f"{problem(Facts(version=(3, 14)))}\n"


def test_an_old_python_can_read_the_file():
    tree = ast.parse(FILE.read_text(), feature_version=(3, 4))
    kinds = {type(node) for node in ast.walk(tree)}
    assert not kinds & {ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Nonlocal}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert functions
    for function in functions:
        arguments = function.args
        assert function.returns is None
        assert not arguments.kwonlyargs
        assert all(argument.annotation is None for argument in arguments.args)
    assert FILE.read_text().isascii(), "Python 2 needs a declaration of any other encoding"


def test_the_versions_are_those_that_the_project_declares():
    declared = (FILE.parents[1] / "pyproject.toml").read_text()
    oldest, newest = check_platform.PYTHONS[0], check_platform.PYTHONS[-1]
    bounds = f">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"
    assert f'requires-python = "{bounds}"' in declared
