"""scp's own old protocol, turn by turn; the stock client's is in tests/peers."""

import hashlib
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.files.outputs import Abandon, Begin, Fetch, FileOutput, Finish, Keep, Moved
from broker.conduits.files.scp import LONGEST_LINE, ScpFilter
from broker.quarantine.seams import FileState, Verdict
from domain.access import Flow
from domain.output import Answer, Cut, ToAsset, ToVendor

HELD = Verdict(FileState.HELD, "held1", "00", 3, "file_held", "It waits for the plant.", "Ask them.")
CLEAN = Verdict(FileState.RELEASED, "good1", "ab", 3, "file_clean", "It may pass.")
ABC = hashlib.sha256(b"abc").hexdigest()
TURNS = [
    ("sink", b"\x00"),
    ("source", b"D0755 0 folder\n"),
    ("sink", b"\x00"),
    ("source", b"T1 0 2 0\n"),
    ("sink", b"\x00"),
    ("source", b"C0644 3 name\n"),
    ("sink", b"\x00"),
    ("source", b"abc\x00"),
    ("sink", b"\x00"),
    ("source", b"C0644 0 empty\n"),
    ("sink", b"\x00"),
    ("source", b"\x00"),
    ("sink", b"\x00"),
    ("source", b"E\n"),
    ("sink", b"\x00"),
    ("source", b"C0600 9 refused\n"),
    ("sink", b"\x01scp: no\n"),
    ("source", b"\x01scp: missing: No such file\n"),
]


class Talk:
    """One channel, and what came of it."""

    def __init__(self, flow: Flow = Flow.PUT, *, screened: bool = False) -> None:
        self.filter = ScpFilter(flow, screened=screened)
        self.flow = flow
        self.to = {"asset": bytearray(), "vendor": bytearray()}
        self.said: list[FileOutput] = []
        self.kept = bytearray()
        self.full_after = 1 << 30
        self.source = b"abc"

    def say(self, side: str, data: bytes, *, step: int = 1 << 30) -> None:
        vendor = (side == "source") is (self.flow is Flow.PUT)
        feed = self.filter.from_vendor if vendor else self.filter.from_asset
        for at in range(0, len(data), step):
            self.obey(feed(data[at : at + step]))

    def obey(self, outputs: Iterable[FileOutput]) -> None:
        for output in outputs:
            match output:
                case ToAsset(data):
                    self.to["asset"] += data
                    if len(self.to["asset"]) >= self.full_after:
                        self.obey(self.filter.asset_full(full=True))
                case ToVendor(data):
                    self.to["vendor"] += data
                case Keep(data=data):
                    self.kept += data
                case Fetch(file, at, length):
                    self.obey(self.filter.fetched(file, at, self.source[at : at + length]))
                case _:
                    self.said.append(output)
                    if isinstance(output, Answer):
                        self.to["vendor"] += output.data

    def cuts(self) -> list[str]:
        return [one.code for one in self.said if isinstance(one, Cut)]


@given(st.sampled_from([Flow.GET, Flow.PUT]), st.integers(1, 30))
def test_files_and_folders_pass_as_they_are_and_each_file_is_told(flow: Flow, step: int) -> None:
    """D15: name, way, size and digest of each file, however the stream is split."""
    talk = Talk(flow)
    for side, data in TURNS:
        talk.say(side, data, step=step)
    source, sink = ("asset", "vendor") if flow is Flow.PUT else ("vendor", "asset")
    assert bytes(talk.to[source]) == b"".join(data for side, data in TURNS if side == "source")
    assert bytes(talk.to[sink]) == b"".join(data for side, data in TURNS if side == "sink")
    assert talk.said == [
        Moved(b"folder/name", flow, 0, 3, ABC, whole=True),
        Moved(b"folder/empty", flow, 0, 0, hashlib.sha256().hexdigest(), whole=True),
    ]


OUT_OF_TURN: list[tuple[str, list[tuple[str, bytes]]]] = [
    ("a line before the other is ready", [("source", b"C0644 3 name\n")]),
    ("two lines at once", [("sink", b"\x00"), ("source", b"D0755 0 a\nD0755 0 b\n")]),
    ("contents before they are asked for", [("sink", b"\x00"), ("source", b"C0644 3 name\nabc\x00")]),
    ("a name that leads elsewhere", [("sink", b"\x00"), ("source", b"C0644 3 ../../etc/passwd\n")]),
    ("a name that is a folder", [("sink", b"\x00"), ("source", b"C0644 3 ..\n")]),
    ("a folder that leads elsewhere", [("sink", b"\x00"), ("source", b"D0755 0 /etc\n")]),
    ("a name with a NUL", [("sink", b"\x00"), ("source", b"C0644 3 a\x00b\n")]),
    ("another command", [("sink", b"\x00"), ("source", b"id\n")]),
    ("a line without end", [("sink", b"\x00"), ("source", b"C" * (LONGEST_LINE + 1))]),
    ("a file without end", [*TURNS[:7], ("source", b"abcmore\n")]),
    ("an answer that is none", [("sink", b"x")]),
    ("an answer without a question", [("sink", b"\x00\x00")]),
    ("an answer without end", [("sink", b"\x01" + b"x" * LONGEST_LINE)]),
]


