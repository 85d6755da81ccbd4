"""Checks of the systemd unit that need no running systemd."""

import re
import shutil
import subprocess
from collections import defaultdict

import pytest

from bot.settings import BotSettings, variable
from scripts.project import ROOT, repository
from tests.test_cluster_files import megabytes
from tests.test_container import compose

UNIT = ROOT / "deploy" / "dream-bot.service"
HOSTING = (ROOT / "docs" / "self-hosting.md").read_text()
OPTIONS: dict[str, list[str]] = defaultdict(list)
for _name, _value in re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.MULTILINE):
    OPTIONS[_name].append(_value)
VARIABLES = dict(entry.split("=") for line in OPTIONS["Environment"] for entry in line.split())
BOT = compose()["services"]["bot"]


def option(name: str) -> str:
    (value,) = OPTIONS[name]
    return value


def test_the_service_has_the_limits_of_the_container():
    assert megabytes(option("MemoryMax").lower()) == megabytes(BOT["mem_limit"])
    assert int(option("TasksMax")) == BOT["pids_limit"]
    assert f"{option('TimeoutStopSec')}s" == BOT["stop_grace_period"]
    assert int(option("TimeoutStopSec")) > BotSettings(_env_file=None).shutdown_seconds


def test_the_service_has_no_privileges_and_writes_only_its_data():
    assert option("User") == option("Group") == "dream-bot"
    assert option("NoNewPrivileges") == "yes"
    assert option("CapabilityBoundingSet") == option("AmbientCapabilities") == ""
    assert option("ProtectSystem") == "strict"
    assert (option("StateDirectory"), option("StateDirectoryMode")) == ("dream-bot", "0700")
    assert VARIABLES["DREAM_DATA_DIR"] == "/var/lib/dream-bot"
    assert option("WorkingDirectory") == "/"
    assert {"PYTHONSAFEPATH", "PYTHONNOUSERSITE"} <= VARIABLES.keys()


def test_only_the_bot_is_told_to_stop_and_workers_that_lack_memory_do_not_end_it():
    assert option("KillMode") == "mixed"
    assert option("OOMPolicy") == "continue"
    assert option("RestartPreventExitStatus") == "78"


def test_the_service_reads_known_settings_and_its_token_is_in_no_environment():
    settings = {variable(name) for name in BotSettings.model_fields} | {"DREAM_ENV_FILE"}
    assert {name for name in VARIABLES if name.startswith("DREAM_")} <= settings
    assert variable("discord_token") not in UNIT.read_text()
    assert VARIABLES["DREAM_ENV_FILE"] in HOSTING


def test_what_tensorflow_and_the_decoders_need_is_allowed():
    assert "MemoryDenyWriteExecute" not in OPTIONS
    assert "@resources" not in "".join(OPTIONS["SystemCallFilter"]), "children set their own limits"
    assert "ProcSubset" not in OPTIONS, "the bot reads /proc/meminfo"


def test_the_docs_name_what_the_unit_runs():
    assert option("ExecStart") in HOSTING
    assert option("Documentation").startswith(repository())


def test_systemd_accepts_the_unit(tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / UNIT.name
    unit.write_text(re.sub(r"^ExecStart=.*$", "ExecStart=/bin/true", UNIT.read_text(), flags=re.MULTILINE))
    ended = subprocess.run(
        [program, "verify", "--man=no", unit], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "")
