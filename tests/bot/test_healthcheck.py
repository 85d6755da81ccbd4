import http.server
import socket
import threading

import pytest

from bot.healthcheck import main
from tests.conftest import free_port

PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy")


class Handler(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self):
        self.server.requests.append(self.path)
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"The process lives.\n")

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """Starts a server like the bot's on an address; returns its port and the list of requested paths."""
    servers = []

    def start(address="127.0.0.1", status=200):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        handler = type("WithStatus", (Handler,), {"status": status})
        kind = type("Server", (http.server.HTTPServer,), {"address_family": family})
        server = kind((address, 0), handler)
        server.requests = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return server.server_address[1], server.requests

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def check_at(monkeypatch, port, host=None):
    monkeypatch.setenv("DREAM_HTTP_PORT", str(port))
    if host is not None:
        monkeypatch.setenv("DREAM_HTTP_HOST", host)
    return main()


def test_a_bot_without_a_port_is_not_checked(monkeypatch, capsys):
    assert check_at(monkeypatch, " 0 ") == 0
    assert capsys.readouterr().out == "Not asked: the bot answers on no port.\n"


def test_a_running_bot_is_checked_without_a_proxy(monkeypatch, capsys, serve):
    port, requests = serve()
    proxy, proxy_requests = serve()
    for name in PROXIES:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert check_at(monkeypatch, port) == 0
    assert capsys.readouterr().out == "The process lives.\n"
    assert (requests, proxy_requests) == (["/healthz"], [])


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("0.0.0.0", "0.0.0.0"),
        ("127.0.0.1", "localhost"),
        ("127.0.0.1", " 127.0.0.1 "),
        ("::", "::"),
        ("::1", "::1"),
        ("::1", "[::1]"),
        ("127.0.0.1", ""),
    ],
)
def test_a_bot_is_checked_at_the_address_on_which_it_listens(monkeypatch, serve, address, host):
    port, requests = serve(address)
    assert check_at(monkeypatch, port, host) == 0
    assert requests == ["/healthz"]


def test_a_bot_that_does_not_respond_is_unhealthy(monkeypatch, capsys):
    port = free_port()
    assert check_at(monkeypatch, port) == 1
    assert capsys.readouterr().out.startswith(f"http://127.0.0.1:{port}/healthz does not answer: ")
    assert check_at(monkeypatch, port, "::1") == 1
    assert capsys.readouterr().out.startswith(f"http://[::1]:{port}/healthz does not answer: ")


@pytest.mark.parametrize(("port", "host"), [("many", None), ("99999", None), ("1", "a..b"), ("1", "a b")])
def test_invalid_settings_give_a_line_without_a_traceback(monkeypatch, capsys, port, host):
    assert check_at(monkeypatch, port, host) == 1
    assert " does not answer: " in capsys.readouterr().out


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_status_other_than_200_is_unhealthy(monkeypatch, capsys, serve, status):
    port, _ = serve(status=status)
    assert check_at(monkeypatch, port) == 1
    assert capsys.readouterr().out == f"http://127.0.0.1:{port}/healthz answers {status}.\n"
