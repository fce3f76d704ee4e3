"""HTTP for the shared tests of every filter, and what a strict second reader sees in what went on to the device."""

import re

HEAD = re.compile(
    rb"(?P<method>GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) (?P<path>/[!-~]*) HTTP/1\.1\r\n"
    rb"Host: (?P<host>[a-z0-9.:-]+)\r\n(?P<fields>(?:[A-Za-z0-9!#$%&'*+.^`|~-]+: ?[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*)\r\n"
)
"""One head that every reader reads alike: written by RFC 9112, and with nothing that it lets a reader forgive."""


def get(path: str, *fields: str) -> bytes:
    return "".join(
        f"{one}\r\n" for one in (f"GET {path} HTTP/1.1", "Host: localhost:8080", *fields, "")
    ).encode()


def post(path: str, body: bytes, *fields: str) -> bytes:
    said = (f"POST {path} HTTP/1.1", "Host: plc-07", f"Content-Length: {len(body)}", *fields, "")
    return "".join(f"{one}\r\n" for one in said).encode() + body


PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<p>17\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1;x\r\nb\r\n0\r\nX-T: 1\r\n\r\n"
TALK = (
    (True, get("/status/tank?unit=3", "Accept: text/html", "X-Forwarded-For: 10.0.0.1")),
    (False, PAGE),
    (True, post("/set", b"setpoint=350") + get("/a/%2e%2e/b") + get("/%7Eplain")),
    (False, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + CHUNKED),
    (True, get("/", "Upgrade: websocket", "Connection: upgrade") + get("/one", "Cookie: a=b")),
    (False, b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"),
    (True, b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    (False, b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"),
    (True, post("/set", b"x") + b"GET / HTTP/1.1\nHost: localhost\n\n"),
)


def requests(data: bytes) -> list[tuple[bytes, bytes, bytes]] | None:
    """Method, path and body of each request in ``data``, as a strict reader finds them; None where it would not."""
    found = []
    while data:
        head = HEAD.match(data)
        if head is None:
            return None
        fields = [one.partition(b":") for one in head["fields"].split(b"\r\n")[:-1]]
        lengths = [value.strip() for name, _, value in fields if name.lower() == b"content-length"]
        codings = [value.strip() for name, _, value in fields if name.lower() == b"transfer-encoding"]
        data = data[head.end() :]
        if len(lengths) + len(codings) > 1 or set(codings) - {b"chunked"}:
            return None
        body = b""
        if codings:
            said = re.match(rb"((?:[1-9a-f][0-9a-f]*\r\n(?s:.*?)\r\n)*?)0\r\n\r\n", data)
            if said is None:
                return None
            body, data = said[1], data[said.end() :]
        elif lengths:
            body, data = data[: int(lengths[0])], data[int(lengths[0]) :]
        found.append((head["method"], head["path"], body))
    return found


def may_reach(data: bytes) -> bool:
    """Whether this is one whole request that only looks, and that nobody could read in two ways."""
    found = requests(data)
    return found is not None and [
        one[0] in {b"GET", b"HEAD", b"OPTIONS"} and not one[2] for one in found
    ] == [True]
