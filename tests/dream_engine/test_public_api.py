"""The public names of the package, and dreaming without asyncio."""

import gc
import io
import re
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

import dream_engine
from dream_engine import DreamSession, DreamSettings, channel, dream, layer, presets
from dream_engine.cli.main import main
from dream_engine.compute import dreamer as dreamer_module
from dream_engine.compute import networks
from dream_engine.errors import DamagedPictureError, FileError, NotAPictureError, SettingsError
from dream_engine.images import decode, describe
from dream_engine.sources import read_source

ROOT = Path(__file__).parents[2]
QUICK = {"octaves": 2, "iterations": 2, "seed": 7}


@pytest.fixture(scope="module")
def session(dreamer):
    with DreamSession() as session:
        session._dreamer = dreamer
        yield session


@pytest.fixture(scope="module")
def dreamed(session, small_cat):
    return session.dream(small_cat, **QUICK)


def test_every_public_name_can_be_imported():
    for name in dream_engine.__all__:
        assert getattr(dream_engine, name) is not None
        assert name in dir(dream_engine)
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = dream_engine.nothing_of_the_kind


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import dream_engine", "{'tensorflow', 'ray', 'PIL', 'numpy', 'pydantic'}"),
        ("from dream_engine import DreamSettings, presets, layer", "{'tensorflow', 'ray', 'PIL'}"),
        ("from dream_engine import dream, DreamSession, LocalExecutor", "{'tensorflow', 'ray'}"),
        ("from dream_engine import *", "{'tensorflow', 'ray'}"),
    ],
)
def test_an_import_loads_only_what_its_names_need(statement, absent):
    program = f"{statement}; import sys; sys.exit(str({absent} & set(sys.modules) or ''))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.stderr.strip() == ""


@pytest.mark.usefixtures("shared_networks")
def test_one_call_gives_the_bytes_that_the_command_writes(tmp_path, monkeypatch, small_cat):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat.png").write_bytes(small_cat)
    words = ["--preset", "eyes", "--octaves", "1", "--iterations", "2", "--seed", "3", "--quiet"]
    assert main(["cat.png", "-o", "command.png", *words]) == 0
    result = dream("cat.png", preset="eyes", octaves=1, iterations=2, seed=3)
    assert result.image == (tmp_path / "command.png").read_bytes()
    assert result.preset == "eyes"
    assert result.settings == presets.resolve("eyes", octaves=1, iterations=2, seed=3, tile=800)


def test_a_result_has_its_size_losses_and_report(dreamed):
    assert (dreamed.width, dreamed.height, dreamed.preset) == (120, 80, presets.DEFAULT)
    assert [len(losses) for losses in dreamed.losses] == [2, 2]
    assert dreamed.seconds > 0
    assert dreamed.report()["settings"]["seed"] == 7


def test_single_settings_override_those_of_given_settings(session, small_cat):
    settings = DreamSettings(octaves=1, iterations=4, seed=1)
    result = session.dream(small_cat, settings=settings, iterations=2, strength=2)
    assert result.settings.iterations == 4
    assert result.settings.octaves == 1
    assert result.preset is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"preset": "none such"}, "preset must be one of"),
        ({"iteration": 5}, "a setting must be one of"),
        ({"iterations": 0}, "iterations must be a whole number from 1"),
        ({"preset": "mild", "settings": DreamSettings()}, "preset must be left out beside settings"),
        ({"file_format": "bmp"}, "file_format must be one of png, jpeg, webp"),
        ({"objective": layer("block9/expand"), "layers": {}}, "layers must be left out"),
        ({"guide": 5}, "guide must be a path"),
        ({"of": "jelyfish"}, "did you mean jellyfish"),
        ({"of": {"daisy": 0}}, "of must be at most 5 things with weights above 0"),
        ({"of": 5}, "of must be at most 5 things"),
        ({"of": {}}, "of must be at least one thing"),
        ({"of": "daisy", "classes": {"pug": 1}}, "classes must be left out beside of"),
        ({"of": "daisy", "preset": "mild", "strongest": 2}, "of must be left out beside strongest"),
        ({"of": "daisy", "preset": "mild", "backbone": "vgg16"}, "backbone must be efficientnet_lite0"),
        ({"mask": 5}, "mask must be a path"),
    ],
)
def test_conflicting_arguments_are_refused_in_one_sentence(session, small_cat, arguments, sentence):
    with pytest.raises(SettingsError, match=sentence):
        session.dream(small_cat, **arguments)


def test_progress_reaches_the_callback_in_order(session, small_cat):
    seen = []
    session.dream(small_cat, on_progress=seen.append, preview_seconds=0.0, **QUICK)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert any(progress.preview for progress in seen)


def test_a_callback_that_raises_stops_the_dream_and_leaves_the_session_usable(session, small_cat, dreamed):
    calls = []

    def stop(progress):
        calls.append(progress)
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        session.dream(small_cat, on_progress=stop, **QUICK)
    assert len(calls) == 1
    assert session.dream(small_cat, **QUICK).image == dreamed.image


