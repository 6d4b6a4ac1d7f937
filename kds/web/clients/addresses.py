"""Who a client is, whichever way a proxy writes its address.

Texts in, texts out: kds/web/clients/proxies.py reads them from requests.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

WIDE_SHARE = 4
"""How many times the limit of one address a /48 may take: one customer may be given all of it, but so may a company."""
_TEXT_MAX = 64
_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
"""RFC 6052 and RFC 8215: IPv4 clients of a network that speaks only IPv6 to its servers."""
_IPV4_COMPATIBLE = ip_network("::/96")


def client_network(written: str) -> str:
    """An address as one client counts: an IPv4 address, or the /64 of an IPv6 client, which has 2^64 to change between.

    `203.0.113.5`, `203.0.113.5:4711`, `::ffff:203.0.113.5`, `"[::ffff:cb00:7105]:4711"` and `64:ff9b::203.0.113.5` are
    one client; `unknown` and what is no address count as they stand.
    """
    text = written.strip().strip('"').lower()
    address = _address(text)
    if address is None:
        return text[:_TEXT_MAX]
    address = _ipv4_of(address) or address
    return str(address) if isinstance(address, IPv4Address) else str(ip_network((address, 64), strict=False))


def counted_networks(client: str) -> dict[str, int]:
    """What counts against a limit when this client does something, and how many times the limit each may have.

    The client itself, and the /48 around a /64, which one customer of an IPv6 provider may have to change between.
    """
    if not re.fullmatch(r"[0-9a-f:]+/64", client):
        return {client: 1}
    try:
        return {client: 1, str(ip_network(client).supernet(new_prefix=48)): WIDE_SHARE}
    except ValueError:  # written by a client into what its proxy passed on, such as `f:/64`
        return {client: 1}


def _address(text: str) -> IPv4Address | IPv6Address | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # IPv4 with a port
        text = text.partition(":")[0]
    elif text.count(":") == 8 and "::" not in text:  # all eight groups, then a port
        text = text.rpartition(":")[0]
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _ipv4_of(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return address
    last = int(address) & 0xFFFF_FFFF
    if address.ipv4_mapped or any(address in network for network in _NAT64):
        return IPv4Address(last)
    if address in _IPV4_COMPATIBLE and last > 0xFFFF:
        return IPv4Address(last)
    # a tunnel's address holds that of its client: one Teredo server puts all of its clients into one /64
    return address.sixtofour or (address.teredo[1] if address.teredo else None)
