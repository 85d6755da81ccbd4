"""Options and values that do not exist, and addresses in place of files."""

import pytest

from dream_engine.cli.arguments import parse
from dream_engine.cli.main import main
from dream_engine.cli.streams import STANDARD


def complaint(capsys, *words: str) -> str:
    """Run a command that must fail; return its one line of output without the program's name."""
    try:
        status = main(words)
    except SystemExit as end:
        status = end.code
    output = capsys.readouterr()
    assert (status, output.out, output.err.count("\n")) == (2, "", 1)
    return output.err.removeprefix("dream: ").removesuffix("\n")


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ("--prest", "; did you mean --preset?"),
        ("--pre", "; did you mean --preset or --precision?"),
        ("--prest=eyes", "; did you mean --preset?"),
        ("-preset", "; did you mean --preset?"),
        ("-of", "; did you mean --of?"),
        ("-output", "; did you mean --output?"),
        ("-force", "; did you mean --force?"),
        ("--colour", "; did you mean --colour-decorrelation?"),
        ("--step_size", "; did you mean --step-size?"),
        ("--octave", "; did you mean --octaves or --octave-scale?"),
        ("--list-thing", "; did you mean --list-things?"),
        ("--zzz", ". dream --help lists all options."),
        ("-z", ". dream --help lists all options."),
    ],
)
def test_an_option_that_does_not_exist_suggests_similar_ones(capsys, option, hint):
    line = complaint(capsys, "cat.png", "-o", "d.png", option, "7")
    assert line == f"There is no option {option.partition('=')[0]}{hint}"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--of"], "--of needs a value."),
        (["-o"], "--output needs a value."),
        (["--strength", "x"], "--strength must be a number from 0.25 to 4, not 'x'."),
        (["--strength", "9"], "strength must be a number from 0.25 to 4.0, not 9.0."),
        (["--workers", "0"], "--workers must be a whole number from 1, not '0'."),
        (["--octaves", "x"], "octaves must be a whole number from 1 to 12, not 'x'."),
        (["--list-presets", "--list-backbones"], "--list-backbones is not allowed with --list-presets."),
    ],
)
def test_a_wrong_value_is_named_in_a_sentence(capsys, words, sentence):
    assert complaint(capsys, "cat.png", "-o", "d.png", *words) == sentence


def test_an_option_is_checked_before_its_value(capsys):
    assert "--guide" in complaint(capsys, "--gide", "https://example.com/guide.jpg")


def test_numbers_names_with_spaces_and_words_after_two_hyphens_are_no_options():
    arguments = parse(["-o", "d.png", "--seed", "-5", "--", "--cat.png"])
    assert ([str(path) for path in arguments.inputs], arguments.seed) == (["--cat.png"], "-5")
    assert str(parse(["-my cat.png"]).inputs[0]) == "-my cat.png"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--preset", "intnse"], "preset must be the name of a preset (did you mean intense?)"),
        (["--preset", "INTENSE"], "(did you mean intense?)"),
        (["--preset", "none such"], "preset must be one of mild, intense"),
        (["--backbone", "inception"], "(did you mean inception_v3?)"),
        (["--layer", "blok11/expand"], "(did you mean block11/expand"),
        (["--layer", "block9/"], "(did you mean block9/expand, block9/depthwise or block9/project?)"),
        (["--layer", "mixed4"], "(mixed4 is one of inception_v3)"),
        (["--motion", "zom"], "(did you mean zoom?)"),
        (["--detail", "anchored!"], "(did you mean anchored?)"),
        (["--of", "jelyfish"], "(did you mean jellyfish?)"),
        (
            ["--format", "jepg"],
            "format must be one of png, jpg, jpeg, webp, gif, avif, apng, mp4, webm (did you ",
        ),
        (["--precision", "float23"], "precision must be one of float32, bfloat16 (did you mean float32?)"),
        (
            ["--print-completion", "bsh"],
            "print-completion must be one of bash, zsh, fish, tcsh, powershell (did",
        ),
        (["--list-layers", "vgg"], "(did you mean vgg16?)"),
    ],
)
def test_a_name_that_does_not_exist_suggests_similar_ones(capsys, words, hint):
    assert hint in complaint(capsys, "cat.png", "-o", "d.png", *words)


@pytest.mark.parametrize(
    ("words", "address", "way_out"),
    [
        (
            ["https://example.com/a.jpg?w=1&h=2", "-o", "d.png"],
            "https://example.com/a.jpg?w=1&h=2",
            "curl -L 'https://example.com/a.jpg?w=1&h=2' | dream - -o dream.png",
        ),
        (
            ["cat.png", "HTTP://example.com/a.jpg", "-o", "dreams"],
            "HTTP://example.com/a.jpg",
            "curl -L HTTP://example.com/a.jpg | dream - -o dream.png",
        ),
        (
            ["cat.png", "-o", "d.png", "--guide", "https://example.com/a"],
            "https://example.com/a",
            "curl -L https://example.com/a -o guide.jpg, and then --guide guide.jpg",
        ),
        (
            ["cat.png", "-o", "d.png", "--mask", "s3://bucket/a"],
            "s3://bucket/a",
            "curl -L s3://bucket/a -o mask.png, and then --mask mask.png",
        ),
        (
            ["cat.png", "-o", "d.png", "--weights", "https://example.com/a"],
            "https://example.com/a",
            "curl -L https://example.com/a -o weights.h5, and then --weights weights.h5",
        ),
        (
            ["--describe", "https://example.com/a"],
            "https://example.com/a",
            "curl -L https://example.com/a | dream --describe -",
        ),
    ],
)
def test_an_address_is_refused_in_a_sentence_that_names_the_way_out(capsys, words, address, way_out):
    reason = "is an address, and dream opens only files: download it first"
    assert complaint(capsys, *words) == f"{address} {reason} ({way_out})."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["file:///photos/my%20cat.png", "-o", "d.png"],
            "file:///photos/my%20cat.png is an address: name the file itself, /photos/my cat.png",
        ),
        (
            ["cat.png", "-o", "https://example.com/d.png"],
            "https://example.com/d.png is an address, and --output takes only files: name a file.",
        ),
        (
            ["cat.png", "-o", "d.png", "--report", "https://example.com/r.json"],
            "https://example.com/r.json is an address, and --report takes only files: name a file.",
        ),
    ],
)
def test_the_address_of_a_file_and_of_an_output_is_refused(capsys, words, sentence):
    assert complaint(capsys, *words) == sentence


def test_a_minus_is_standard_input_and_output_and_a_path_to_it_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = parse(["-", "./-", "-o", "-"])
    assert arguments.inputs == [STANDARD, tmp_path / "-"]
    assert arguments.output == STANDARD
