"""Which machines may be asked for an image: only those of the public internet."""

from __future__ import annotations

import ipaddress

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052 §2.1: the last 32 bits are an IPv4 address."""


def is_public(address: str) -> bool:
    """Return whether the IP *address* is one of the public internet.

    Loopback, private, link-local (where clouds keep the credentials of a machine), shared, reserved and multicast addresses are
    not; nor is an IPv6 address that maps to such an IPv4 address.

    >>> [is_public(one) for one in ("93.184.216.34", "2606:2800:220:1::1")]
    [True, True]
    >>> [is_public(one) for one in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1")]
    [False, False, False, False, False, False]
    >>> [is_public(one) for one in ("::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::")]
    [False, False, False, False, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.is_site_local or ip.teredo:
            return False
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
        if int(ip) < 1 << 32:  # RFC 4291 §2.5.5.1: IPv4-compatible, long obsolete
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
