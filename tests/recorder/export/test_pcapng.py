import json
import struct
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.export import pcapng
from recorder.export.pcapng import MOST_CHANNELS, Captures, capture, captured
from recorder.format import payloads
from recorder.format.frame import Frame, Kind
from tests.programs import program

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SESSION = "s" * 26
READ = bytes.fromhex("000100000006 01 03 0028 0002")
HELD = bytes.fromhex("000100000007 01 03 04 0011 0012")
WRITE = bytes.fromhex("000200000006 01 06 0028 0003")
REFUSED = bytes.fromhex("000200000003 01 86 01")
NO = payloads.mark("answered", code="modbus_function_not_permitted", sentence="The permit is not for this.")


def opened(channel: int = 3, passage: str = "forward:502") -> Frame:
    return Frame(Kind.CHANNEL_OPENED, channel, 0, payloads.channel_opened(passage))


def frames(*told: tuple[Kind, bytes], channel: int = 3) -> list[Frame]:
    after = [Frame(kind, channel, 1000 * at, payload) for at, (kind, payload) in enumerate(told, 1)]
    return [opened(channel), *after]


def file(told: Iterable[Frame], channel: int = 3) -> bytes:
    return b"".join(capture(told, channel, START, SESSION))


def blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        assert size % 4 == 0
        assert struct.unpack_from("<I", data, at + size - 4) == (size,)
        yield kind, data[at + 8 : at + size - 4]
        at += size


def packets(data: bytes) -> list[bytes]:
    found = []
    for kind, body in blocks(data):
        if kind == 6:
            (size,) = struct.unpack_from("<I", body, 12)
            found.append(body[20 : 20 + size])
    return found


def sent(data: bytes, source: bytes) -> bytes:
    """What one end of the connection sent, put together by sequence numbers."""
    out = b""
    for packet in packets(data):
        if packet[12:16] == source and len(packet) > 40:
            (sequence,) = struct.unpack_from(">I", packet, 24)
            assert sequence == 1001 + len(out)
            out += packet[40:]
    return out


STORY = frames(
    (Kind.TO_ASSET, READ),
    (Kind.TO_VENDOR, HELD),
    (Kind.MARK, NO),
    (Kind.TO_VENDOR, REFUSED),
    (Kind.EOF, payloads.eof("vendor")),
    (Kind.EOF, payloads.eof("asset")),
    (Kind.CHANNEL_CLOSED, payloads.channel_closed("finished")),
)


def test_native_protocols_can_be_exported_and_shells_can_t() -> None:
    told = [opened(1, "shell"), opened(2, "forward:502"), opened(4, "forward:44818")]
    assert captured(told) == {2: 502, 4: 44818}
    with pytest.raises(KeyError):
        file([opened(1, "shell")], channel=1)


@given(
    st.lists(st.tuples(st.sampled_from([Kind.TO_ASSET, Kind.TO_VENDOR]), st.binary(max_size=300)), max_size=8)
)
def test_what_crossed_is_in_it_to_the_byte(told: list[tuple[Kind, bytes]]) -> None:
    data = file(frames(*told))
    assert sent(data, pcapng.VENDOR.packed) == b"".join(part for kind, part in told if kind is Kind.TO_ASSET)
    assert sent(data, pcapng.ASSET.packed) == b"".join(part for kind, part in told if kind is Kind.TO_VENDOR)


def test_another_channel_s_bytes_are_not_in_it() -> None:
    other = [Frame(Kind.TO_ASSET, 9, 5, b"not this")]
    assert file([*STORY, *other]) == file(STORY)


def test_an_end_sends_nothing_after_it_has_finished() -> None:
    late = frames((Kind.EOF, payloads.eof("vendor")), (Kind.TO_ASSET, b"late"))
    assert sent(file(late), pcapng.VENDOR.packed) == b""


def test_what_is_more_than_is_shown_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcapng, "MOST_SHOWN_BYTES", 10)
    data = file(frames((Kind.TO_ASSET, b"12345678"), (Kind.TO_VENDOR, b"abcdef"), (Kind.TO_ASSET, b"more")))
    assert sent(data, pcapng.VENDOR.packed) == b"12345678"
    assert sent(data, pcapng.ASSET.packed) == b"ab"
    assert data.count(pcapng.CUT_OFF.encode()) == 1


