"""What one request asks for, judged by its head alone: a method, a path in its one written form, and where it is from. Pure."""

import re
from dataclasses import dataclass

from broker.conduits.far_end import FarEnd
from broker.conduits.http.fields import OVERRIDES, Head, Said, host_may_be, tokens, value_of
from broker.conduits.http.heads import Malformed
from broker.conduits.http.methods import METHODS, WITH_BODY
from domain.access import Action
from domain.web_path import web_path

LONGEST_TARGET = 8192
_TARGET = re.compile(r"/[\x21-\x22\x24-\x7e]*")
_FROM_ELSEWHERE = frozenset({b"cross-site", b"same-site"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that no permit lets through."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that can be judged."""

    method: str
    path: str
    """In its one written form."""
    query: str
    body: bool
    expects: bool
    """It waits for a word before it sends its body."""
    last: bool
    """Nothing follows it on its connection."""

    @property
    def action(self) -> Action:
        """What it takes."""
        return METHODS[self.method]

    @property
    def target(self) -> bytes:
        """Path and query, as they go to the asset."""
        return (f"{self.path}?{self.query}" if self.query else self.path).encode()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def read(head: Head, end: FarEnd) -> Asked | Malformed | Refusal:
    """What a request, of a method that is known, asks of the asset at ``end``."""
    method, target, said = head.method.decode("ascii"), head.target.decode("ascii", "replace"), head.said
    if len(target) > LONGEST_TARGET or not _TARGET.fullmatch(target):
        return Malformed("What it asks for is no path on this host.")
    length = value_of(said, b"content-length")
    body = b"transfer-encoding" in said or (length is not None and length.strip(b"0") != b"")
    if body and method not in WITH_BODY:
        return Malformed(f"A {method} comes without a body.")
    path, _, query = target.partition("?")
    try:
        path = web_path(path)
    except ValueError as error:
        return Refusal("http_path_ambiguous", f"Nobody can say which page this {method} means: {error}.")
    asked = Asked(
        method,
        path,
        query,
        body,
        expects=body and head.version == "1.1" and tokens(said, b"expect") == {b"100-continue"},
        last=body or closes(head),
    )
    return _from_elsewhere(asked, said, end) or asked


def closes(head: Head) -> bool:
    """Whether whoever sent this sends nothing more, or wants nothing more, on its connection."""
    return head.version == "1.0" or b"close" in tokens(head.said, b"connection")


def _from_elsewhere(asked: Asked, said: Said, end: FarEnd) -> Refusal | None:
    named = value_of(said, b"host")
    host = "asset" if named is None else named.decode("ascii", "replace")  # HTTP/1.0 need not name one
    if not host_may_be(host, end):
        return Refusal(
            "http_host_not_permitted",
            f"{asked} was asked of '{host:.80}', which is not the name of this device.",
        )
    if b"websocket" in tokens(said, b"upgrade"):
        return Refusal(
            "http_upgrade_not_permitted",
            f"{asked} wants to go on as a WebSocket, into which nobody here can see.",
        )
    if OVERRIDES & said.keys():
        return Refusal(
            "http_override_not_permitted", f"{asked} says in a field of its head that it means another."
        )
    # A browser says it of every request to elsewhere, and of its own pages' only where they change something.
    same = {f"http://{host}".encode(), f"https://{host}".encode()}
    foreign = b"origin" in said and value_of(said, b"origin") not in same
    if foreign or tokens(said, b"sec-fetch-site") & _FROM_ELSEWHERE:
        return Refusal(
            "http_origin_not_permitted", f"{asked} was sent by a page that is not the device's own."
        )
    return None
