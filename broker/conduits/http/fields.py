"""Which fields of a head go on, and as what. Pure. Names are compared in small letters, and go on as they were written."""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address

from broker.conduits.far_end import FarEnd

Fields = list[tuple[bytes, bytes]]
Said = Mapping[bytes, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before a body. Of a request ``method`` and ``target`` say something, of an answer ``status``."""

    version: str
    fields: Fields
    """As they came, without blanks around their values."""
    said: Said
    """The same by their names in small letters."""
    method: bytes = b""
    target: bytes = b""
    status: int = 0


HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization", b"proxy-authenticate",
        b"proxy-authentication-info", b"te", b"trailer", b"upgrade", b"http2-settings",
    }
)  # fmt: skip
"""RFC 9110, section 7.6.1: of one connection only. The length and the coding stay."""

SAID_ANEW = frozenset({b"host", b"origin", b"referer", b"accept-encoding", b"expect", b"authorization"})
MADE_UP = re.compile(
    rb"forwarded|via|x-forwarded-.*|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|cf-connecting-ip"
)
"""Who is behind a proxy, by somebody's word. A device that believes it takes anybody for its operator."""

OVERRIDES = frozenset(
    {
        b"x-http-method", b"x-http-method-override", b"x-method-override", b"x-original-url", b"x-rewrite-url",
        b"x-original-method", b"x-override-url",
    }
)  # fmt: skip
"""Another method or path than the request line's, for servers that obey it."""

KEPT_BACK = frozenset({b"strict-transport-security", b"alt-svc", b"clear-site-data", b"public-key-pins"})
"""What a device tells a browser about its whole origin: at a tunnel's near end that is the vendor's own machine."""

KEPT_OUT, KEPT_IN = HOP | SAID_ANEW, HOP | KEPT_BACK
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
_WITHOUT = {204: _FRAMING, 304: frozenset({b"transfer-encoding"})}

CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
NOT_RECORDED = b"(not recorded)"
_REASONS = {int(one): one.phrase.encode() for one in HTTPStatus}
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.ASCII)


def reason_of(status: int) -> bytes:
    """The standard's words for a status; none for one that it does not know. A device's own could be anything."""
    return _REASONS.get(status, b"")


def by_name(fields: Iterable[tuple[bytes, bytes]]) -> Said:
    """What a head says, by its fields' names in small letters."""
    found: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        found.setdefault(name.lower(), []).append(value)
    return found


def value_of(said: Said, name: bytes) -> bytes | None:
    """The value of the field ``name``; None without it, and where it stands there more than once."""
    found = said.get(name, ())
    return found[0] if len(found) == 1 else None


def tokens(said: Said, name: bytes) -> frozenset[bytes]:
    """The words of a list that commas part, in small letters."""
    if name not in said:
        return frozenset()
    listed = (one.strip().lower() for value in said[name] for one in value.split(b","))
    return frozenset(one for one in listed if one)


def host_may_be(host: str, end: FarEnd) -> bool:
    """Whether a request may name ``host``: an address, one word, or what the charter says.

    A name with a dot is somebody's in the world's name service, who may let it lead to the near end of a tunnel
    and have a browser carry pages of theirs to the device.
    """
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return False
    name = found["name"].removeprefix("[").removesuffix("]")
    if "." not in name and ":" not in name:
        return True
    try:
        ip_address(name)
    except ValueError:
        return "." not in name or name.endswith(".localhost") or name == _name_of(end.host)
    return True


def to_asset(head: Head, end: FarEnd, *, expects: bool, last: bool) -> tuple[Fields, Fields]:
    """The fields for the asset, and for the recording: there without what signs in."""
    said = head.said
    came, named = value_of(said, b"host") or b"", tokens(said, b"connection")
    fields: Fields = [(b"Host", end.host.encode())]
    fields += [(name, value) for name, value in head.fields if _passes(name.lower(), named)]
    # A page that is recorded as it is read needs no unpacking afterwards.
    fields.append((b"Accept-Encoding", b"identity"))
    fields += _origin(said, came, end)
    if expects:
        fields.append((b"Expect", b"100-continue"))
    if last:
        fields.append((b"Connection", b"close"))
    signs_in = _authorization(said, end)
    if signs_in is None:
        return fields, fields
    shown = signs_in.partition(b" ")[0] + b" " + NOT_RECORDED
    return [*fields, (b"Authorization", signs_in)], [*fields, (b"Authorization", shown)]


def to_vendor(head: Head, end: FarEnd, *, last: bool) -> Fields:
    """The fields of an answer, for the vendor."""
    said = head.said
    without = KEPT_IN | tokens(said, b"connection") | _WITHOUT.get(head.status, frozenset())
    if b"transfer-encoding" in said:
        without |= {b"content-length"}
    if end.password is not None:
        without |= {b"www-authenticate"}  # nobody there is to be asked for what the plant keeps
    fields = [
        (name, _location(value, end) if name.lower() == b"location" else value)
        for name, value in head.fields
        if name.lower() not in without and not CONTROL.search(value)
    ]
    return [*fields, (b"Connection", b"close")] if last else fields


def _passes(name: bytes, named: frozenset[bytes]) -> bool:
    if name in _FRAMING:
        return True
    # Programs behind a CGI read an underscore and a hyphen as one: a field with one could be taken for another.
    return not (name in KEPT_OUT or b"_" in name or name in named or MADE_UP.fullmatch(name))


def _origin(said: Said, came: bytes, end: FarEnd) -> Fields:
    """Where the page was from that asks: the device's own address for it, where it was from the near end."""
    if b"origin" not in said and b"referer" not in said:
        return []
    ours = f"{'https' if end.secure else 'http'}://{end.host}".encode()
    fields: Fields = []
    if value_of(said, b"origin") in {b"http://" + came, b"https://" + came}:
        fields.append((b"Origin", ours))
    referer = value_of(said, b"referer") or b""
    for scheme in (b"http://", b"https://"):
        if referer.startswith(scheme + came + b"/"):
            fields.append((b"Referer", ours + referer[len(scheme + came) :]))
    return fields


def _authorization(said: Said, end: FarEnd) -> bytes | None:
    if end.password is not None:
        return b"Basic " + b64encode(f"{end.username}:{end.password}".encode())
    return value_of(said, b"authorization")


def _location(value: bytes, end: FarEnd) -> bytes:
    """A redirect to the device itself, as a path: its own name leads nowhere from where the vendor is."""
    rest = re.sub(rb"(?i)\Ahttps?://" + re.escape(end.host.encode()) + rb"(?=/|\Z)", b"", value)
    return rest or b"/"


def _name_of(host: str) -> str:
    found = _HOST.fullmatch(host.lower())
    return found["name"].removeprefix("[").removesuffix("]") if found else host
