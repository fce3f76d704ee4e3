"""A reader of a recording that is still being written: whole frames only, bounded, and nothing that was typed."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import EvidenceError
from domain.ids import SessionId
from recorder.following import Follower
from recorder.format.chain import Chain
from recorder.format.cipher import Sealer, commitment
from recorder.format.frame import BYTES, HEAD, Kind
from recorder.format.header import Header, encode_seal
from recorder.format.payloads import channel_opened, end, hidden
from tests.clock import FrozenClock

KEY = bytes(range(32))
SESSION = SessionId("s" * 26)


class Written(io.BytesIO):
    """A recording as its writer makes it."""

    def __init__(self) -> None:
        preamble, text = Header(SESSION, FrozenClock().now(), commitment(KEY), {"permit": "p"}).encode()
        super().__init__(preamble + text)
        self._sealer, self._chain, self.frames = Sealer(KEY), Chain(preamble, text), 0
        self.offsets = [len(self.getvalue())]

    def add(self, kind: Kind, payload: bytes, channel: int = 1) -> None:
        sealed, frame = self._sealer.seal(kind, channel, self.frames, self.frames * 1000, payload)
        frame[len(sealed) :] = self._chain.link(sealed)
        here = self.tell()
        self.seek(0, io.SEEK_END)
        self.write(bytes(frame))
        self.seek(here)
        self.frames += 1
        self.offsets.append(len(self.getvalue()))


@pytest.fixture
def written() -> Written:
    return Written()


def test_what_was_recorded_is_seen_once_and_in_order(written: Written) -> None:
    follower = Follower(written, KEY)
    assert follower.look().frames == ()
    written.add(Kind.CHANNEL_OPENED, channel_opened("shell"))
    written.add(Kind.TO_VENDOR, b"login: ")
    first = follower.look()
    assert [(one.kind, one.payload) for one in first.frames][1:] == [(Kind.TO_VENDOR, b"login: ")]
    written.add(Kind.TO_VENDOR, b"ok")
    assert [one.payload for one in follower.look().frames] == [b"ok"]
    assert follower.look().frames == ()


def test_what_was_typed_is_never_among_it_echoed_or_not(written: Written) -> None:
    follower = Follower(written, KEY)
    written.add(Kind.TO_ASSET, b"secret\n")
    written.add(Kind.HIDDEN, hidden(7))
    written.add(Kind.TO_VENDOR, b"$ ")
    assert [one.kind for one in follower.look().frames] == [Kind.TO_VENDOR]


@given(st.data())
def test_a_frame_of_which_a_part_is_missing_waits_for_its_rest(data: st.DataObject) -> None:
    written = Written()
    written.add(Kind.TO_VENDOR, b"one")
    written.add(Kind.TO_VENDOR, b"two")
    whole = written.getvalue()
    at = data.draw(st.integers(written.offsets[0], len(whole)))
    growing = io.BytesIO(whole[:at])
    follower = Follower(growing, KEY)
    before = [one.payload for one in follower.look().frames]
    assert before == [b"one", b"two"][: sum(at >= edge for edge in written.offsets[1:])]
    growing.seek(0, io.SEEK_END)
    growing.write(whole[at:])
    assert before + [one.payload for one in follower.look().frames] == [b"one", b"two"]


def test_who_comes_late_is_given_the_newest_and_told_how_much_was_left_out(written: Written) -> None:
    written.add(Kind.CHANNEL_OPENED, channel_opened("shell"))
    for number in range(100):
        written.add(Kind.TO_VENDOR, b"%03d" % number + bytes(97))
    looked = Follower(written, KEY, largest_bytes=1000).look()
    assert looked.frames[0].kind is Kind.CHANNEL_OPENED, "the picture depends on it"
    output = [one for one in looked.frames if one.kind in BYTES]
    assert [one.payload[:3] for one in output] == [b"%03d" % number for number in range(90, 100)]
    assert looked.skipped_bytes == 90 * 100


def test_what_means_nothing_without_the_old_is_taken_whole_piece_by_piece(written: Written) -> None:
    follower = Follower(written, KEY)
    for number in range(10):
        written.add(Kind.TO_VENDOR, b"%03d" % number + bytes(97), channel=1 + number % 2)
    taken: list[bytes] = []
    looks = 0
    while not (took := follower.take(lambda head: head.channel == 1, largest_bytes=150)).caught_up:
        assert len(took.frames) <= 2
        taken.extend(one.payload[:3] for one in took.frames)
        looks += 1
    taken.extend(one.payload[:3] for one in took.frames)
    assert (taken, looks) == ([b"000", b"002", b"004", b"006", b"008"], 2)
    written.add(Kind.TO_ASSET, b"asked")
    assert [one.payload for one in follower.take(lambda _head: True).frames] == [b"asked"]


def test_the_end_is_the_end(written: Written) -> None:
    follower = Follower(written, KEY)
    body = end("finished", 0, 0, 0)
    head = HEAD.pack(Kind.END, 0, 0, 0, 0, 0, len(body), len(body))
    written.seek(0, io.SEEK_END)
    written.write(head + body + bytes(32) + encode_seal(1, bytes(32)))
    assert follower.look().ended
    assert follower.look().ended


def test_a_frame_out_of_its_place_and_a_changed_byte_are_noticed(written: Written) -> None:
    written.add(Kind.TO_VENDOR, b"one")
    written.add(Kind.TO_VENDOR, b"two")
    data = written.getvalue()
    head, first, second = (data[a:b] for a, b in zip([0, *written.offsets], written.offsets, strict=False))
    with pytest.raises(EvidenceError, match="stands where"):
        Follower(io.BytesIO(head + second + first), KEY).look()
    changed = bytearray(data)
    changed[written.offsets[0] + 33] ^= 1
    with pytest.raises(EvidenceError, match="does not decrypt"):
        Follower(io.BytesIO(bytes(changed)), KEY).look()


def test_another_key_is_refused(written: Written) -> None:
    with pytest.raises(EvidenceError, match="not the one"):
        Follower(written, bytes(32))


def test_what_is_no_recording_is_refused() -> None:
    with pytest.raises(EvidenceError):
        Follower(io.BytesIO(b"GIF89a"), KEY)
