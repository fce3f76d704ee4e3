from collections.abc import Iterator

from broker.conduits.framed import TOOL, Framed
from domain.output import Answer, Cut, Output, ToAsset, ToVendor


class Letters:
    """Lower-case letters in pairs; a digit is none."""

    def __init__(self) -> None:
        self._rest = b""
        self.fault = ""

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._rest += data
        while len(self._rest) >= 2 and not self.fault:
            pair, self._rest = self._rest[:2], self._rest[2:]
            if pair.isalpha():
                yield pair
            else:
                self.fault = "It is no letter."


class Pairs(Framed[bytes]):
    """Refuses ``no``, and ends at ``xx``."""

    ASSET = "scribe"

    def __init__(self) -> None:
        super().__init__(Letters(), Letters())
        self.judged: list[bytes] = []

    def _sent(self, frame: bytes) -> Iterator[Output]:
        self.judged.append(frame)
        if frame == b"xx":
            yield Answer("end", "The end.", b"xx")
            yield Cut("end", "The end.")
            self.judged.append(b"behind the end")
        yield Answer("no", "No.", b"no") if frame == b"no" else ToAsset(frame)

    def _came(self, frame: bytes) -> Iterator[Output]:
        if frame == b"xx":
            yield self._malformed("It ended.", self.ASSET)
        yield ToVendor(frame)

    def _malformed(self, why: str, whose: str = TOOL) -> Cut:
        return Cut("not_pairs", f"What the {whose} sent is no pair. {why}")


def test_each_frame_is_judged_in_order_wherever_the_stream_is_split() -> None:
    gate = Pairs()
    outputs = [one for part in (b"a", b"bno", b"c", b"d") for one in gate.from_vendor(part)]
    assert outputs == [ToAsset(b"ab"), Answer("no", "No.", b"no"), ToAsset(b"cd")]
    assert list(gate.from_asset(b"efg")) == [ToVendor(b"ef")]


def test_behind_a_cut_nothing_is_judged_and_nothing_passes_either_way_ever_after() -> None:
    gate = Pairs()
    assert list(gate.from_vendor(b"abxxcd1"))[1:] == [
        Answer("end", "The end.", b"xx"),
        Cut("end", "The end."),
    ]
    assert gate.judged == [b"ab", b"xx"]
    assert [*gate.from_vendor(b"ab"), *gate.from_asset(b"ab"), *gate.from_asset(b"1")] == []


def test_an_end_from_the_asset_is_one_for_the_vendor_too() -> None:
    gate = Pairs()
    assert list(gate.from_asset(b"abxxcd")) == [
        ToVendor(b"ab"),
        Cut("not_pairs", "What the scribe sent is no pair. It ended."),
    ]
    assert list(gate.from_vendor(b"ab")) == []
    assert gate.judged == []


def test_a_fault_of_the_stream_ends_it_once_and_says_whose_it_was() -> None:
    gate = Pairs()
    assert list(gate.from_vendor(b"ab12")) == [
        ToAsset(b"ab"),
        Cut("not_pairs", "What the vendor's tool sent is no pair. It is no letter."),
    ]
    assert [*gate.from_vendor(b"12"), *gate.from_vendor(b"ab")] == []
    assert list(Pairs().from_asset(b"12")) == [
        Cut("not_pairs", "What the scribe sent is no pair. It is no letter.")
    ]


def test_what_is_not_asked_for_any_more_is_over_already_when_the_cut_is_handed_out() -> None:
    gate = Pairs()
    outputs = gate.from_vendor(b"xx")
    next(outputs)
    assert isinstance(next(outputs), Cut)
    assert list(gate.from_vendor(b"ab")) == [], "whoever obeys the Cut need not come back for more"