def test_abuse_23_who_is_out_of_turn_or_names_another_place_ends_the_channel() -> None:
    for flow in (Flow.GET, Flow.PUT):
        for name, turns in OUT_OF_TURN:
            talk = Talk(flow)
            for side, data in turns:
                talk.say(side, data)
            assert talk.cuts() == ["scp_malformed"], name


@pytest.mark.parametrize("step", [1, 1000])
def test_a_screened_file_is_at_the_asset_only_once_it_is_released(step: int) -> None:
    talk = Talk(screened=True)
    talk.say("sink", b"\x00")
    talk.say("source", b"C0644 3 name\n", step=step)
    talk.say("source", b"abc\x00", step=step)
    assert (bytes(talk.kept), bytes(talk.to["asset"])) == (b"abc", b"")
    assert talk.said == [Begin(1, b"name", 3), Finish(1)]
    talk.obey(talk.filter.judged(1, CLEAN))
    assert bytes(talk.to["asset"]) == b"C0644 3 name\n"
    talk.say("sink", b"\x00")
    assert bytes(talk.to["asset"]) == b"C0644 3 name\nabc\x00"
    assert bytes(talk.to["vendor"]) == b"\x00\x00"
    talk.say("sink", b"\x00")
    assert bytes(talk.to["vendor"]) == b"\x00\x00\x00"
    assert talk.said[2:] == [Moved(b"name", Flow.PUT, 0, 3, "ab", whole=True, released="good1")]


def test_a_released_file_waits_for_an_asset_that_is_full() -> None:
    talk = Talk(screened=True)
    talk.source = bytes(100_000)
    talk.say("sink", b"\x00")
    talk.say("source", b"C0644 100000 name\n")
    talk.say("source", bytes(100_001))
    talk.obey(talk.filter.judged(1, CLEAN))
    talk.full_after = 20_000
    talk.say("sink", b"\x00")
    assert len(talk.to["asset"]) < 50_000
    talk.full_after = 1 << 30
    talk.obey(talk.filter.asset_full(full=False))
    assert len(talk.to["asset"]) == len(b"C0644 100000 name\n") + 100_001


def test_what_is_held_or_not_taken_is_answered_with_a_line_that_the_client_shows() -> None:
    talk = Talk(screened=True)
    talk.say("sink", b"\x00")
    talk.say("source", b"C0644 3 name\n")
    talk.say("source", b"abc\x00")
    talk.obey(talk.filter.judged(1, HELD))
    line = b"\x01penstock: refused [file_held]: It waits for the plant. (file held1) What to do: Ask them.\n"
    assert bytes(talk.to["vendor"]) == b"\x00\x00" + line
    talk.say("source", b"C0644 3 next\n")
    talk.obey(talk.filter.not_taken(2, "file_sparse", "It has a gap."))
    talk.say("source", b"abc\x00")
    assert bytes(talk.to["vendor"]).endswith(b"It has a gap.\n")
    assert Abandon(2, "file_sparse") in talk.said
    talk.say("source", b"C0644 3 third\n")
    talk.say("source", b"abc\x01scp: read failed\n")
    assert Abandon(3, "broken off") in talk.said
    talk.say("source", b"C0644 3 fourth\n")
    talk.say("source", b"abc\x00")
    talk.obey(talk.filter.not_taken(4, "file_not_judged", "Nobody can look."))
    assert bytes(talk.to["vendor"]).endswith(b"[file_not_judged]: Nobody can look.\n")
    assert not talk.to["asset"]


def test_what_the_asset_would_not_take_is_told_in_its_own_words() -> None:
    talk = Talk(screened=True)
    talk.say("sink", b"\x00")
    talk.say("source", b"C0644 3 name\n")
    talk.say("source", b"abc\x00")
    talk.obey(talk.filter.judged(1, CLEAN))
    talk.say("sink", b"\x01scp: name: No space left on device\n")
    assert bytes(talk.to["vendor"]).endswith(b"No space left on device\n")
    assert talk.said[-1] == Moved(b"name", Flow.PUT, 0, 0, "", whole=False, failed=True, released="good1")


def test_a_channel_that_ends_tells_what_was_cut() -> None:
    talk = Talk()
    for side, data in TURNS[:7]:
        talk.say(side, data)
    talk.say("source", b"ab")
    talk.obey(talk.filter.over("client gone"))
    digest = hashlib.sha256(b"ab").hexdigest()
    assert talk.said == [Moved(b"folder/name", Flow.PUT, 0, 2, digest, whole=False)]
    talk = Talk(screened=True)
    talk.say("sink", b"\x00")
    talk.say("source", b"C0644 3 name\n")
    talk.obey(talk.filter.over("client gone"))
    assert talk.said[-1] == Abandon(1, "client gone")


@given(st.binary(max_size=60), st.binary(max_size=60), st.booleans())
def test_no_bytes_upset_the_filter(sent: bytes, came: bytes, screened: bool) -> None:
    for flow in (Flow.GET, Flow.PUT):
        talk = Talk(flow, screened=screened)
        talk.say("sink", b"\x00" + came)
        talk.say("source", b"C0644 3 name\n")
        talk.say("source", sent)
        talk.obey(talk.filter.over("client gone"))