def test_every_checksum_is_right() -> None:
    def folded(part: bytes) -> int:
        total = sum(struct.unpack(f">{len(part) // 2}H", part))
        return (total % 0xFFFF) or (0xFFFF if total else 0)

    for packet in packets(file(frames((Kind.TO_ASSET, b"odd"), (Kind.TO_VENDOR, bytes(70_000))))):
        tcp = packet[20:] + b"\0" * (len(packet) % 2)
        assert folded(packet[:20]) == 0xFFFF
        assert folded(packet[12:20] + struct.pack(">HH", 6, len(packet) - 20) + tcp) == 0xFFFF


CHAT, NOTE, WARNING = 0x200000, 0x400000, 0x600000
"""Wireshark's severities; above them is only the error."""


def dissected(data: bytes, folder: Path) -> list[dict[str, dict[str, object]]]:
    path = folder / "channel.pcapng"
    path.write_bytes(data)
    told = subprocess.run(
        [program("tshark"), "-r", path, "-T", "json", "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"],
        capture_output=True, check=True,
    )  # fmt: skip
    return [one["_source"]["layers"] for one in json.loads(told.stdout)]


@pytest.mark.parametrize(
    ("ending", "severity"),
    [
        pytest.param((), CHAT, id="it still lives"),
        pytest.param(
            ((Kind.CHANNEL_CLOSED, payloads.channel_closed("killed")),), WARNING, id="it was cut, by a reset"
        ),
        pytest.param(
            (
                (Kind.EOF, payloads.eof("vendor")),
                (Kind.EOF, payloads.eof("asset")),
                (Kind.CHANNEL_CLOSED, payloads.channel_closed("finished")),
            ),
            NOTE,
            id="both sides ended it",
        ),
    ],
)
def test_wireshark_opens_it_and_finds_no_error(
    ending: tuple[tuple[Kind, bytes], ...], severity: int, tmp_path: Path
) -> None:
    bulk = (Kind.TO_VENDOR, bytes(200_000))
    told = dissected(file(frames((Kind.TO_ASSET, READ), (Kind.TO_VENDOR, HELD), bulk, *ending)), tmp_path)
    text = json.dumps(told)
    assert '"tcp.checksum.status": "1"' in text
    assert "_ws.malformed" not in text
    severities = {int(part.partition('"')[0]) for part in text.split('"_ws.expert.severity": "')[1:]}
    assert max(severities) == severity


def test_wireshark_reads_the_protocol_and_what_the_gate_did(tmp_path: Path) -> None:
    told = dissected(file(STORY), tmp_path)
    modbus = [one["modbus"] for one in told if "modbus" in one]
    assert [one["modbus.func_code"] for one in modbus] == ["3", "3", "6"]
    assert "The permit is not for this." in json.dumps(told)


def test_in_a_case_file_a_channel_is_whole_or_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is over when the room is full stays; the one that fills it, and what follows, is left out."""
    monkeypatch.setattr(pcapng, "MOST_TOGETHER_BYTES", 1100)
    short = frames((Kind.TO_ASSET, READ), channel=1)
    long = frames((Kind.TO_ASSET, b"x" * 400), (Kind.TO_VENDOR, READ), channel=2)
    late = frames((Kind.TO_ASSET, READ), channel=3)
    captures = Captures(START, SESSION)
    assert list(captures.watching([*short, *long, *late])) == [*short, *long, *late]
    assert captures.made() == {1: file(short, 1)}


def test_in_a_case_file_there_are_captures_of_the_first_two_hundred_channels() -> None:
    captures = Captures(START, SESSION)
    told = [opened(channel) for channel in range(1, MOST_CHANNELS + 3)]
    assert len(list(captures.watching(told))) == len(told)
    assert list(captures.made()) == list(range(1, MOST_CHANNELS + 1))


@pytest.mark.parametrize(
    "passage", ["forward:0", "forward:65536", "forward:080", "forward:x", "forward:" + "9" * 5000, "forward"]
)
def test_a_passage_without_a_port_has_no_capture(passage: str) -> None:
    captures = Captures(START, SESSION)
    told = [opened(passage=passage)]
    assert (list(captures.watching(told)), captures.made(), captured(told)) == (told, {}, {})
