"""Unique file names in a folder."""

import os
import unicodedata
from itertools import islice
from pathlib import Path

import pytest

from dream_engine.cli.file_names import FolderNames


@pytest.fixture
def names(tmp_path) -> FolderNames:
    return FolderNames(tmp_path)


def name(names: FolderNames, stem: str) -> str:
    return next(names.paths(stem)).name


def test_a_repeated_name_is_numbered(names, tmp_path):
    assert next(names.paths("cat")) == tmp_path / "cat.png"
    assert [path.name for path in islice(names.paths("cat"), 2)] == ["cat-2.png", "cat-3.png"]
    assert name(names, "dog") == "dog.png"


@pytest.mark.parametrize(
    ("first", "second"),
    [("Cat", "cat"), ("STRASSE", "straße"), ("é", unicodedata.normalize("NFD", "é")), ("É", "e\u0301")],
)
def test_names_that_some_file_systems_treat_as_equal_are_numbered(names, first, second):
    assert name(names, first) == f"{first}.png"
    assert name(names, second) == f"{second}-2.png"


@pytest.mark.parametrize("letter", ["a", "ü", "語", "🐈"])
def test_no_name_is_longer_than_the_folder_allows(names, letter, tmp_path):
    stem = letter * 300
    given = [name(names, stem), name(names, stem), name(names, stem)]
    assert len(set(given)) == 3
    for each in given:
        size = len(os.fsencode(each))
        assert 255 - 4 < size <= 255
        assert each.endswith(".png")
        (tmp_path / each).touch()
    assert given[1].endswith("-2.png")


def test_a_stem_that_just_fits_is_shortened_only_for_a_number(names):
    stem = "a" * 251
    assert name(names, stem) == stem + ".png"
    assert name(names, stem) == "a" * 249 + "-2.png"


def test_shortening_keeps_letters_with_their_accents(names):
    stem = "a" * 246 + "e\u0301\u0302\u0303"
    assert name(names, stem) == "a" * 246 + ".png"


def test_names_that_are_not_valid_unicode_are_kept(names, tmp_path):
    stem = os.fsdecode(b"\xff" * 300)
    path = next(names.paths(stem))
    assert os.fsencode(path.name) == b"\xff" * 251 + b".png"


def test_a_folder_with_an_unknown_limit_has_the_default_one(monkeypatch):
    def lost(*_):
        raise OSError

    monkeypatch.setattr("os.pathconf", lost)
    assert len(name(FolderNames(Path("nowhere")), "a" * 400)) == 255


def test_a_folder_may_allow_shorter_names_only(monkeypatch):
    monkeypatch.setattr("os.pathconf", lambda *_: 143)
    assert len(name(FolderNames(Path("encrypted")), "a" * 251)) == 143