def test_a_guide_of_any_source_type_changes_the_dream(session, small_cat, dreamed, tmp_path):
    guide = tmp_path / "guide.png"
    guide.write_bytes(small_cat)
    by_path = session.dream(small_cat, guide=guide, **QUICK)
    by_bytes = session.dream(small_cat, guide=small_cat, **QUICK)
    assert by_path.image == by_bytes.image != dreamed.image
    assert by_path.settings.guide is not None


def test_a_mask_of_any_source_type_confines_the_dream(session, small_cat, dreamed):
    mask = Image.new("L", (60, 40), 0)
    mask.paste(255, (30, 0, 60, 40))
    by_image = session.dream(small_cat, mask=mask, **QUICK)
    source, result = decode(small_cat).rgb, decode(by_image.image).rgb
    np.testing.assert_array_equal(result[:, :60], source[:, :60])
    assert (result[:, 70:] != source[:, 70:]).any()
    assert by_image.settings.mask is not None


def test_a_path_a_file_and_bytes_are_equivalent_sources(session, small_cat, dreamed, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(small_cat)
    with path.open("rb") as file:
        sources = [path, str(path), bytearray(small_cat), memoryview(small_cat), io.BytesIO(small_cat), file]
        assert all(read_source(source) == small_cat for source in sources)
    with Image.open(path) as image:
        assert session.dream(image, **QUICK).image == dreamed.image


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "RGBa", "I;16", "CMYK", "YCbCr", "HSV"])
def test_a_pillow_image_of_any_mode_keeps_its_appearance(mode):
    image = Image.new("RGBA" if mode == "RGBa" else "RGB", (48, 40), (200, 60, 20)).convert(mode)
    shown = decode(read_source(image)).rgb
    assert shown.shape == (40, 48, 3)
    expected = np.asarray(image.convert("RGBA").convert("RGB") if mode == "RGBa" else image.convert("RGB"))
    if mode not in ("I;16", "CMYK"):
        assert np.abs(shown.astype(int) - expected).max() <= 2


def test_a_pillow_image_is_rotated_by_its_exif_orientation_and_keeps_its_alpha():
    pixels = np.full((40, 60, 4), 255, np.uint8)
    pixels[:, :20, 3] = 0
    image = Image.fromarray(pixels)
    image.getexif()[ExifTags.Base.Orientation] = 6  # a quarter turn clockwise shows it upright
    picture = decode(read_source(image))
    assert (picture.height, picture.width) == (60, 40)
    assert picture.alpha[0, 0] == 0
    assert picture.alpha[-1, 0] == 255


def test_an_unreadable_source_is_refused_in_one_sentence(session, tmp_path, small_cat):
    with pytest.raises(FileError, match=r"nowhere\.png cannot be read: No such file"):
        session.dream(tmp_path / "nowhere.png")
    with pytest.raises(NotAPictureError):
        session.dream(b"no picture at all, only words")
    with pytest.raises(SettingsError, match="source must be a path"):
        session.dream(None)
    with pytest.raises(SettingsError, match="a file that gives str"):
        session.dream(io.StringIO("text"))
    closed = io.BytesIO(small_cat)
    closed.close()
    with pytest.raises(FileError, match="closed file"):
        session.dream(closed)
    with pytest.raises(DamagedPictureError):
        session.dream(Image.new("RGB", (0, 0)))


@pytest.mark.parametrize(
    ("ending", "name"), [("png", "PNG"), ("jpg", "JPEG"), ("JPEG", "JPEG"), ("webp", "WEBP")]
)
def test_the_suffix_sets_the_format_of_a_saved_dream(session, small_cat, dreamed, tmp_path, ending, name):
    path = tmp_path / f"dream.{ending}"
    dreamed.save(path)
    content = path.read_bytes()
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == name
    assert describe(content)["settings"]["seed"] == 7
    assert session.dream(small_cat, file_format=name.lower(), **QUICK).image == content


def test_a_dream_that_cannot_be_saved_raises_a_file_error(dreamed, tmp_path):
    for path, sentence in (
        (tmp_path / "dream.gif", "must end in .png"),
        (tmp_path / "no" / "d.png", "No such"),
    ):
        with pytest.raises(FileError, match=sentence):
            dreamed.save(path)
    assert list(tmp_path.iterdir()) == []


def test_a_session_compiles_once_and_drops_its_networks_when_it_closes(monkeypatch, small_cat):
    compiled, dreamers = [], []

    class Counted(networks.Ascent):
        def __init__(self, *arguments):
            compiled.append(arguments)
            super().__init__(*arguments)

    class Watched(dreamer_module.Dreamer):
        def __init__(self, *arguments):
            dreamers.append(weakref.ref(self))
            super().__init__(*arguments)

    monkeypatch.setattr(networks, "Ascent", Counted)
    monkeypatch.setattr(dreamer_module, "Dreamer", Watched)
    with DreamSession() as session:
        first = session.dream(small_cat, **QUICK)
        assert session.dream(small_cat, **QUICK).image == first.image
    assert (len(compiled), len(dreamers)) == (1, 1)
    gc.collect()
    assert dreamers[0]() is None
    with pytest.raises(RuntimeError, match="closed"):
        session.dream(small_cat, **QUICK)


