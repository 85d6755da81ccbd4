"""Tests of the files that the locks install on each platform."""

import re

import pytest
from packaging.requirements import Requirement

from scripts import platform_wheels
from scripts.platform_wheels import ENVIRONMENTS, LIST, LOCKS, PLATFORMS, ROOT, entries_of, missing, read_list

FILES = read_list()
LINUX, ARM, MAC, WINDOWS = PLATFORMS


def environment(platform, python=(3, 12)):
    return next(found for found in ENVIRONMENTS if (found.platform, found.python) == (platform, python))


def pins(environment, lock):
    entries = entries_of(ROOT / "locks" / f"{lock}.txt")
    return {pin.name: pin for pin, _ in entries if environment.needs(pin)}


def test_every_pin_has_a_file_with_a_locked_hash_on_each_platform():
    assert missing(FILES) == [], "run make lock"


def test_the_list_names_each_file_that_is_needed_and_no_other(tmp_path):
    copy = tmp_path / "wheels"
    platform_wheels.write_list(FILES, copy)
    assert copy.read_text() == LIST.read_text()
    assert all(re.fullmatch("[0-9a-f]{64}  [^ /]+", line) for line in LIST.read_text().splitlines())


def test_a_pin_without_a_wheel_is_reported():
    without = {name: digest for name, digest in FILES.items() if not re.match("tensorflow-.*macosx", name)}
    assert len(FILES) - len(without) == 3
    assert missing(without) == [
        f"macOS arm64, Python 3.{minor}: {lock} pins tensorflow, which has no file"
        for minor in (11, 12, 13)
        for lock in ("cpu", "gpu")
    ]


def test_a_hash_that_is_not_in_the_lock_does_not_count():
    changed = {
        name: "0" * 64 if re.match("psutil-.*win_amd64", name) else digest for name, digest in FILES.items()
    }
    assert any("Windows" in found and "psutil" in found for found in missing(changed))


@pytest.mark.parametrize("found", ENVIRONMENTS, ids=str)
def test_each_platform_gets_one_tensorflow(found):
    small, other = "tensorflow-cpu", "tensorflow"
    packages = pins(found, "cpu").keys() & {small, other}
    assert packages == ({small} if found.platform in {LINUX, WINDOWS} else {other})


@pytest.mark.parametrize("found", ENVIRONMENTS, ids=str)
def test_no_package_is_pinned_twice_in_one_environment(found):
    for lock in LOCKS:
        names = [pin.name for pin, _ in entries_of(lock) if found.needs(pin)]
        assert len(names) == len(set(names))


def test_cuda_is_installed_only_where_tensorflow_is_built_with_it():
    assert "nvidia-cudnn-cu12" in pins(environment(LINUX), "gpu")
    for platform in (ARM, MAC, WINDOWS):
        taken = pins(environment(platform), "gpu")
        assert "tensorflow" in taken
        assert not [name for name in taken if name.startswith("nvidia")]


def test_only_packages_without_any_wheel_are_built_from_source():
    sources = {name.rpartition("-")[0] for name in FILES if not name.endswith(".whl")}
    assert sources == platform_wheels.SOURCES


@pytest.mark.parametrize(
    ("platform", "python", "name", "fits"),
    [
        (LINUX, (3, 12), "example-1.0-py3-none-any.whl", True),
        (LINUX, (3, 12), "example-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", True),
        (LINUX, (3, 12), "example-1.0-cp312-cp312-manylinux_2_34_x86_64.whl", False),
        (LINUX, (3, 12), "example-1.0-cp311-abi3-manylinux2014_x86_64.whl", True),
        (LINUX, (3, 12), "example-1.0-cp313-cp313-manylinux2014_x86_64.whl", False),
        (LINUX, (3, 12), "example-1.0-cp312-cp312-musllinux_1_2_x86_64.whl", False),
        (ARM, (3, 13), "example-1.0-cp313-cp313-manylinux_2_27_aarch64.whl", True),
        (ARM, (3, 13), "example-1.0-cp313-cp313-manylinux_2_27_x86_64.whl", False),
        (MAC, (3, 11), "example-1.0-cp311-cp311-macosx_14_0_arm64.whl", True),
        (MAC, (3, 11), "example-1.0-cp311-cp311-macosx_11_0_universal2.whl", True),
        (MAC, (3, 11), "example-1.0-cp311-cp311-macosx_15_0_arm64.whl", False),
        (MAC, (3, 11), "example-1.0-cp311-cp311-macosx_14_0_x86_64.whl", False),
        (WINDOWS, (3, 12), "example-1.0-cp312-cp312-win_amd64.whl", True),
        (WINDOWS, (3, 12), "example-1.0-cp312-cp312-win_arm64.whl", False),
        (WINDOWS, (3, 12), "example-1.0.tar.gz", False),
        (LINUX, (3, 12), "other-1.0-py3-none-any.whl", False),
        (LINUX, (3, 12), "example-1.1-py3-none-any.whl", False),
    ],
)
def test_a_file_fits_only_its_own_platforms(platform, python, name, fits):
    chosen = environment(platform, python).file_of(Requirement("example==1.0"), [name])
    assert chosen == (name if fits else None)


def test_the_most_specific_wheel_is_chosen():
    names = [
        "example-1.0-py3-none-any.whl",
        "example-1.0-cp312-cp312-macosx_11_0_arm64.whl",
        "example-1.0-cp312-cp312-macosx_14_0_arm64.whl",
    ]
    assert environment(MAC).file_of(Requirement("example==1.0"), names) == names[2]
