"""Reading and writing files of every kind."""

import errno
import os
import socket
import threading
from pathlib import Path

import pytest

from dream_engine import file_content
from dream_engine.errors import FileError
from dream_engine.file_content import is_special, read, write


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(file_content, "_READ_TIMEOUT", 0.2)


def test_a_file_is_read_only_up_to_the_size_limit_of_a_picture(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    assert read(tmp_path / "a") == b"content"
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(10**9)
    assert len(read(tmp_path / "huge")) == 50_000_001
    assert len(read(Path("/dev/zero"))) == 50_000_001


def test_a_pipe_without_a_writer_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="pipe cannot be read: it brings nothing for 0 seconds"):
        read(tmp_path / "pipe")


def test_a_pipe_is_read_to_its_end(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    content = os.urandom(3_000_000)
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,))
    writer.start()
    assert read(tmp_path / "pipe") == content
    writer.join()


def test_a_pipe_that_stays_silent_times_out(tmp_path):
    reading, writing = os.pipe()
    os.write(writing, b"the beginning")
    with pytest.raises(FileError, match="brings nothing"):
        read(Path(f"/dev/fd/{reading}"))
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to(path), lambda path: path])
def test_the_error_for_an_unreadable_file_gives_the_reason(tmp_path, make):
    make(tmp_path / "odd")
    with pytest.raises(FileError, match="odd cannot be read: "):
        read(tmp_path / "odd")


def test_a_socket_cannot_be_read(tmp_path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        with pytest.raises(FileError, match="socket cannot be read"):
            read(tmp_path / "socket")


def test_a_name_that_is_too_long_is_a_one_line_error():
    with pytest.raises(FileError, match="File name too long"):
        read(Path("a" * 300))
    with pytest.raises(FileError, match="File name too long"):
        write(Path("a" * 300), b"")


def test_a_file_too_large_for_memory_is_a_one_line_error(monkeypatch):
    def lost(*_):
        raise MemoryError

    monkeypatch.setattr(file_content, "_read_pipe", lost)
    with pytest.raises(FileError, match="not enough memory"):
        read(Path("/dev/null"))


def test_a_full_disk_leaves_the_old_file_and_no_temporary_file(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"older")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(FileError, match="a cannot be written: No space left on device"):
        write(tmp_path / "a", b"newer")
    assert (tmp_path / "a").read_bytes() == b"older"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_link_to_itself_is_replaced(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    assert not is_special(tmp_path / "loop")
    write(tmp_path / "loop", b"content")
    assert (tmp_path / "loop").read_bytes() == b"content"


def test_a_link_is_followed(tmp_path):
    (tmp_path / "link").symlink_to("target")
    write(tmp_path / "link", b"content")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"content"
