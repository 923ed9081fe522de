"""The address rule: the public internet, and nothing that lies nearer."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.provisional import domains

from models.rules.addresses import GIVEN_OUT, IPV4_WITHIN, SPECIAL, is_public, require_public
from models.rules.errors import ErrorCode, InvalidInput

FOUR, SIX = st.ip_addresses(v=4), st.ip_addresses(v=6)


def inside(network: str) -> st.SearchStrategy[IPv4Address | IPv6Address]:
    return st.ip_addresses(network=network)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1",
        "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1",
        "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1",
        "2001::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1",
        "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
        "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "223.255.255.255",
        "::ffff:8.8.8.8", "64:ff9b::808:808", "2001:4860:4860::8888", "2606:4700::1111",
        "2a00:1450:4001::1",
    ],
)  # fmt: skip
def test_public_address_is_allowed(address: str) -> None:
    assert is_public(ip_address(address))


@given(FOUR | SIX)
def test_public_address_is_never_one_that_the_standard_library_calls_private(
    address: IPv4Address | IPv6Address,
) -> None:
    is_translated = any(address in network for network in IPV4_WITHIN)
    if is_public(address) and not is_translated:
        assert address.is_global
        assert not address.is_private
        assert not address.is_multicast
        assert not address.is_reserved
        assert not address.is_loopback
        assert not address.is_link_local


@pytest.mark.parametrize("network", SPECIAL, ids=str)
@given(data=st.data())
def test_any_address_of_a_special_network_is_refused(network: object, data: st.DataObject) -> None:
    assert not is_public(data.draw(inside(str(network))))


@given(FOUR)
def test_ipv4_within_ipv6_is_judged_as_what_it_is(address: IPv4Address) -> None:
    for network in IPV4_WITHIN:
        wrapped = IPv6Address(int(network.network_address) | int(address))
        assert is_public(wrapped) is is_public(address)


@given(SIX)
def test_ipv6_outside_of_what_is_given_out_is_refused(address: IPv6Address) -> None:
    within = (GIVEN_OUT, *IPV4_WITHIN)
    if not any(address in network for network in within):
        assert not is_public(address)


def test_special_networks_lie_in_what_would_be_allowed_without_them() -> None:
    for network in SPECIAL:
        assert not isinstance(network, IPv6Network) or network.subnet_of(GIVEN_OUT)


@given(domains(), st.lists(inside("8.0.0.0/9").map(str), max_size=3), FOUR | SIX)
def test_one_address_that_is_not_public_is_enough_to_refuse_a_name(
    host: str, others: list[str], address: IPv4Address | IPv6Address
) -> None:
    if is_public(address):
        require_public(host, [*others, str(address)])
        return
    with pytest.raises(InvalidInput) as refused:
        require_public(host, [*others, str(address), *others])
    assert refused.value.code is ErrorCode.ADDRESS_NOT_ALLOWED


def test_name_without_addresses_is_refused_like_one_inside() -> None:
    messages = set()
    for addresses in ([], ["10.0.0.1"], [str(ip_network("fc00::/7")[1])]):
        with pytest.raises(InvalidInput) as refused:
            require_public("intranet.example.com", addresses)
        messages.add(refused.value.message)
    assert len(messages) == 1
