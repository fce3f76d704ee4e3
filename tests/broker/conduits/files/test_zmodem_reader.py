"""What files cross by zmodem, as the stock sz sends them to nobody in particular; against rz in tests/peers."""

import hashlib
import random
import zlib
from binascii import crc_hqx
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.files.outputs import Moved
from broker.conduits.files.zmodem_reader import MOST_HELD_BYTES, ZDATA, ZEOF, ZFILE, ZFIN, Transfers
from domain.access import Flow

DATA = random.Random(7).randbytes(5000)
DIGEST = hashlib.sha256(DATA).hexdigest()


def escaped(data: bytes) -> bytes:
    return b"".join(
        bytes((0x18, one ^ 0x40)) if one in b"\x10\x11\x13\x18\x90\x91\x93" else bytes((one,)) for one in data
    )


def check(data: bytes, wide: bool) -> bytes:
    return zlib.crc32(data).to_bytes(4, "little") if wide else crc_hqx(data, 0).to_bytes(2, "big")


def header(kind: int, place: int = 0, *, wide: bool = True) -> bytes:
    body = bytes((kind,)) + place.to_bytes(4, "little")
    return b"*\x18" + (b"C" if wide else b"A") + escaped(body + check(body, wide))


def hexed(kind: int, place: int = 0) -> bytes:
    body = bytes((kind,)) + place.to_bytes(4, "little")
    return b"**\x18B" + (body + crc_hqx(body, 0).to_bytes(2, "big")).hex().encode() + b"\r\x8a\x11"


def part(data: bytes, end: bytes, *, wide: bool = True) -> bytes:
    return escaped(data) + b"\x18" + end + escaped(check(data + end, wide))


def sent(data: bytes = DATA, name: bytes = b"fw 2.bin", *, wide: bool = True, begin: int = 0) -> bytes:
    pieces = [data[at : at + 1024] for at in range(begin, len(data), 1024)]
    body = b"".join(part(one, b"i", wide=wide) for one in pieces[:-1]) + part(pieces[-1], b"h", wide=wide)
    told = part(name + b"\x00%d 0 0\x00" % len(data), b"k", wide=wide)
    return (
        header(ZFILE, wide=wide)
        + told
        + header(ZDATA, begin, wide=wide)
        + body
        + header(ZEOF, len(data), wide=wide)
    )


def told(*parts: bytes) -> list[Moved]:
    reader = Transfers(Flow.GET)
    return [*(one for each in parts for one in reader.feed(memoryview(each))), *reader.over()]


def whole(name: bytes = b"fw 2.bin") -> Moved:
    return Moved(name, Flow.GET, 0, len(DATA), DIGEST, whole=True)


def test_a_file_is_told_once_with_what_crossed_of_it_by_either_checksum() -> None:
    """D15: a file that moved in a terminal has its name, size and SHA-256."""
    for wide in (True, False):
        assert told(b"$ sz fw\r\n" + hexed(0) + sent(wide=wide) + hexed(ZFIN) + b"OO$ ") == [whole()]
    assert told(sent() + sent(name=b"b") + hexed(ZFIN)) == [whole(), whole(b"b")]


@given(st.lists(st.integers(0, 6000), max_size=12))
def test_where_the_stream_is_split_makes_no_difference(places: list[int]) -> None:
    stream = b"$ " + hexed(0) + sent() + hexed(ZFIN)
    cuts = [0, *sorted(places), len(stream)]
    assert told(*(stream[one:two] for one, two in pairwise(cuts))) == [whole()]


def test_what_is_cut_skipped_taken_up_again_or_damaged_says_so() -> None:
    half = sent()[:3000]
    (cut,) = told(half)
    assert (cut.whole, cut.failed, 0 < cut.octets < len(DATA)) == (False, False, True)
    offered = header(ZFILE) + part(b"a\x009 0\x00", b"k")
    assert [(one.name, one.failed) for one in told(offered + hexed(ZFIN))] == [(b"a", True)]
    (resumed,) = told(sent(begin=2048))
    assert (resumed.begin, resumed.octets, resumed.whole) == (2048, len(DATA) - 2048, True)
    (damaged,) = told(sent().replace(DATA[2060:2064], b"wxyz", 1))
    assert not damaged.whole
    empty = header(ZFILE) + part(b"none\x000 0\x00", b"k") + header(ZEOF)
    assert told(empty) == [Moved(b"none", Flow.GET, 0, 0, hashlib.sha256().hexdigest(), whole=True)]


@given(st.binary(max_size=4000))
def test_no_bytes_bring_it_down_and_it_holds_little(data: bytes) -> None:
    reader = Transfers(Flow.PUT)
    for stream in (b"*\x18C" + data, data, header(ZFILE) + data * 40, b"*\x18" * 100):
        list(reader.feed(stream))
        assert len(reader._held) <= MOST_HELD_BYTES
