import pytest

from dream_engine.executors.ray.addresses import host_and_port, is_address


@pytest.mark.parametrize("address", ["head:6379", "ray://head:6379"])
def test_an_address_has_a_host_and_a_port(address):
    assert is_address(address)
    assert host_and_port(address) == ("head", 6379)


def test_the_cluster_of_this_machine_has_an_address_without_host_and_port():
    assert is_address("auto")
    assert host_and_port("auto") is None


@pytest.mark.parametrize(
    "text", ["", "local", "head", ":6379", "head:", "head:0", "head:65536", "http://head:1", "a b:1"]
)
def test_other_texts_are_not_addresses(text):
    assert not is_address(text)
