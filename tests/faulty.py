"""A way to a real HTTP server that fails as told: a fault of the server's, silence, a cut, a lie, other bytes.

Everything else passes through to the byte, the ``Host`` header too, so that signatures hold.
"""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Fault(Enum):
    """What happens to one request."""

    NONE = auto()
    FAILING = auto()
    """500, and it never reached the server."""
    UNSAID = auto()
    """It reached the server and was done; the answer was lost."""
    FULL = auto()
    SLOW = auto()
    """No answer until the test is over."""
    CUT = auto()
    """Half the answer's body, then the connection breaks."""
    YES = auto()
    """Answered well, and not done."""
    FLIPPED = auto()
    """One bit of the answer's body is another."""


@dataclass
class Faulty:
    """The way in between; ``judge`` looks at each request's method, path with query, and how many came before."""

    endpoint: str
    judge: Callable[[str, str, int], Fault] = lambda _method, _path, _before: Fault.NONE
    seen: list[tuple[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def always(self, fault: Fault, method: str = "") -> None:
        """Every request fails so, or every one of a method."""
        self.judge = lambda verb, _path, _before: fault if method in {"", verb} else Fault.NONE

    def well(self) -> None:
        """Nothing fails any more."""
        self.judge = lambda _method, _path, _before: Fault.NONE


@contextmanager
def before(endpoint: str) -> Iterator[Faulty]:
    """A faulty way to the server at ``endpoint``, open while entered."""
    target = urlsplit(endpoint).netloc

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = way.judge(self.command, self.path, len(way.seen))
            way.seen.append((self.command, self.path))
            match fault:
                case Fault.FAILING:
                    self.answer(500, b"<Error><Code>InternalError</Code></Error>")
                case Fault.FULL:
                    self.answer(507, b"")
                case Fault.YES:
                    self.answer(204 if self.command == "DELETE" else 200, b"")
                case Fault.SLOW:
                    way.over.wait()
                    self.close_connection = True
                case _:
                    self.relay(body, fault)

        def relay(self, body: bytes, fault: Fault) -> None:
            line = http.client.HTTPConnection(target, timeout=60)
            try:
                line.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in {"expect", "connection"}:
                        line.putheader(name, value)
                line.endheaders(body)
                answer = line.getresponse()
                found = answer.read()
            finally:
                line.close()
            if fault is Fault.UNSAID:
                self.close_connection = True
                return
            if fault is Fault.FLIPPED and found:
                found = bytes([found[0] ^ 1]) + found[1:]
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                    self.send_header(name, value)
            length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(found))
            self.send_header("Content-Length", length or "0")
            self.end_headers()
            if fault is Fault.CUT:
                self.close_connection = True
                found = found[: len(found) // 2]
            if self.command != "HEAD":
                self.wfile.write(found)

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD" and status != 204:
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = pass_on  # noqa: N815 - the library's names

        def handle(self) -> None:
            with suppress(OSError):
                super().handle()

        def log_message(self, *_: object) -> None:
            """A test's own words are enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    server.daemon_threads = True
    way = Faulty(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield way
    finally:
        way.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
