from bot.operations.health import can_write


def test_a_folder_that_is_none_cannot_be_written_to(tmp_path):
    assert can_write(tmp_path)
    assert not list(tmp_path.iterdir())
    assert not can_write(tmp_path / "nowhere")
