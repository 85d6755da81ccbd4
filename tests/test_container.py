"""Checks of the Dockerfile and the compose files that need no Docker."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from scripts.project import repository

ROOT = Path(__file__).parents[1]
PUBLISHED = repository().replace("https://github.com/", "ghcr.io/")
BIN = Path(sys.executable).parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
*STAGES, FINAL = re.split(r"^FROM .+\n", DOCKERFILE, flags=re.MULTILINE)[1:]
BASE, DEPENDENCIES, CODE = STAGES


def steps(instruction: str, stage: str) -> list[str]:
    """The arguments of each use of an instruction in a stage, which may span several lines."""
    return re.findall(rf"^{instruction} ((?:.*\\\n)*.*)$", stage, re.MULTILINE)


def compose(name: str = "compose.yaml") -> dict:
    return YAML(typ="safe").load(ROOT / name)


def lint(*command: str) -> str:
    """The complaints of a linter; empty if there are none."""
    program = shutil.which(command[0], path=str(BIN))
    if program is None:
        pytest.skip(f"{command[0]} is not made for this machine")
    ended = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr


def test_hadolint_accepts_the_dockerfile():
    assert lint("hadolint", "--no-color", "Dockerfile") == ""


def test_compose_files_follow_their_schema():
    names = ("compose.yaml", "compose.gpu.yaml", "compose.cluster.yaml")
    assert lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", *names) == ""


@pytest.mark.parametrize(
    ("name", "variant"),
    [("compose.yaml", "cpu"), ("compose.gpu.yaml", "gpu"), ("compose.cluster.yaml", "cluster")],
)
def test_compose_runs_the_published_image_unless_told_to_build_or_to_run_another(name, variant):
    bot = compose(name)["services"]["bot"]
    assert bot["image"] == f"${{DREAM_IMAGE:-{PUBLISHED}:{variant}}}"
    assert bot["build"]
    assert "pull_policy" not in bot, "Compose pulls an image that is missing, and builds one if it cannot"


def test_the_bot_runs_without_privileges_on_a_read_only_root():
    bot = compose()["services"]["bot"]
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "pids_limit", "restart", "stop_grace_period"} <= bot.keys()
    assert "ports" not in bot


def test_the_bot_is_not_root_and_its_data_is_in_the_volume():
    user = re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)[-1]
    assert user == "10001:10001"
    assert "DREAM_DATA_DIR=/data" in DOCKERFILE
    assert "VOLUME /data" in DOCKERFILE
    assert compose()["services"]["bot"]["volumes"] == ["data:/data"]


def test_python_loads_no_module_from_the_volume():
    assert steps("WORKDIR", FINAL) == ["/"]
    assert "PYTHONSAFEPATH=1" in FINAL
    assert "PYTHONNOUSERSITE=1" in FINAL


def test_the_container_reads_no_settings_file():
    assert re.search(r"^    DREAM_ENV_FILE= \\$", FINAL, re.MULTILINE)
    assert compose()["services"]["bot"]["env_file"] == ".env"


def test_every_stage_uses_one_base_image_pinned_by_its_digest():
    first, *others = re.findall(r"^FROM (.+)$", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64} AS base", first)
    assert {stage.partition(" ")[0] for stage in others} <= {"base", "dependencies"}


def test_an_init_is_the_first_process_and_the_health_check_exists():
    (entry,) = re.findall(r"^ENTRYPOINT (.+)$", DOCKERFILE, re.MULTILINE)
    assert json.loads(entry) == ["tini", "--", "python", "-m", "bot"]
    (asked,) = re.findall(r"^HEALTHCHECK .*CMD (.+)$", DOCKERFILE, re.MULTILINE)
    assert importlib.util.find_spec(json.loads(asked)[-1])


@pytest.mark.parametrize(
    ("variant", "taken"),
    [
        ("cpu", ["-r locks/cpu.txt"]),
        ("gpu", ["-r locks/gpu.txt"]),
        ("cpu,cluster", ["-r locks/cpu.txt", "-r locks/cluster.txt"]),
    ],
)
def test_a_variant_installs_its_locks(variant, taken, tmp_path):
    choose, install, *_ = steps("RUN", DEPENDENCIES)[-1].split("&&")
    environment = os.environ | {"VARIANT": variant, "PATH": f"{BIN}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", choose.replace("\\\n", "")], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "requirements.txt").read_text().splitlines() == taken
    assert install.split("\\")[0].strip().endswith("-r requirements.txt")


def test_the_layer_of_dependencies_depends_on_the_locks_alone():
    assert steps("COPY", DEPENDENCIES) == ["locks locks"]
    assert "strip" in steps("RUN", DEPENDENCIES)[-1], "what another step takes away is in the layer before it"


def test_every_installed_package_has_a_hash_and_is_not_built_from_source():
    installs = re.findall(r"pip install (.+?)(?:\\|&&|$)", DOCKERFILE, re.MULTILINE)
    assert len(installs) == 3
    for options in installs:
        assert "--require-hashes --only-binary :all:" in options or "--no-deps --no-index" in options
    assert "--no-build-isolation" in CODE
    assert "pip uninstall --yes libclang setuptools" in DEPENDENCIES


def test_the_image_lists_its_packages_and_has_no_installer():
    last = steps("RUN", DEPENDENCIES)[-1].rpartition("&&")[2]
    assert "cyclonedx-py environment" in last
    assert "--output-file /opt/dream/sbom.cdx.json /opt/dream/bin/python" in last
    assert "/opt/tools" not in FINAL


def test_grpc_is_kept_only_in_images_with_ray():
    install = steps("RUN", DEPENDENCIES)[-1]
    assert 'if [ ! -d "$site/ray" ]; then pip uninstall --yes grpcio;' in install
    assert install.count("grpcio") == 1


def test_a_change_of_the_code_changes_only_the_last_layer():
    assert "--no-deps" in steps("RUN", CODE)[0]
    first, *_, last = steps("COPY", FINAL)
    assert first == "--from=dependencies /opt/dream /opt/dream"
    assert last == "--from=code /code/opt/dream /opt/dream"
    assert not steps("RUN", FINAL[FINAL.index(first) :])


def test_only_files_of_the_image_are_sent_to_the_builder():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    sent = {rule[1:] for rule in rules if rule.startswith("!")}
    assert "locks/dev.txt" in rules[rules.index("!locks") :]
    copied = {
        word
        for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for word in line.split()
    }
    assert sent == copied
    assert ".env" not in sent
