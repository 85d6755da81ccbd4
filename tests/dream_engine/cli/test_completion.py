import subprocess
from pathlib import Path

import pytest

from dream_engine import presets
from dream_engine.cli.main import main
from dream_engine.cli.options import SHELLS

_COMPLETE = """
source ./script
words=("$@")
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1)) COMP_LINE="${words[*]}" COMP_POINT=${#COMP_LINE}
complete=$(complete -p dream)
function=${complete#*-F } && function=${function%% *}
"$function" dream "${words[-1]}" "${words[-2]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def script(tmp_path, monkeypatch, capsys) -> Path:
    """A folder with the script for bash, a picture and a folder."""
    monkeypatch.chdir(tmp_path)
    assert main(["--print-completion", "bash"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    (tmp_path / "cat.jpg").touch()
    (tmp_path / "cats").mkdir()
    return tmp_path


def completed(*words: str) -> list[str]:
    """What bash offers to complete the last word of a command line."""
    ended = subprocess.run(
        ["bash", "-c", _COMPLETE, "bash", "dream", *words], capture_output=True, text=True, check=False
    )
    assert ended.stderr == ""
    return ended.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["--prese"], ["--preset"]),
        (["cat.jpg", "--preset", "int"], ["intense"]),
        (["cat.jpg", "--layer", "block9/"], ["block9/expand", "block9/depthwise", "block9/project"]),
        (["cat.jpg", "--of", "jelly"], ["jellyfish"]),
        (["cat.jpg", "--of", "crane"], ["crane-bird", "crane-machine"]),
        (["cat.jpg", "--motion", "z"], ["zoom"]),
        (["cat.jpg", "--format", "we"], ["webp", "webm"]),
        (["cat.jpg", "--backbone", "vg"], ["vgg16"]),
        (["--list-layers", "incep"], ["inception_v3"]),
        (["cat.j"], ["cat.jpg"]),
        (["cat.jpg", "--guide", "cat.j"], ["cat.jpg"]),
        (["cat.jpg", "-o", "cats"], ["cats"]),
        (["--print-completion", "ba"], ["bash"]),
    ],
)
def test_bash_completes_options_names_and_files(script, words, offered):
    assert [word.rstrip("/") for word in completed(*words)] == offered


def test_bash_offers_every_preset(script):
    assert completed("cat.jpg", "--preset", "") == [*presets.PRESETS, presets.THING]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_gets_a_script_with_presets_and_layers(capsys, shell):
    assert main(["--print-completion", shell]) == 0
    text = capsys.readouterr().out
    assert "intense" in text
    assert "block9/expand" in text


@pytest.mark.parametrize("thing", ["crane-bird", "tabby-cat", "jellyfish"])
def test_completed_things_are_things_that_the_command_knows(thing):
    from dream_engine.cli.arguments import parse, read_settings

    assert read_settings(parse(["cat.png", "--of", thing])).classes
