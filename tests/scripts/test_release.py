import datetime as dt
import re
import shutil

import pytest

from scripts import release
from scripts.project import ROOT, repository, version
from scripts.release import ReleaseError

TODAY = dt.date(2027, 1, 31)
NEXT = re.sub(r"\.dev\d+$", "", version())


@pytest.fixture
def project(tmp_path):
    for name in ("pyproject.toml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def prepared(project):
    release.prepare(project, "7.0.0", TODAY)
    return project


def test_the_changelog_has_an_unreleased_section_and_the_versions_in_falling_order():
    text = (ROOT / "CHANGELOG.md").read_text()
    first, *released = re.findall(r"^## \[?([^\]\s]+)", text, re.MULTILINE)
    assert first == "Unreleased"
    numbers = [tuple(int(part) for part in name.split(".")) for name in released]
    assert numbers == sorted(set(numbers), reverse=True)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds
    assert repository() in text


def test_a_development_version_is_newer_than_every_released_one():
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    if version() != NEXT:
        assert [int(part) for part in NEXT.split(".")] > [int(part) for part in newest.split(".")]
    else:
        assert version() == newest


def test_preparing_sets_the_version_and_dates_the_unreleased_section(prepared):
    assert version(prepared) == "7.0.0"
    text = (prepared / "CHANGELOG.md").read_text()
    assert "## [Unreleased]\n\n## [7.0.0] - 2027-01-31\n" in text
    assert f"[Unreleased]: {repository()}/compare/v7.0.0...HEAD\n" in text
    assert f"[7.0.0]: {repository()}/releases/tag/v7.0.0\n" in text
    declared = (prepared / "pyproject.toml").read_text()
    assert len(declared.splitlines()) == len((ROOT / "pyproject.toml").read_text().splitlines())


def test_a_prepared_release_passes_the_check_of_its_tag_alone(prepared):
    assert release.check(prepared, "v7.0.0") == "7.0.0"
    for tag in ("7.0.0", "v7.0.1", "v7.0", "v7.0.0.dev0", "main"):
        with pytest.raises(ReleaseError):
            release.check(prepared, tag)


def test_a_checkout_under_development_cannot_be_tagged(project):
    release.develop(project, "8.0.0")
    assert version(project) == "8.0.0.dev0"
    with pytest.raises(ReleaseError, match="make release"):
        release.check(project, "v8.0.0")


def test_the_notes_are_the_versions_section_without_heading_and_links(prepared):
    noted = release.notes(prepared, "7.0.0")
    assert noted.startswith("### Added")
    assert "## " not in noted.replace("### ", "")
    assert "]: http" not in noted
    first = release.notes(prepared, "0.1.0")
    assert first.startswith("The first version.")
    assert "Unreleased" not in first


@pytest.mark.parametrize("number", ["", "7", "7.0", "v7.0.0", "7.0.0.dev0", "7.0.0-rc1", "0.1.0"])
def test_a_version_that_cannot_be_released_changes_nothing(project, number):
    before = [file.read_text() for file in sorted(project.iterdir())]
    with pytest.raises(ReleaseError):
        release.prepare(project, number, TODAY)
    assert [file.read_text() for file in sorted(project.iterdir())] == before


def test_a_release_without_changes_is_refused(prepared):
    with pytest.raises(ReleaseError, match="nothing below"):
        release.prepare(prepared, "7.0.1", TODAY)


@pytest.mark.parametrize(
    ("number", "variant", "tags"),
    [
        ("7.0.1", "cpu", ["7.0.1-cpu", "7.0-cpu", "cpu", "7.0.1", "7.0", "latest"]),
        ("7.0.1", "gpu", ["7.0.1-gpu", "7.0-gpu", "gpu"]),
        ("7.0.1rc1", "cpu", ["7.0.1rc1-cpu", "7.0.1rc1"]),
        ("7.0.1rc1", "cluster", ["7.0.1rc1-cluster"]),
    ],
)
def test_images_have_the_version_and_the_variant_and_only_releases_move_shared_tags(number, variant, tags):
    assert release.image_tags("ghcr.io/Dream-Bot/bot", number, variant) == [
        f"ghcr.io/dream-bot/bot:{tag}" for tag in tags
    ]


def test_an_error_ends_the_command_with_one_sentence(capsys):
    with pytest.raises(SystemExit) as ended:
        release.main(["check", "v99.0.0"])
    assert "v99.0.0" in str(ended.value)
    release.main(["image-tags", "1.2.3", "--image", "a/b", "--variant", "gpu"])
    assert capsys.readouterr().out == "a/b:1.2.3-gpu,a/b:1.2-gpu,a/b:gpu\n"
