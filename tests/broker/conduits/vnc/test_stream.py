from broker.conduits.vnc.stream import Drop, NoRfbError, Pass, Script, Stream
from domain.output import Answer, Cut, Output, ToVendor
from tests.broker.conduits.test_filters import joined

TOLD = Answer("vnc_x", "Told.", b"")


def _script() -> Script:
    """Items: ``P`` and a count, that pass; ``D`` and a count, that do not; anything else is none."""
    while True:
        kind = yield 1
        if kind not in {b"P", b"D"}:
            raise NoRfbError("It is neither.")
        count = (yield 2)[1]
        if kind == b"D":
            yield TOLD
        yield Pass(count) if kind == b"P" else Drop(count)


def said(data: bytes, size: int) -> list[Output]:
    stream = Stream(_script(), ToVendor, "Not ours.")
    return joined(
        one for at in range(0, len(data), size) for one in stream.feed(data[at : at + size])
    )  # fmt: skip


def test_what_passes_is_handed_on_as_it_came_and_what_does_not_is_left_out_however_it_is_split() -> None:
    data = b"P\3abcD\2xyP\0P\1zX"
    whole = [
        ToVendor(b"P\3abc"),
        TOLD,
        ToVendor(b"P\0P\1z"),
        Cut("vnc_malformed", "Not ours. It is neither."),
    ]
    assert all(said(data, size) == whole for size in range(1, len(data) + 1))


def test_nothing_of_what_only_passes_is_kept() -> None:
    stream = Stream(_script(), ToVendor, "")
    assert list(stream.feed(b"P\xff" + bytes(100))) == [ToVendor(b"P\xff" + bytes(100))]
    assert stream._held == b""
    assert list(stream.feed(bytes(155) + b"D")) == [ToVendor(bytes(155))]
    assert stream._held == b"D"


def test_a_piece_that_passes_whole_is_not_copied() -> None:
    stream = Stream(_script(), ToVendor, "")
    tuple(stream.feed(b"P\xff"))
    piece = bytes(200)
    (one,) = stream.feed(piece)
    assert isinstance(one, ToVendor)
    assert one.data is piece
