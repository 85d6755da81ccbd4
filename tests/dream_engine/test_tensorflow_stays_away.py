import subprocess
import sys

import pytest

WITHOUT_TENSORFLOW = "import sys; sys.modules['tensorflow'] = None; "


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_settings_presets_images_and_executors_load_no_tensorflow():
    program = (
        "import sys; import dream_engine.settings, dream_engine.presets, dream_engine.images, "
        "dream_engine.dreams, dream_engine.executors.base, dream_engine.executors.local, "
        "dream_engine.cli.main; "
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert run(program).returncode == 0


@pytest.mark.parametrize(
    "needs_it",
    [
        "from dream_engine.compute.dreamer import Dreamer",
        "from dream_engine.backbones import get; get('efficientnet_lite0').load()",
        "import dream_engine.runtime",
    ],
)
def test_without_tensorflow_one_sentence_names_the_extra_to_install(needs_it):
    ended = run(WITHOUT_TENSORFLOW + needs_it)
    assert ended.returncode == 1
    assert "install dream-bot with its cpu extra" in ended.stderr.splitlines()[-1]


def test_the_command_without_tensorflow_says_so_in_one_line(tmp_path, small_cat):
    (tmp_path / "cat.png").write_bytes(small_cat)
    words = ["cat.png", "-o", "dream.png"]
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{WITHOUT_TENSORFLOW} from dream_engine.cli.main import main; sys.exit(main({words}))",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "pip install 'dream-bot[cpu]'" in ended.stderr
