import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from dream_engine import __version__, backbones, presets
from dream_engine.cli import files
from dream_engine.cli.main import main
from dream_engine.images import Picture, decode
from dream_engine.motion.writing import AnimationOptions, open_writer
from tests.conftest import png

pytestmark = pytest.mark.usefixtures("shared_networks")

QUICK = ["--octaves", "1", "--iterations", "2"]


@pytest.fixture
def folder(tmp_path, monkeypatch, small_cat) -> Path:
    """The working directory of the command, with a picture."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat.png").write_bytes(small_cat)
    return tmp_path


def refused(capsys, *words: str) -> str:
    """Run a command that must fail; return its one line of output."""
    try:
        status = main(words)
    except SystemExit as end:
        status = end.code
    line = capsys.readouterr().err
    assert status == 2, line
    assert line.startswith("dream: ")
    assert line.count("\n") == 1
    assert "Traceback" not in line
    return line


def first_words(capsys) -> list[str]:
    return [line.split()[0] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("output", "file_format"), [("d.png", "PNG"), ("d.jpg", "JPEG"), ("d.JPEG", "JPEG"), ("d.webp", "WEBP")]
)
def test_the_outputs_suffix_sets_the_format(folder, output, file_format):
    assert main(["cat.png", "-o", output, *QUICK]) == 0
    with Image.open(folder / output) as image:
        assert (image.format, image.size) == (file_format, (120, 80))


def test_describe_prints_a_dreams_settings(folder, capsys):
    main(["cat.png", "-o", "dream.webp", *QUICK, "--preset", "eyes", "--seed", "5", "--quiet"])
    assert main(["--describe", "dream.webp"]) == 0
    description = json.loads(capsys.readouterr().out)
    assert description["preset"] == "eyes"
    assert (description["settings"]["seed"], description["settings"]["iterations"]) == (5, 2)


def test_describe_prints_the_settings_of_an_animation(folder, capsys):
    description = {"preset": "eyes", "settings": {"seed": 5}}
    with open_writer(folder / "a.gif", "gif", AnimationOptions((8, 6), description=description)) as writer:
        writer.add(Picture(np.zeros((6, 8, 3), np.uint8)), 70)
        writer.finish()
    assert main(["--describe", "a.gif"]) == 0
    assert json.loads(capsys.readouterr().out) == description


def test_the_report_has_settings_losses_and_seconds(folder):
    words = "--octaves 2 --octave-scale 1.4 --iterations 3 --report r.json --quiet"
    main(["cat.png", "-o", "d.png", *words.split()])
    report = json.loads((folder / "r.json").read_text())
    assert set(report) == {
        "backbone",
        "preset",
        "settings",
        "width",
        "height",
        "octaves",
        "seconds",
        "precision",
        "wanted",
        "is_cut_short",
        "guide_is_cut_short",
        "mask_is_cut_short",
    }
    assert (report["backbone"], report["preset"]) == ("efficientnet_lite0", presets.DEFAULT)
    assert (report["width"], report["height"]) == (120, 80)
    assert [(o["height"], o["width"], len(o["losses"])) for o in report["octaves"]] == [
        (57, 85, 3),
        (80, 120, 3),
    ]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_precision_can_be_given_and_is_recorded(folder, precision, capsys):
    assert main(["cat.png", "-o", "d.png", *QUICK, "--precision", precision, "--report", "r.json"]) == 0
    assert json.loads((folder / "r.json").read_text())["precision"] == precision
    capsys.readouterr()
    assert main(["--describe", "d.png"]) == 0
    assert json.loads(capsys.readouterr().out)["precision"] == precision


def test_every_setting_can_be_given(folder):
    words = (
        "--layer block9/expand=0.5 --layer block2/project --octave-scale 1.5 --step-size 0.02 "
        "--max-loss none --jitter 3 --size 100 --tile 512 --keep-colour --seed 9 --no-clip "
        "--smoothing 0.5 --detail reference --report r.json"
    )
    assert main(["cat.png", "-o", "d.png", *QUICK, *words.split()]) == 0
    settings = json.loads((folder / "r.json").read_text())["settings"]
    assert settings["layers"] == {"block9/expand": 0.5, "block2/project": 1.0}
    assert (settings["octave_scale"], settings["step_size"], settings["max_loss"]) == (1.5, 0.02, None)
    assert (settings["jitter"], settings["size"], settings["tile"], settings["seed"]) == (3, 100, 512, 9)
    assert (settings["keep_colour"], settings["clip"], settings["detail"]) == (True, False, "reference")
    assert decode((folder / "d.png").read_bytes()).rgb.shape == (67, 100, 3)


def test_channels_and_a_guide_can_be_given(folder):
    (folder / "guide.png").write_bytes(png(np.full((40, 40, 3), 99, np.uint8)))
    assert main(["cat.png", "-o", "a.png", *QUICK, "--layer", "block9/expand", "--channels", "3, 4"]) == 0
    assert main(["cat.png", "-o", "b.png", *QUICK, "--guide", "guide.png"]) == 0


def test_a_mask_confines_the_dream_to_its_white_part(folder):
    mask = np.zeros((160, 240), np.uint8)
    mask[:, 120:] = 255
    (folder / "mask.png").write_bytes(png(mask))
    assert main(["cat.png", "-o", "d.png", *QUICK, "--mask", "mask.png"]) == 0
    source, dream = (decode((folder / name).read_bytes()).rgb for name in ("cat.png", "d.png"))
    np.testing.assert_array_equal(dream[:, :60], source[:, :60])
    assert (dream[:, 70:] != source[:, 70:]).any()


def test_a_mask_of_another_aspect_refuses_one_picture_and_not_the_others(folder, capsys):
    (folder / "mask.png").write_bytes(png(np.full((80, 120), 255, np.uint8)))
    (folder / "square.png").write_bytes(png(np.full((80, 80, 3), 99, np.uint8)))
    words = ["cat.png", "square.png", "-o", "dreams", *QUICK, "--mask", "mask.png"]
    assert main(words) == 2
    assert [path.name for path in (folder / "dreams").iterdir()] == ["cat.png"]
    assert (
        "dream: square.png: I can't use the mask. The mask is 120 × 80 pixels, but the dream is "
        "80 × 80. Both need the same proportions.\n"
    ) in capsys.readouterr().err


def test_several_pictures_go_into_a_folder_and_a_bad_one_stops_none(folder, capsys):
    (folder / "cat.txt").write_bytes((folder / "cat.png").read_bytes())
    (folder / "notes.png").write_text("no picture")
    status = main(["cat.png", "notes.png", "cat.txt", "-o", "dreams", *QUICK, "--report", "r.json"])
    assert status == 2
    assert sorted(path.name for path in (folder / "dreams").iterdir()) == ["cat-2.png", "cat.png"]
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("dream: ")]
    words = (
        "This looks like a text file, not a picture I can read. I can read PNG, JPEG, WebP, GIF, BMP, TIFF"
    )
    assert errors == [f"dream: notes.png: {words}, AVIF and HEIC."]
    assert list(json.loads((folder / "r.json").read_text())) == ["cat.png", "cat.txt"]


def test_one_error_in_a_folder_stops_nothing_and_sets_the_status(folder, capsys, small_cat):
    photos = folder / "photos"
    photos.mkdir()
    name = "a" * 251
    for file in ("cat.png", f"{name}.png", f"{name}.gif"):
        (photos / file).write_bytes(small_cat)
    (photos / "empty.png").touch()
    (folder / "dreams").mkdir()
    (folder / "dreams" / "cat.png").symlink_to("/nowhere/cat.png")
    assert main(["photos", "gone.png", "-o", "dreams", *QUICK, "--quiet"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "dream: dreams/cat.png leads to where nothing can be written.",
        "dream: photos/empty.png: The file is empty.",
        "dream: gone.png cannot be read: No such file or directory.",
    ]
    (folder / "dreams" / "cat.png").unlink()
    assert {path.name for path in (folder / "dreams").iterdir()} == {f"{name}.png", f"{name[:249]}-2.png"}


def test_an_unexpected_error_of_one_picture_stops_no_other(folder, capsys, monkeypatch):
    (folder / "twin.png").write_bytes((folder / "cat.png").read_bytes())
    write = files.write

    def fail_once(path: Path, content: bytes) -> None:
        if path.name == "cat.png":
            raise ZeroDivisionError("by zero")
        write(path, content)

    monkeypatch.setattr(files, "write", fail_once)
    assert main(["cat.png", "twin.png", "-o", "dreams", *QUICK, "--quiet"]) == 1
    assert capsys.readouterr().err == (
        "dream: cat.png: a bug, please report it: ZeroDivisionError: by zero (DREAM_DEBUG=1 shows where)\n"
    )
    assert (folder / "dreams" / "twin.png").exists()
    assert main(["cat.png", "-o", "cat.png", "--force", *QUICK, "--quiet"]) == 1


def test_a_wrong_setting_is_reported_once_for_all_pictures(folder, capsys):
    (folder / "twin.png").write_bytes((folder / "cat.png").read_bytes())
    words = ["cat.png", "twin.png", "-o", "dreams", "--weights", "cat.png"]
    assert "does not hold weights" in refused(capsys, *words)


def test_progress_is_printed_in_plain_lines_without_a_terminal(folder, capsys):
    main(["cat.png", "-o", "d.png", "--octaves", "1", "--iterations", "10"])
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "cat.png:"
    assert lines[1].startswith("  octave 1/1, step 10/10, loss ")
    assert lines[-1].endswith("-> d.png")


def test_the_line_of_a_dream_that_exceeded_memory_says_why_it_is_smaller(folder, capsys, monkeypatch):
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=0))
    (folder / "large.png").write_bytes(png(np.full((400, 400, 3), 127, np.uint8)))
    assert main(["large.png", "-o", "dream.png", *QUICK]) == 0
    assert "(smaller, for want of memory for 400 × 400)" in capsys.readouterr().err


def test_a_truncated_file_is_dreamed_and_the_line_says_so(folder, capsys):
    whole = (folder / "cat.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: int(len(whole) * 0.8)])
    assert main(["cut.png", "-o", "dream.png", *QUICK, "--report", "r.json"]) == 0
    assert "(the file was incomplete, so part of the picture is missing)" in capsys.readouterr().err
    assert json.loads((folder / "r.json").read_text())["is_cut_short"] is True
    assert main(["cat.png", "-o", "dream.png", *QUICK]) == 0
    assert "incomplete" not in capsys.readouterr().err


def test_a_truncated_guide_is_used_and_the_line_says_so(folder, capsys):
    whole = (folder / "cat.png").read_bytes()
    (folder / "guide.png").write_bytes(whole[: int(len(whole) * 0.8)])
    assert main(["cat.png", "-o", "dream.png", *QUICK, "--guide", "guide.png"]) == 0
    assert "(the guide's file was incomplete, so part of the guide is missing)" in capsys.readouterr().err


def test_a_truncated_mask_is_used_and_the_line_says_so(folder, capsys):
    whole = (folder / "cat.png").read_bytes()
    (folder / "mask.png").write_bytes(whole[: int(len(whole) * 0.8)])
    assert main(["cat.png", "-o", "dream.png", *QUICK, "--mask", "mask.png"]) == 0
    assert "(the mask's file was incomplete, so part of the mask is missing)" in capsys.readouterr().err


def test_plain_lines_are_printed_for_every_picture(folder, capsys):
    (folder / "twin.png").write_bytes((folder / "cat.png").read_bytes())
    main(["cat.png", "twin.png", "-o", "dreams", "--octaves", "1", "--iterations", "10"])
    assert capsys.readouterr().err.count("step 10/10") == 2


def test_quiet_says_nothing(folder, capsys):
    main(["cat.png", "-o", "d.png", *QUICK, "--quiet"])
    assert capsys.readouterr() == ("", "")


def test_list_options_print_presets_backbones_and_layers(capsys):
    main(["--list-presets"])
    assert first_words(capsys) == list(presets.PRESETS)
    main(["--list-backbones"])
    assert first_words(capsys) == list(backbones.all_backbones())
    main(["--list-layers", "inception_v3"])
    assert "mixed4   768 channels" in capsys.readouterr().out


def test_list_things_prints_names_and_aliases_all_or_those_that_contain_a_word(capsys):
    main(["--list-things"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1000
    assert lines[0] == "jellyfish"
    main(["--list-things", "crane"])
    assert capsys.readouterr().out == "crane (bird)     crane\ncrane (machine)  crane\n"
    main(["--list-things", "PEACOCK"])
    assert capsys.readouterr().out == "peafowl  peacock\n"


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"dream-bot {__version__}\n"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "INPUT -o OUTPUT"),
        (["cat.png"], "-o FILE"),
        (["nowhere.png", "-o", "d.png"], "nowhere.png cannot be read"),
        ([".", "-o", "d.png"], "name a folder"),
        (["empty", "-o", "dreams"], "There is no picture in the folder empty itself."),
        (["cat.png", "-o", "d.bmp"], "must end in .png"),
        (["cat.png", "-o", "nowhere/d.png"], "no folder nowhere"),
        (["cat.png", "cat.png", "-o", "d.png"], "name a folder"),
        (["cat.png", "-o", "d.png", "--octaves", "99"], "a whole number from 1 to 12, not '99'"),
        (["cat.png", "-o", "d.png", "--preset", "wild"], "did you mean mild?"),
        (["cat.png", "-o", "d.png", "--backbone", "alexnet"], "backbone must be one of"),
        (["cat.png", "-o", "d.png", "--layer", "mixed4=1"], "'mixed4'"),
        (["cat.png", "-o", "d.png", "--layer", "block9/expand=lots"], "layers must be"),
        (["cat.png", "-o", "d.png", "--channels", "a,b"], "channels must be"),
        (["cat.png", "-o", "d.png", "--guide", "nowhere.png"], "nowhere.png cannot be read"),
        (["cat.png", "-o", "d.png", "--mask", "nowhere.png"], "nowhere.png cannot be read"),
        (["cat.png", "-o", "d.png", "--weights", "nowhere.pth"], "no weights file at nowhere.pth"),
        (["cat.png", "-o", "d.png", "--weights", "cat.png"], "does not hold weights"),
        (["cat.png", "-o", "d.png", "--report", "nowhere/r.json"], "no folder nowhere"),
        (["cat.png", "-o", "d.png", "--speed", "9"], "--speed"),
        (["cat.png", "-o", "d.png", "--cpus", "2"], "--cpus is about a cluster's workers"),
        (["cat.png", "-o", "d.png", "--gpus", "1", "--executor", "local"], "--gpus is about a cluster's"),
        (["cat.png", "-o", "d.png", "--executor", "auto", "--workers", "0"], "a whole number from 1"),
        (["cat.png", "-o", "d.png", "--executor", "auto", "--cpus", "0"], "a number above 0"),
        (["cat.png", "-o", "d.png", "--executor", "auto", "--gpus", "nan"], "a number from 0"),
        (["cat.png", "-o", "d.png", "--of", "jelyfish"], "did you mean jellyfish?"),
        (["cat.png", "-o", "d.png", "--of", "crane"], "crane (bird) or crane (machine)"),
        (["cat.png", "-o", "d.png", "--of", "=2"], "of must be a thing that the network knows"),
        (["cat.png", "-o", "d.png", "--of", "pug=lots"], "weights above 0 and at most 100, not 'lots'"),
        (["cat.png", "-o", "d.png", "--of", "pug=-1"], "weights above 0 and at most 100, not '-1'"),
        (["cat.png", "-o", "d.png", "--of"], "--of"),
        (["cat.png", "-o", "d.png", "--of", "pug", "--of", "Pug"], "pug twice"),
        (["cat.png", "-o", "d.png", "--of", "pug", "--strongest", "3"], "left out beside strongest"),
        (["cat.png", "-o", "d.png", "--of", "pug", "--backbone", "vgg16"], "backbone must be efficientnet"),
        (["--list-things", "jelyfish"], "did you mean jellyfish?"),
        (["--list-layers", "alexnet"], "backbone must be one of"),
        (["--describe", "cat.png"], "has no dream settings"),
        (["--describe", "nowhere.png"], "nowhere.png cannot be read"),
    ],
)
def test_a_wrong_argument_ends_with_status_2_and_one_line(folder, capsys, words, named):
    (folder / "empty").mkdir()
    assert named in refused(capsys, *words)
    assert not (folder / "d.png").exists()


def test_a_failure_of_the_program_ends_with_status_1(folder, capsys, monkeypatch):
    monkeypatch.setattr("dream_engine.cli.files.Plan.tasks", lambda _: 1 / 0)
    assert main(["cat.png", "-o", "d.png"]) == 1
    assert capsys.readouterr().err == (
        "dream: a bug, please report it: ZeroDivisionError: division by zero (DREAM_DEBUG=1 shows where)\n"
    )


def test_no_input_is_overwritten_before_it_is_read(folder):
    (folder / "cat.jpg").write_bytes((folder / "cat.png").read_bytes())
    before = (folder / "cat.png").read_bytes()
    assert main(["cat.jpg", "cat.png", "-o", ".", *QUICK]) == 0
    assert (folder / "cat.png").read_bytes() == before
    assert {"cat-2.png", "cat-3.png"} <= {path.name for path in folder.iterdir()}


def test_a_picture_is_replaced_by_its_own_dream_only_if_forced(folder, capsys):
    before = (folder / "cat.png").read_bytes()
    (folder / "link.png").symlink_to("cat.png")
    for output in ("cat.png", "link.png", "../" + folder.name + "/cat.png"):
        assert "--force" in refused(capsys, "cat.png", "-o", output, *QUICK)
    assert (folder / "cat.png").read_bytes() == before
    assert main(["cat.png", "-o", "cat.png", "--force", *QUICK]) == 0
    assert (folder / "cat.png").read_bytes() != before


def test_a_link_is_followed_and_a_replaced_file_keeps_its_mode(folder):
    (folder / "old.png").write_bytes(b"old")
    (folder / "old.png").chmod(0o600)
    (folder / "link.png").symlink_to("old.png")
    assert main(["cat.png", "-o", "link.png", *QUICK]) == 0
    assert (folder / "link.png").is_symlink()
    assert (folder / "old.png").stat().st_mode & 0o777 == 0o600
    assert decode((folder / "old.png").read_bytes()).width == 120


def test_a_pipe_is_written_to_and_not_replaced(folder):
    os.mkfifo(folder / "pipe.png")
    with ThreadPoolExecutor() as pool:
        content = pool.submit((folder / "pipe.png").read_bytes)
        assert main(["cat.png", "-o", "pipe.png", *QUICK]) == 0
        assert decode(content.result()).width == 120
    assert (folder / "pipe.png").is_fifo()


def test_a_report_never_overwrites_a_picture(folder, capsys):
    assert "report" in refused(capsys, "cat.png", "-o", "d.png", "--report", "cat.png")
    assert "report" in refused(capsys, "cat.png", "-o", "d.png", "--report", "d.png")


def test_a_file_far_too_large_is_refused_and_not_read(folder, capsys):
    with (folder / "huge.png").open("wb") as file:
        file.truncate(60 * 10**9)
    assert "over the 50 MB limit" in refused(capsys, "huge.png", "-o", "d.png")
    assert "over the 50 MB limit" in refused(capsys, "--describe", "huge.png")


def test_the_error_for_an_unreadable_guide_names_the_guide(folder, capsys):
    (folder / "guide.txt").write_text("a poem")
    assert "I can't use the guide. This looks like a text file" in refused(
        capsys, "cat.png", "-o", "d.png", "--guide", "guide.txt"
    )


def test_names_with_brackets_and_line_breaks_are_printed_in_one_line(folder, capsys):
    assert "missing new.png" in refused(capsys, "missing\nnew.png", "-o", "d.png")
    (folder / "[bold]cat.png").write_bytes((folder / "cat.png").read_bytes())
    assert main(["[bold]cat.png", "-o", "[dreams]", *QUICK]) == 0
    assert (folder / "[dreams]" / "[bold]cat.png").exists()


@pytest.mark.parametrize(
    ("command", "shell"),
    [
        *(
            (f"{Path(__file__).with_name('instant_dreamer.py')}", shell)
            for shell in (
                "{} 2>&1 | true",
                "{} >&-",
                "{} >/dev/full",
                "{} 2>/dev/full",
                "{} 2>&-",
                "PYTHONIOENCODING=ascii {}",
            )
        ),
        # TensorFlow writes to these streams, too. The first layer is traced soonest.
        ("-m dream_engine --octaves 1 --iterations 10 --layer stem", "{} >&- 2>&-"),
    ],
)
def test_a_closed_output_does_not_stop_a_dream(folder, command, shell):
    script = shell.format(f"{sys.executable} {command} cat.png -o d.png")
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "Traceback" not in ended.stderr
    assert "Exception" not in ended.stderr
    assert (folder / "d.png").exists()


_INTERRUPTED_WHILE_LOADING = """
import signal, sys
import dream_engine.__main__

class Stalled:
    def find_spec(self, name, *_):
        if name == "dream_engine.cli.main":
            print("loading", flush=True)
            signal.pause()

sys.meta_path.insert(0, Stalled())
dream_engine.__main__.run()
"""


def test_ctrl_c_while_loading_ends_the_command_silently():
    process = subprocess.Popen(
        [sys.executable, "-c", _INTERRUPTED_WHILE_LOADING],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "loading\n"
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=20)
    assert (process.returncode, complaint) == (-signal.SIGINT, "")
