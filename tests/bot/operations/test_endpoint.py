import logging

import pytest

from bot.operations.endpoint import monitoring_server


@pytest.mark.parametrize(("host", "port"), [("a..b", 9780), ("x" * 70, 9780), ("127.0.0.1", 65536)])
async def test_an_unusable_address_is_logged_in_one_line_and_the_bot_continues(caplog, host, port):
    with caplog.at_level(logging.INFO):
        async with monitoring_server(host, port, None, None):
            pass
    (record,) = caplog.records
    assert record.getMessage().startswith(
        f"Health and metrics cannot be served at {host}:{port}, set by DREAM_"
    )
    assert record.exc_info is None
