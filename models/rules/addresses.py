"""Which network addresses an outsider may make us call: those of the public internet (rule 20).

The lists are the IANA special-purpose registries, written out, as what the standard library calls
global differs between versions of Python and takes in 6to4, site-local and multicast addresses.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from models.rules.errors import ErrorCode, InvalidInput

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SPECIAL: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a carrier's customers
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, where clouds keep their metadata services
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # protocol assignments, Teredo, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
# All of IPv6 that is given out; loopback, unique-local, link-local and multicast lie outside.
GIVEN_OUT = IPv6Network("2000::/3")
# An IPv4 address written as an IPv6 one, or reached through a translator.
IPV4_WITHIN = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet; IPv4 within IPv6 is judged as IPv4."""
    if isinstance(address, IPv6Address):
        if any(address in network for network in IPV4_WITHIN):
            return is_public(IPv4Address(address.packed[-4:]))
        if address not in GIVEN_OUT:
            return False
    return not any(address in network for network in SPECIAL)


def require_public(host: str, addresses: Sequence[str]) -> None:
    """Raise InvalidInput (ADDRESS_NOT_ALLOWED) unless all `addresses` of `host` are public.

    No address at all is refused alike, so that nobody learns which names exist inside.
    """
    if not addresses or not all(is_public(ip_address(text)) for text in addresses):
        raise InvalidInput(
            f"{host} has no address on the public internet; name a receiver that has one.",
            ErrorCode.ADDRESS_NOT_ALLOWED,
            path=("url",),
        )
