import os
import secrets
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest

from domain.errors import EvidenceError
from recorder.format.chain import Chain
from recorder.format.frame import HEAD, LINK_BYTES, Kind
from recorder.format.header import PREAMBLE, SEAL, encode_seal
from recorder.format.reader import BrokenRecordingError, Reader, Stored
from tests.recorder.recordings import ABOUT, SESSION, recorder_in, sealed_in, walk

FLIPS = int(os.environ.get("PENSTOCK_FLIPS", "200"))
"""``make deep`` flips a hundred thousand."""


@pytest.fixture
async def whole(tmp_path: Path) -> bytes:
    return (await sealed_in(tmp_path)).read_bytes()


def span(stored: Stored) -> slice:
    """Where the frame lies in the file."""
    return slice(stored.offset, stored.offset + HEAD.size + len(stored.body) + LINK_BYTES)


def broken(data: bytes) -> BrokenRecordingError:
    with pytest.raises(BrokenRecordingError) as raised:
        walk(data)
    return raised.value


def test_peer_t62_every_flipped_bit_is_found_at_its_frame(whole: bytes) -> None:
    reader, stored = walk(whole)
    spans = [(span(one), one.head.sequence) for one in stored]
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1 << at % 8
        if at < stored[0].offset:
            with pytest.raises(EvidenceError):
                walk(bytes(changed))
            continue
        fault = broken(bytes(changed))
        frame = next((number for where, number in spans if where.start <= at < where.stop), len(stored))
        assert fault.frame == frame, f"byte {at}"
        assert fault.offset == (stored[frame].offset if frame < len(stored) else reader.offset)


def test_peer_t62_a_dropped_frame_is_found(whole: bytes) -> None:
    _, stored = walk(whole)
    for one in stored:
        fault = broken(whole[: span(one).start] + whole[span(one).stop :])
        assert fault.frame == one.head.sequence


def test_peer_t62_two_swapped_frames_are_found(whole: bytes) -> None:
    _, stored = walk(whole)
    for first, second in pairwise(stored):
        one, two = span(first), span(second)
        fault = broken(whole[: one.start] + whole[two] + whole[one] + whole[two.stop :])
        assert fault.frame == first.head.sequence


def test_peer_t62_a_repeated_frame_is_found(whole: bytes) -> None:
    _, stored = walk(whole)
    for one in stored:
        fault = broken(whole[: span(one).stop] + whole[span(one)] + whole[span(one).stop :])
        assert fault.frame == one.head.sequence + 1


def test_peer_t62_truncation_at_any_byte_is_found_or_leaves_it_unsealed(whole: bytes) -> None:
    _, stored = walk(whole)
    between = {one.offset for one in stored}
    for stop in range(stored[0].offset, len(whole)):
        if stop in between:
            reader, frames = walk(whole[:stop])
            assert not reader.sealed
            assert len(frames) < len(stored)
        else:
            assert broken(whole[:stop]).cut


def test_bytes_behind_the_seal_are_found(whole: bytes) -> None:
    assert "behind the seal" in str(broken(whole + b"\x00"))


def test_a_seal_without_an_end_frame_is_found(whole: bytes) -> None:
    _, stored = walk(whole)
    end = span(stored[-1])
    fault = broken(whole[: end.start] + encode_seal(len(stored) - 1, stored[-2].link))
    assert "end frame is missing" in str(fault)


def rebuilt(whole: bytes, stored: list[Stored], changed: dict[int, tuple[bytes, bytes]]) -> bytes:
    """The recording with other heads and bodies, and a chain that is right for them."""
    length = PREAMBLE.unpack(whole[: PREAMBLE.size])[-1]
    preamble, header = whole[: PREAMBLE.size], whole[PREAMBLE.size : PREAMBLE.size + length]
    chain = Chain(preamble, header)
    out = bytearray(preamble + header)
    for one in stored:
        head, body = changed.get(one.head.sequence, (one.head.encode(), one.body))
        out += head + body + chain.link(head, body)
    return bytes(out + encode_seal(len(stored), chain.head))


def test_a_forger_who_rebuilds_the_chain_still_has_to_obey_the_format(whole: bytes) -> None:
    _, stored = walk(whole)
    assert rebuilt(whole, stored, {}) == whole
    head = stored[3].head.encode()
    size = len(stored[3].body)
    wrong = {
        "kind 0": b"\x00" + head[1:],
        "kind 13": b"\x0d" + head[1:],
        "plain": head[:1] + b"\x00" + head[2:],
        "a reserved flag": head[:1] + b"\x05" + head[2:],
        "a reserved field": head[:2] + b"\x01" + head[3:],
        "a sequence": head[:15] + b"\x09" + head[16:],
        "time": head[:16] + b"\x00" * 8 + head[24:],
        "a plain length": head[:28] + b"\x7f\xff\xff\xff",
    }
    for what, other in wrong.items():
        forged = rebuilt(whole, stored, {3: (other, stored[3].body)})
        assert broken(forged).frame == 3, what
    end = len(stored) - 1
    totals = stored[end].body.replace(b'"bytes_to_asset":7', b'"bytes_to_asset":8')
    assert totals != stored[end].body
    assert broken(rebuilt(whole, stored, {end: (stored[end].head.encode(), totals)})).frame == end
    assert size > 0


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        pytest.param(b"", "not a Penstock recording", id="empty"),
        pytest.param(b"\x1f\x8b" + bytes(100), "not a Penstock recording", id="foreign"),
        pytest.param(b"\x89PNR\r\n\x1a\n", "not a Penstock recording", id="magic alone"),
        pytest.param(b"\x89PNR\n\x1a\n" + bytes(20), "not a Penstock recording", id="line ends changed"),
    ],
)
def test_what_is_no_recording_is_called_so(data: bytes, fact: str) -> None:
    with pytest.raises(EvidenceError, match=fact):
        Reader(BytesIO(data))


def test_other_versions_and_algorithms_are_refused(whole: bytes) -> None:
    for at in range(8, 12):
        with pytest.raises(EvidenceError, match=r"version|algorithm"):
            Reader(BytesIO(whole[:at] + b"\x02" + whole[at + 1 :]))


def test_random_bytes_never_surprise_the_reader(whole: bytes) -> None:
    """C15: the recording's parser takes nothing that is none."""
    start = walk(whole)[1][0].offset
    for length in (1, 31, 32, 33, 64, 100, 5000):
        with pytest.raises(EvidenceError):
            walk(whole[:start] + secrets.token_bytes(length))
    assert SEAL.size == 48


async def test_peer_t62_random_flips_in_a_larger_recording_are_found(tmp_path: Path) -> None:
    """C15: nor one with a bit changed anywhere."""
    recorder = recorder_in(tmp_path)
    recording = recorder.open(SESSION, ABOUT)
    for number in range(60):
        recording.write(Kind.TO_VENDOR, 1, secrets.token_bytes(number * 200))
    await recording.seal("finished")
    recorder.close()
    whole = (tmp_path / f"{SESSION}.pnr").read_bytes()
    assert walk(whole)[0].sealed
    for _ in range(FLIPS):
        data = bytearray(whole)
        data[secrets.randbelow(len(data))] ^= 1 << secrets.randbelow(8)
        with pytest.raises(EvidenceError):
            walk(bytes(data))
