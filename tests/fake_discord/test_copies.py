"""The copy of the store with which a killed bot starts again."""

import shutil

import pytest

from fake_discord import simulation


def test_a_file_that_is_deleted_during_the_copy_is_left_out(tmp_path, monkeypatch):
    source, target, copy = tmp_path / "data", tmp_path / "again", shutil.copy2
    source.mkdir()
    (source / "kept").write_text("kept")
    (source / "deleted").write_text("deleted")

    def copy2(name, *arguments, **options):
        (source / "deleted").unlink(missing_ok=True)
        return copy(name, *arguments, **options)

    real = shutil.copytree
    monkeypatch.setattr(shutil, "copytree", lambda *folders: real(*folders, copy_function=copy2))
    simulation._copy_settled(source, target)
    assert [file.name for file in target.iterdir()] == ["kept"]


def test_a_copy_that_never_succeeds_fails(tmp_path):
    source, target = tmp_path / "data", tmp_path / "again"
    source.mkdir()
    (source / "dangling").symlink_to(tmp_path / "missing")
    with pytest.raises(shutil.Error):
        simulation._copy_settled(source, target)
