import pytest

from bot.hosts import connect_address, is_host, is_ip_address, without_brackets


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "a",
        "a.b",
        "a.b.",
        "my_proxy",
        "a-b.c",
        "x" * 63,
        "127.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
    ],
)
def test_names_and_addresses_are_hosts(host):
    assert is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "a..b",
        ".a",
        "-a",
        "a-",
        "x" * 64,
        "a b",
        "a:80",
        "é",
        "a/b",
        "a\n",
        "[::1]",
        "ab." * 84 + "cd",
    ],
)
def test_a_syntactically_invalid_name_is_not_a_host(host):
    assert not is_host(host)


def test_the_longest_name_has_253_characters():
    assert is_host("ab." * 84 + "a")


def test_an_ip_address_is_distinguished_from_a_name():
    assert is_ip_address("10.0.0.1")
    assert is_ip_address("::1")
    assert not is_ip_address("10.0.0")


@pytest.mark.parametrize(("host", "bare"), [("[::1]", "::1"), (" ::1 ", "::1"), ("[a", "[a"), ("a]", "a]")])
def test_brackets_around_an_address_are_removed(host, bare):
    assert without_brackets(host) == bare


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("0.0.0.0", "127.0.0.1"),
        ("::", "::1"),
        ("0:0:0:0:0:0:0:0", "::1"),
        ("10.1.2.3", "10.1.2.3"),
        ("example.com", "example.com"),
    ],
)
def test_a_server_on_all_addresses_is_reached_at_the_loopback_address(host, own):
    assert connect_address(host) == own
