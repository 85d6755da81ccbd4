"""The changes of a mutation run, and whether it detects that tests notice them."""

from pathlib import Path

import pytest

from scripts.mutants.changes import changes
from scripts.mutants.page import Score, page
from scripts.mutants.running import TestRuns
from scripts.mutants.targets import TARGETS

ROOT = Path(__file__).parent.parent.parent
MODULE = Path("module.py")


def lines_after(source):
    return sorted(change.after for change in changes(MODULE, source))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("total = a + b", ["total = a - b"]),
        ("big = a < b", ["big = a <= b"]),
        ("both = a and b", ["both = a or b"]),
        ("flag = True", ["flag = False"]),
        ("none = a is None", ["none = a is not None"]),
        ("count = 4", ["count = 3", "count = 5"]),
        ("call(a)", ["pass"]),
        ("a.b = c", ["pass"]),
        ("raise ValueError", ["pass"]),
        ("del a[b]", ["pass"]),
    ],
)
def test_each_kind_of_line_has_its_own_changes(line, expected):
    assert [" ".join(after.split()) for after in lines_after(line + "\n")] == expected


def test_a_returned_value_becomes_none_and_a_condition_its_opposite():
    source = "def choose(a, b):\n    if a:\n        return b\n    return None\n"
    assert lines_after(source) == ["if not a:", "return None"]


def test_annotations_imports_docstrings_and_logging_calls_are_left_alone():
    source = (
        '"""A module."""\n'
        "from package import name\n"
        "import logging\n"
        '_log = logging.getLogger("x")\n'
        "def work(a: int | None) -> str | None:\n"
        '    """Works."""\n'
        "    b: int | None\n"
        '    _log.info("%d", 3 + 4)\n'
    )
    assert lines_after(source) == []


def test_a_change_names_its_line_and_holds_the_whole_changed_source():
    (change,) = changes(MODULE, "a = b\n\nc = a * b\n")
    assert (change.line, change.before, change.after) == (3, "c = a * b", "c = a / b")
    assert change.source == "a = b\n\nc = a / b\n"
    assert str(change) == "module.py:3: c = a * b  →  c = a / b"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    # The tests of this repository need none of the libraries that a real run loads once.
    monkeypatch.setattr("scripts.mutants.running._PRELOADED", ["scripts.mutants.running"])
    (tmp_path / "module.py").write_text("def add(a, b):\n    return a + b\n")
    (tmp_path / "test_module.py").write_text(
        "from module import add\n\n\ndef test_adding():\n    assert add(2, 0) == 2\n"
    )
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    return tmp_path


def test_a_run_separates_noticed_from_unnoticed_changes(repository):
    source = (repository / "module.py").read_text()
    found = list(changes(MODULE, source))
    runs = TestRuns([repository])
    noticed = list(runs.noticed(found, ["test_module.py"], runs.baseline_seconds(["test_module.py"])))
    assert {change.after: seen for change, seen in zip(found, noticed, strict=True)} == {
        "return a - b": False,
        "return None": True,
    }
    assert (repository / "module.py").read_text() == source


def test_tests_that_fail_without_a_change_are_rejected(repository):
    (repository / "test_module.py").write_text("def test_nothing():\n    raise ValueError\n")
    with pytest.raises(RuntimeError, match="test_module"):
        TestRuns([repository]).baseline_seconds(["test_module.py"])


def test_the_page_shows_each_modules_share_and_the_total():
    (change,) = changes(MODULE, "a = b + c\n")
    text = page([Score("one.py", 10, []), Score("two.py", 10, [change] * 4)], seed=3, most=10)
    assert "| `one.py` | 10 | 10 | 100% |" in text
    assert "| `two.py` | 10 | 6 | 60% |" in text
    assert "| **all** | **20** | **16** | **80%** |" in text
    assert "make mutants SEED=3" in text


def test_every_module_and_every_test_that_is_listed_exists():
    for module, tests in TARGETS.items():
        assert (ROOT / module).is_file(), module
        for path in tests:
            assert (ROOT / path).exists(), path
