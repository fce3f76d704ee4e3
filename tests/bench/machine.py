"""The machine behind a TCP conduit: three ports that echo, send without end, and swallow. A process of its own.

``python -m tests.bench.machine`` prints its ports as one line of JSON and serves until its input ends.
"""

import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

CHUNK = 256 * 1024


def echo(peer: socket.socket) -> None:
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while data := peer.recv(CHUNK):
        peer.sendall(data)


def source(peer: socket.socket) -> None:
    data = os.urandom(CHUNK)  # nothing that a recording could shrink
    while True:
        peer.sendall(data)


def sink(peer: socket.socket) -> None:
    """Says a line's end, takes what comes until the other side has said all, then says how much that was."""
    peer.sendall(b"\n")
    taken = 0
    while got := len(peer.recv(CHUNK)):
        taken += got
    peer.sendall(b"%d\n" % taken)


def listen(serve: Callable[[socket.socket], None]) -> int:
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)

    def one(peer: socket.socket) -> None:
        with suppress(OSError), peer:
            serve(peer)

    def accept() -> None:
        while True:
            peer, _ = listening.accept()
            threading.Thread(target=one, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return int(listening.getsockname()[1])


def main() -> None:
    print(json.dumps({one.__name__: listen(one) for one in (echo, source, sink)}), flush=True)  # noqa: T201
    sys.stdin.read()


if __name__ == "__main__":
    main()
