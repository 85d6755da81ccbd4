from bot.operations.health import can_write


def test_a_missing_folder_is_not_writable(tmp_path):
    assert can_write(tmp_path)
    assert not list(tmp_path.iterdir())
    assert not can_write(tmp_path / "nowhere")