def test_a_session_shrinks_a_dream_that_exceeds_its_memory(cat):
    with DreamSession(memory=1) as session:
        shrunk = session.dream(cat, size=200, octaves=1, iterations=1, seed=1)
    size = decode(cat, size=200).rgb.shape[:2]
    assert shrunk.requested_shape == size
    assert shrunk.height * shrunk.width < size[0] * size[1]


def test_objectives_support_addition_scaling_and_subtraction():
    mixed = 2 * layer("a") + layer("b") / 4 - layer("c") + layer("a")
    assert mixed.settings() == {"layers": {"a": 3.0, "b": 0.25, "c": -1.0}, "channels": ()}
    assert sum([layer("a"), layer("b")]) == layer("a") + layer("b")
    assert hash(layer("a") * 2) == hash(2 * layer("a"))
    assert (2 * layer("a") + channel("b", 5)).settings()["layers"] == {"a": 2.0, "b:5": 1.0}
    assert str(2 * layer("a") + channel("b", 1)) == '2 * layer("a") + 1 * channel("b", 1)'


@pytest.mark.parametrize(
    "wrong", [lambda: layer("a") + 1, lambda: layer("a") * layer("b"), lambda: "a" * layer("b")]
)
def test_objectives_cannot_be_combined_with_other_types(wrong):
    with pytest.raises(TypeError):
        wrong()


def test_an_objective_gives_the_same_dream_as_its_settings(session, small_cat):
    objective = 2 * layer("block9/expand") + layer("block11/expand")
    by_value = session.dream(small_cat, objective=objective, **QUICK)
    weights = {"block9/expand": 2.0, "block11/expand": 1.0}
    assert by_value.image == session.dream(small_cat, layers=weights, **QUICK).image


def test_layers_and_channels_of_several_layers_combine_in_one_dream(session, small_cat):
    objective = 2 * layer("block9/expand") + channel("block11/expand", 3) - channel("block9/expand", 1) / 2
    result = session.dream(small_cat, objective=objective, octaves=1, iterations=3, seed=1)
    assert DreamSettings.from_json(result.settings.to_json()) == result.settings
    assert session.dream(small_cat, settings=result.settings).losses == result.losses
    (losses,) = result.losses
    assert losses[0] < losses[-1]


def test_single_channels_give_the_same_dream_as_the_setting_channels(session, small_cat):
    quick = {"octaves": 1, "iterations": 2, "seed": 1, "jitter": 0}
    layers = {"block9/expand": 1.0}
    ours = session.dream(
        small_cat, objective=channel("block9/expand", 3) / 2 + channel("block9/expand", 5) / 2, **quick
    )
    theirs = session.dream(small_cat, layers=layers, channels=(3, 5), **quick)
    assert ours.losses[0][0] == pytest.approx(theirs.losses[0][0], rel=1e-3)
    whole = session.dream(small_cat, layers=layers, **quick)
    mixed = session.dream(
        small_cat, objective=layer("block9/expand") + 0 * channel("block9/expand", 1), **quick
    )
    assert mixed.losses[0][0] == pytest.approx(whole.losses[0][0], rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"layers": {"block9/expand:9999": 1.0}}, "layers must be channels from 0 to"),
        ({"layers": {"nowhere:1": 1.0}}, "layers must be layers of"),
        (
            {"layers": {"block9/expand:1": 1.0}, "channels": (2,)},
            "layers must be whole layers beside channels",
        ),
        (
            {"layers": {"block9/expand:1": 1.0}, "strongest": 2},
            "layers must be whole layers beside strongest",
        ),
    ],
)
def test_channels_that_conflict_with_other_settings_are_refused(arguments, sentence):
    with pytest.raises(SettingsError, match=sentence):
        DreamSettings(**arguments)


@pytest.mark.usefixtures("shared_networks")
def test_the_examples_in_the_documentation_run(tmp_path, monkeypatch, capsys):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "library.md").read_text(), re.DOTALL)
    assert len(blocks) == 6
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        exec(compile(block, "docs/library.md", "exec"), {"__name__": "example"})
    said = capsys.readouterr().out
    assert said.startswith("128 ")
    assert "8 frames, " in said
    assert "stopped\npeafowl\n" in said
    assert said.endswith("(('tabby cat', 1.0), ('daisy', 0.5))\n")
    made = {path.name for path in tmp_path.iterdir()} - {"examples"}
    assert made == {"cat-dream.png", "cat-0.jpg", "cat-1.jpg", "mixed.png", "same.png", "cat-grows.webp"}
