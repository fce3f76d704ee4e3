"""What of a head goes from a browser to a device's page, and back. Pure. The gate's filter judges everything once more.

Towards the device: the near end of a tunnel's own words, and no cookie but the device's own. Towards the browser: a list
of what may pass, because a device's head can also steer a browser, or a proxy on the way to it. What a page of a device
may do in a browser is said by us and by nobody else.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

Field = tuple[bytes, bytes]

COOKIE = b"__Host-penstock-page"
"""By which a browser shows that it was let in at a page's origin."""

OURS = b"__host-penstock"
NEAR_END = b"asset"
"""How a request names the device. The gate says the charter's name in its place."""

POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; connect-src 'self' data: blob:; form-action 'self'; "
    "base-uri 'self'; frame-ancestors 'self'"
)
"""Old pages are scripts and frames in each other, all of the device's own; nothing of theirs leads anywhere else."""

SAID_HERE: tuple[Field, ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"origin-agent-cluster", b"?1"),
    (
        b"permissions-policy",
        (
            b"camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), bluetooth=(), hid=(), midi=(), "
            b"payment=(), publickey-credentials-get=(), publickey-credentials-create=(), clipboard-read=()"
        ),
    ),
    (b"x-dns-prefetch-control", b"off"),
    (b"cache-control", b"no-store"),
)

_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"upgrade",
        b"expect",
        b"http2-settings",
    }
)
_SAID_ANEW = frozenset({b"host", b"origin", b"referer", b"cookie"})
_COMES_BACK = frozenset(
    {
        b"accept-ranges", b"allow", b"authorization", b"content-disposition", b"content-encoding", b"content-language",
        b"content-length", b"content-range", b"content-type", b"etag", b"last-modified", b"location", b"retry-after",
        b"www-authenticate",
    }
)  # fmt: skip
_FOR_OTHERS = re.compile(
    rb"x-(accel-|sendfile|lighttpd-|reproxy-|forwarded|frame-options|sourcemap|dns-|webkit-csp|content-security-|permitted-)"
)
"""Among a device's own fields (``X-…``, which its scripts may read): what steers a proxy before us, or a browser."""

_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_REFRESH = re.compile(
    rb"""\s*[0-9.]+\s*(?:[;,]\s*(?:url\s*=\s*)?["']?(?P<to>[^"']*)["']?\s*)?""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An answer that leads to another host than the device."""

    address: str


def to_device(fields: Iterable[Field], origin: str, tossed: frozenset[bytes] = frozenset()) -> list[Field]:
    """A request's fields, as the gate is to read them; ``tossed``: names of cookies that are no page's own here."""
    ours, near = origin.encode(), b"http://" + NEAR_END
    kept: list[Field] = [(b"host", NEAR_END)]
    for name, value in fields:
        if name == b"cookie":
            kept += _cookies(value, tossed)
        elif name == b"origin":
            kept.append((name, near if value == ours else value))  # a foreign one is the filter's to refuse
        elif name == b"referer":
            kept += [(name, near + value[len(ours) :])] if value.startswith(ours + b"/") else []
        elif name not in _HOP and name not in _SAID_ANEW:
            kept.append((name, value))
    return kept


def cookie_names(fields: Iterable[Field]) -> frozenset[bytes]:
    """Of the cookies that a request brings."""
    return frozenset(name for key, value in fields if key == b"cookie" for name, _ in _parted(value))


def cookie_of(fields: Iterable[Field]) -> str:
    """What a request shows to have been let in; empty for nothing, and for more than one."""
    ours = [
        value for key, one in fields if key == b"cookie" for name, value in _parted(one) if name == COOKIE
    ]
    return ours[0].decode("ascii", "replace") if len(ours) == 1 else ""


def to_browser(status: int, fields: Iterable[Field]) -> list[Field] | Elsewhere:
    """An answer's fields for the browser, with what we say about the page; or where it would lead."""
    kept: list[Field] = []
    for written, value in fields:
        name = written.lower()
        if name == b"location" and leads_elsewhere(value):
            if 300 <= status < 400:
                return Elsewhere(value.decode("ascii", "replace")[:200])
        elif name == b"set-cookie":
            kept += _host_only(value)
        elif name == b"refresh":
            found = _REFRESH.fullmatch(value)
            kept += [(name, value)] if found and not leads_elsewhere(found["to"] or b"") else []
        elif name in _COMES_BACK or (name.startswith(b"x-") and not _FOR_OTHERS.match(name)):
            kept.append((name, value))
    return [*kept, *SAID_HERE]


def leads_elsewhere(address: bytes) -> bool:
    """Whether a browser could take ``address`` for one of another origin. The gate has made the device's own ones paths."""
    plain = address.strip()
    return bool(_SCHEME.match(plain)) or plain.startswith(b"//") or b"\\" in plain or not plain.isascii()


def _parted(value: bytes) -> list[Field]:
    pairs = (one.strip().partition(b"=") for one in value.split(b";"))
    return [(name.strip(), said) for name, mark, said in pairs if mark]


def _cookies(value: bytes, tossed: frozenset[bytes]) -> list[Field]:
    kept = [one for one in _parted(value) if one[0] not in tossed and not one[0].lower().startswith(OURS)]
    return [(b"cookie", b"; ".join(name + b"=" + said for name, said in kept))] if kept else []


def _host_only(value: bytes) -> list[Field]:
    """A device's cookie (RFC 6265, section 5.2): for this one host name, however far it was meant to reach."""
    pair, *attributes = (one.strip() for one in value.split(b";"))
    name, mark, _ = pair.partition(b"=")
    if not mark or not name.strip() or name.strip().lower().startswith(OURS):
        return []
    kept = [
        one
        for one in attributes
        if one.partition(b"=")[0].strip().lower() in {b"path", b"max-age", b"expires", b"httponly"}
    ]
    return [(b"set-cookie", b"; ".join([pair, *kept, b"Secure", b"SameSite=Strict"]))]
