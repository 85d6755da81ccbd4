"""Resource use of the supervised process."""

import contextlib
import os
import socket

import psutil
import pytest

from soak.supervised_bot import open_files


@pytest.fixture
def stack():
    with contextlib.ExitStack() as stack:
        yield stack


def opened(stack, kind):
    """Open something until the test ends."""
    if kind == "file":
        stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
    elif kind == "pipe":
        for end in os.pipe():
            stack.callback(os.close, end)
    elif kind == "socket pair":
        for one in socket.socketpair():
            stack.enter_context(one)
    else:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        stack.enter_context(socket.create_connection(server.getsockname()))


@pytest.mark.parametrize(
    ("kind", "count"), [("file", 1), ("pipe", 2), ("socket pair", 2), ("connection", 0)], ids=str
)
def test_open_files_are_counted_and_connections_are_not(stack, kind, count):
    before = open_files(psutil.Process())
    opened(stack, kind)
    assert open_files(psutil.Process()) == before + count
