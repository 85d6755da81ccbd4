"""Checks of the workflows of CI, without running them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from scripts.check_platform import PYTHONS

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
JOBS = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
VERSIONS = [f"{major}.{minor}" for major, minor in PYTHONS]


def runs(job):
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def test_all_workflows_follow_their_schema():
    assert FILES
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [program, "--builtin-schema", "vendor.github-workflows", *FILES]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(
    ("job", "runners"),
    [
        ("check", ["ubuntu-24.04", "ubuntu-24.04-arm"]),
        ("macos", ["macos-14"]),
        ("windows", ["windows-2022"]),
    ],
)
def test_each_platform_is_tested_with_each_python(job, runners):
    matrix = JOBS[job]["strategy"]["matrix"]
    assert matrix["python"] == VERSIONS
    assert matrix.get("runner", [JOBS[job]["runs-on"]]) == runners


def test_the_image_is_built_for_both_platforms_on_their_own_machines():
    built = {entry["platform"]: entry["runner"] for entry in JOBS["image"]["strategy"]["matrix"]["include"]}
    assert built == {"linux/amd64": "ubuntu-24.04", "linux/arm64": "ubuntu-24.04-arm"}
    assert "--push" not in " ".join(runs("image"))


def test_windows_installs_as_the_page_of_platforms_says():
    page = (ROOT / "docs" / "platforms.md").read_text()
    options = "--require-hashes --only-binary :all:"
    for lock in ("-r locks/build.txt", "-r locks/cpu.txt -r locks/video.txt"):
        assert f"$INSTALL {lock}" in runs("windows")
        assert f"pip install {options} {lock}\n" in page
    assert options in JOBS["windows"]["env"]["INSTALL"]
    assert "python scripts/check_platform.py" in runs("windows")
    assert "py -3.12 scripts/check_platform.py" in page


def test_the_tests_that_macos_and_windows_run_exist():
    script = (ROOT / ".ci" / "portable").read_text()
    named = re.findall(r"tests/[\w/]+(?:_?\{[\w,]+\})?(?:\.py)?", script)
    assert len(named) == 6
    for name in named:
        stem, _, rest = name.partition("{")
        files = [stem + choice + ".py" for choice in rest.rstrip("}.py").split(",")] if rest else [name]
        assert [file for file in files if not (ROOT / file).exists()] == []
