"""Checks of the workflows, and runs of the scripts that they call, with stand-ins for docker and gh."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from scripts import release
from scripts.project import ROOT, version
from tests.scripts.test_release import TODAY
from tests.test_container import BIN

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RELEASE = ROOT / ".github" / "workflows" / "release.yml"
JOBS = YAML(typ="safe").load(RELEASE)["jobs"]


def needed(job: str) -> set[str]:
    """A job and all that must succeed before it."""
    direct = JOBS[job].get("needs", [])
    names = [direct] if isinstance(direct, str) else direct
    return {job}.union(*(needed(name) for name in names))


@pytest.fixture
def checkout(tmp_path):
    """A copy of the checkout in which version 7.0.0 is prepared."""
    place = tmp_path / "checkout"
    place.mkdir()
    for name in (".ci", "scripts", "deploy"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in [
        *ROOT.glob("compose*.yaml"),
        *ROOT.glob("*.toml"),
        *ROOT.glob("*.txt"),
        ROOT / "CHANGELOG.md",
    ]:
        shutil.copy(file, place)
    shutil.copy(ROOT / ".env.example", place)
    release.prepare(place, "7.0.0", TODAY)
    return place


@pytest.fixture
def run(checkout, tmp_path):
    """Runs a script of the checkout. Programs that it has no right to run only note their arguments."""
    programs, noted = tmp_path / "bin", tmp_path / "noted"
    programs.mkdir()
    for name in ("docker", "gh"):
        program = programs / name
        program.write_text(
            f'#!/bin/sh\nprintf "%s\\n" {name} "$@" >> {noted}\n'
            'for word; do case "$word" in */notes.md) cat "$word" >> ' + str(noted) + ";; esac; done\n"
            'if [ "$3" = inspect ]; then echo sha256:joined; fi\n'
        )
        program.chmod(0o755)
    environment = os.environ | {"PATH": f"{programs}:{BIN}:{os.environ['PATH']}"}

    def run(script: str, *arguments: object) -> tuple[str, list[str]]:
        command = [checkout / ".ci" / script, *(str(argument) for argument in arguments)]
        ended = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout, noted.read_text().splitlines() if noted.exists() else []

    return run


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_workflows_use_no_secrets_and_every_job_has_limits(file):
    assert "secrets." not in file.read_text()
    workflow = YAML(typ="safe").load(file)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job or "uses" in job


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_script_of_a_workflow_exists(file):
    for script in re.findall(r"run: (\.ci/[\w-]+)", file.read_text()):
        assert os.access(ROOT / script, os.X_OK), script
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"run: make ([a-z-]+)", file.read_text())) <= set(targets)


def test_nothing_is_published_before_tests_packages_and_images_succeeded():
    assert needed("build-image") == {"version", "test", "package", "build-image"}
    assert needed("release") == needed("publish-image") | {"release"}
    assert needed("pypi") == JOBS.keys(), "the index never takes a version again, so it comes last"


def test_only_jobs_that_publish_may_write():
    for name, job in JOBS.items():
        written = {scope for scope, access in job["permissions"].items() if access == "write"}
        expected = {
            "build-image": {"packages"},
            "publish-image": {"packages", "id-token", "attestations"},
            "release": {"contents", "id-token", "attestations"},
            "pypi": {"id-token"},
        }
        assert written == expected.get(name, set()), name


def test_the_index_trusts_the_workflow_in_its_environment_without_a_password():
    job = JOBS["pypi"]
    assert job["environment"]["name"] == "pypi"
    assert "password" not in str(job)
    assert "gh-action-pypi-publish" in job["steps"][-1]["uses"]


def test_images_have_provenance_and_a_list_of_their_packages():
    (pushed,) = [step for step in JOBS["build-image"]["steps"] if step.get("id") == "push"]
    assert (pushed["with"]["provenance"], pushed["with"]["sbom"]) == ("mode=max", True)
    platforms = {"cpu": set(), "cluster": set(), "gpu": set()}
    for entry in JOBS["build-image"]["strategy"]["matrix"]["include"]:
        platforms[entry["variant"]].add(entry["platform"])
    assert platforms == {"cpu": {"amd64", "arm64"}, "cluster": {"amd64", "arm64"}, "gpu": {"amd64"}}
    assert set(JOBS["publish-image"]["strategy"]["matrix"]["variant"]) == platforms.keys()


def test_the_release_gives_images_the_version_of_the_project():
    assert "ARG VERSION=unreleased\n" in (ROOT / "Dockerfile").read_text()
    builds = [
        step["with"]["build-args"] for step in JOBS["build-image"]["steps"] if "build-args" in str(step)
    ]
    assert len(builds) == 2
    assert all("VERSION=${{ needs.version.outputs.version }}" in args for args in builds)


def test_no_other_file_repeats_the_version():
    for name in ("Dockerfile", "Makefile", "README.md", "compose.yaml", ".github/workflows/release.yml"):
        assert version() not in (ROOT / name).read_text(), name


def test_the_version_of_a_tag_is_an_output(run):
    assert run("release-version", "v7.0.0")[0] == "version=7.0.0\n"
    with pytest.raises(AssertionError, match=r"v7\.0\.1"):
        run("release-version", "v7.0.1")


def test_images_of_all_platforms_are_joined_under_the_tags(run, tmp_path):
    for digest in ("sha256:aa", "sha256:bb"):
        run("note-digest", tmp_path / "digests", digest)
    said, noted = run("publish-image", "ghcr.io/Dream/Bot", "7.0.0", "gpu", tmp_path / "digests")
    image = "ghcr.io/dream/bot"
    assert said == f"image={image}\ndigest=sha256:joined\n"
    tags = [f"--tag={image}:{tag}" for tag in ("7.0.0-gpu", "7.0-gpu", "gpu")]
    joined = [*tags, f"{image}@sha256:aa", f"{image}@sha256:bb"]
    assert noted[: 4 + len(joined)] == ["docker", "buildx", "imagetools", "create", *joined]


def test_a_release_has_the_changes_the_distributions_and_the_files_to_run_the_bot_with(run, tmp_path):
    (tmp_path / "dist").mkdir()
    for ending in ("-py3-none-any.whl", ".tar.gz"):
        (tmp_path / "dist" / f"dream_bot-7.0.0{ending}").touch()
    _, noted = run("github-release", "v7.0.0", tmp_path / "dist")
    assert noted[:5] == ["gh", "release", "create", "v7.0.0", "--verify-tag"]
    assert "--latest" in noted
    assert "### Added" in noted
    files = {Path(word).name for word in noted if "/" in word or word.endswith((".txt", ".yaml"))}
    assert {
        "dream_bot-7.0.0-py3-none-any.whl",
        "dream_bot-7.0.0.tar.gz",
        "constraints.txt",
        "compose.yaml",
        "dream-bot.service",
        "env.example",
    } <= files


def test_a_release_candidate_is_a_prerelease(run, checkout, tmp_path):
    text = (checkout / "CHANGELOG.md").read_text()
    (checkout / "CHANGELOG.md").write_text(text.replace("[7.0.0]", "[7.1.0rc1]", 1))
    release._set_version(checkout, "7.1.0rc1")
    (tmp_path / "dist").mkdir()
    _, noted = run("github-release", "v7.1.0rc1", tmp_path / "dist")
    assert "--prerelease" in noted
    assert "--latest" not in noted
