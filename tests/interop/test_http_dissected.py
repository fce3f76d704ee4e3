"""What crossed over HTTP, as the case file's capture gives it to Wireshark: its dissector sees what our list says."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broker.conduits.http.filter import HttpFilter
from broker.reading.transactions import transactions
from domain.access import Action
from domain.output import Answer, Cut, ToAsset, ToVendor
from recorder.export.pcapng import capture
from recorder.format import payloads
from recorder.format.frame import Frame, Kind
from tests.broker.conduits.http.samples import PAGE, get, post
from tests.programs import program

FORM = "Content-Type: application/x-www-form-urlencoded"
TALK = (
    (get("/status/tank?unit=3"), PAGE),
    (get("/%73tatus/long"), b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
    (get("/status/../set"), b""),
    (get("/set").replace(b"GET", b"DELETE"), b"HTTP/1.1 404 Not there\r\nContent-Length: 0\r\n\r\n"),
    (post("/set", b"setpoint=350", FORM), b"HTTP/1.1 204 Done\r\n\r\n"),
)  # fmt: skip


def recorded() -> list[Frame]:
    """What the relay records of the talk: byte for byte what went over either leg."""
    gate = HttpFilter(frozenset({Action.VIEW, Action.OPERATE}))
    frames = [
        Frame(Kind.CHANNEL_OPENED, 1, 0, payloads.channel_opened("forward:80")),
        Frame(Kind.MARK, 1, 1, payloads.mark("filter", opaque=False, protocol="http")),
    ]
    for asked, answered in TALK:
        for output in (*gate.from_vendor(asked), *gate.from_asset(answered)):
            match output:
                case ToAsset(data):
                    frames.append(Frame(Kind.TO_ASSET, 1, len(frames) * 1000, data))
                case ToVendor(data):
                    frames.append(Frame(Kind.TO_VENDOR, 1, len(frames) * 1000, data))
                case Answer(code, sentence, data):
                    frames.append(
                        Frame(
                            Kind.MARK,
                            1,
                            len(frames) * 1000,
                            payloads.mark("answered", code=code, sentence=sentence),
                        )
                    )
                    frames.append(Frame(Kind.TO_VENDOR, 1, len(frames) * 1000, data))
                case Cut() | _:
                    pytest.fail(f"{output}")
    return frames


def test_wireshark_sees_the_requests_and_the_answers_that_our_list_has(tmp_path: Path) -> None:
    """C11: method, path and status of each; the gate's own answer stands between them as what the vendor was told."""
    frames, file = recorded(), tmp_path / "http.pcapng"
    file.write_bytes(b"".join(capture(frames, 1, datetime(2026, 3, 2, 8, 0, tzinfo=UTC), "s" * 26)))
    given = [
        part
        for one in ("http.request.method", "http.request.uri", "http.response.code")
        for part in ("-e", one)
    ]
    told = subprocess.run(
        [program("tshark"), "-r", file, "-Y", "http", "-T", "fields", *given],
        capture_output=True,
        text=True,
        check=True,
    )
    seen = [tuple(line.split("\t")) for line in told.stdout.splitlines()]
    listed = transactions(frames)
    assert [(row.done.function, row.done.address) for row in listed if row.done is not None] == [
        (method, path) for method, path, _ in seen if method
    ]
    assert [status for _, _, status in seen if status] == ["200", "200", "403", "404", "204"]
    assert [row.outcome for row in listed] == [
        "done", "done", "refused: http_path_ambiguous", "404 Not Found", "done"
    ]  # fmt: skip
