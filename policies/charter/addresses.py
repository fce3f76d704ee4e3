"""Addresses that an asset may have: literals in their one written form, never names.

A name would be looked up, and then whoever answers the look-up decides where a vendor goes.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from policies.charter.wording import UnusableError, quoted

NOWHERE = IPv4Address("0.0.0.0")  # noqa: S104 - stands in for an address that could not be read; nothing binds it

# Forms that carry an IPv4 address inside, so that a check of the outer address sees nothing:
# NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380), IPv4-translated (RFC 2765).
_WRAPPED = tuple(
    IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)


def address(text: str, *, demonstration: bool) -> IPv4Address | IPv6Address:
    """The address that ``text`` is the written form of; UnusableError otherwise."""
    remedy = "Give the asset's own IPv4 or IPv6 address, for instance 10.20.30.40."
    try:
        found = ip_address(text)
    except ValueError:
        raise UnusableError(
            f"the address {quoted(text)} is not an IP address; names are refused.", _meant(text) or remedy
        ) from None
    if isinstance(found, IPv6Address) and found.scope_id is not None:
        raise UnusableError(f"the address {quoted(text)} names an interface.", remedy)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        # First of all checks: Python's other questions about such an address changed their answers in 3.13.
        raise UnusableError(f"the address {quoted(text)} hides an IPv4 address.", remedy)
    if str(found) != text:
        raise UnusableError(f"the address {quoted(text)} has another written form.", f"Write {found}.")
    if found.is_loopback:
        if not demonstration:
            raise UnusableError(
                f"{text} is this machine itself.", "Only a site with demonstration = true may do that."
            )
        return found
    if worry := _worry(found):
        raise UnusableError(f"{text} {worry}.", remedy)
    return found


def _meant(text: str) -> str:
    """What to write in place of ``text``, where only its form is wrong; else nothing."""
    sign = "/" if "/" in text else ":" if ":" in text and "." in text else ""
    bare = text.rpartition(sign)[0] if sign else text
    parts = bare.split(".")
    if all(part.isascii() and part.isdigit() for part in parts):
        bare = ".".join(str(int(part)) for part in parts)
    try:
        found = ip_address(bare)
    except ValueError:
        return ""
    return f"Write {found}" + {"/": ", without a prefix.", ":": "; the port is a field of its own."}.get(
        sign, ", without leading zeros."
    )


def _worry(found: IPv4Address | IPv6Address) -> str:
    if found.is_unspecified:
        return "means 'any address'"
    if found.is_multicast:
        return "is a multicast address"
    if found.is_link_local:
        return "is a link-local address"
    if isinstance(found, IPv6Address):
        if any(found in net for net in _WRAPPED):
            return "hides an IPv4 address"
        return ""
    return "is a reserved address" if found.is_reserved or found.packed[0] == 0 else ""
