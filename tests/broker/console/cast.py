"""A recording as the console sees one: a shell, a native protocol, and a screen."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from io import BytesIO
from typing import BinaryIO

from broker.console.parts import Made
from recorder.format.frame import Frame, Kind
from recorder.format.payloads import channel_opened, mark
from recorder.report import Report, Step, Verdict
from tests.broker.conduits.vnc import samples as vnc
from tests.clock import STARTS

CAST = b'{"version": 2, "width": 80, "height": 24}\n[0.1, "o", "uname -a\\r\\n"]\n[0.5, "o", "Linux eng-ws-1\\r\\n"]\n'

_NO = "The permit is not for this, which is to operate: unit 3: write single coil, coil 1."
READ = (
    Frame(Kind.CHANNEL_OPENED, 0, 0, channel_opened("forward:502", command="plc-07:502")),
    Frame(Kind.MARK, 0, 1, mark("filter", protocol="modbus", actions=["view"])),
    Frame(Kind.TO_ASSET, 0, 3_000_000, bytes.fromhex("000100000006 03 03 0029 0002")),
    Frame(Kind.TO_VENDOR, 0, 3_000_900, bytes.fromhex("000100000007 03 03 04 0154 0011")),
    Frame(Kind.MARK, 0, 64_000_000, mark("answered", code="modbus_function_not_permitted", sentence=_NO)),
    Frame(Kind.MARK, 1, 65_000_000, mark("filter", protocol="vnc", actions=["view"])),
    Frame(Kind.TO_VENDOR, 1, 65_000_001, b"RFB 003.008\n"),
)
"""What crossed over Modbus: two registers read, and a coil that might not be written. And a screen was begun to be shown."""

SCREEN = tuple(
    Frame(Kind.TO_ASSET if inward else Kind.TO_VENDOR, 1, 65_000_000 + at * 50_000, data)
    for at, (inward, data) in enumerate(
        (
            (False, vnc.VERSION),
            (True, vnc.VERSION),
            (False, b"\1\1"),
            (True, b"\1"),
            (False, bytes(4)),
            (True, b"\1"),
            (False, vnc.INIT),
            (False, vnc.update(vnc.rectangle(0, 0, 64, 48, 0, bytes((200, 40, 20, 0)) * (64 * 48)))),
            (False, vnc.update(vnc.rectangle(8, 8, 16, 16, 2, bytes(4) + bytes((20, 200, 40, 0))))),
        )
    )
)
"""What a recorded screen was: all of it orange by its viewer's format, then a part of it green."""


class Cast:
    """A recording as the console sees one."""

    def casts(self) -> Mapping[int, str]:
        return {0: "shell"}

    def cast(self, channel: int) -> list[bytes]:
        return [CAST]

    def capture(self, channel: int) -> bytes:
        return b"\n\r\r\n"

    def read(self, reader: Callable[[Iterable[Frame], datetime], Made]) -> Made:
        return reader(READ, STARTS)

    def stream(self, reader: Callable[[Iterable[Frame]], Iterator[bytes]]) -> Iterator[bytes]:
        return reader(SCREEN)

    def case_file(self) -> BinaryIO:
        return BytesIO(b"PK\x05\x06" + bytes(18))

    def verify(self) -> Report:
        return Report(
            "this case", (Step(1, "The checkpoint is signed", Verdict.PASS, "https://localhost:8443"),)
        )
