"""One program, from both ends; whole sessions with real clients are in tests/peers."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from broker.conduits.terminal.passage import STDERR, Early, TerminalPassage, Window
from recorder.format.frame import Kind
from tests.broker.conduits.test_relay import Channel, Session


@dataclass
class Vendor(Channel):
    """The vendor's channel, remembering its last words."""

    errors: bytearray = field(default_factory=bytearray)
    status: int | None = None
    stuck: bool = False

    def write(self, data: bytes, datatype: int | None = None) -> None:
        (self.errors if datatype == STDERR else self.sent).extend(data)

    def write_stderr(self, data: bytes) -> None:
        self.errors += data

    def exit(self, status: int) -> None:
        self.status = status
        self.over = True
        self.sealed = not self.stuck

    def exit_with_signal(self, *signal: Any) -> None:
        self.calls.append(f"signal {signal[0]}")
        self.over = self.sealed = True

    def drop_unsent(self) -> None:
        self.calls.append("drop")

    def hold(self) -> None:
        self.calls.append("hold")

    def release(self) -> None:
        self.calls.append("release")


@dataclass
class Asset(Channel):
    """The asset's channel."""

    starts: bool = True

    async def begin(self, session: Any, request: str, what: bytes, variables: Any, window: Any) -> bool:
        self.calls.append(f"begin {request} {what.decode()}")
        return self.starts

    def send_exact_signal(self, name: str) -> None:
        self.calls.append(f"signal {name}")

    def send_exact_break(self, milliseconds: int) -> None:
        self.calls.append(f"break {milliseconds}")

    def change_terminal_size(self, *size: int) -> None:
        self.calls.append(f"size {size[0]}x{size[1]}")


async def running(early: Early | None = None) -> tuple[TerminalPassage, Session, Vendor, Asset]:
    session, vendor, asset = Session(), Vendor(), Asset()
    passage = TerminalPassage(session, vendor, early or Early())
    passage.number = 1
    assert await passage.open(asset, "exec", b"true")
    return passage, session, vendor, asset


TERMINAL = Window(b"xterm", (80, 24, 0, 0), b"\x00")


async def test_what_came_early_is_passed_on_in_order_once_the_program_runs() -> None:
    passage, _, vendor, asset = await running(Early(TERMINAL, signals=["INT"], at_end=True))
    assert asset.calls == ["begin exec true", "signal INT", "eof"]
    assert vendor.calls == ["release"]
    assert passage.awaits_exit()


async def test_a_size_that_changed_while_opening_is_the_one_that_counts() -> None:
    session, vendor, asset = Session(), Vendor(), Asset()
    early = Early(TERMINAL)
    passage = TerminalPassage(session, vendor, early)
    passage.number = 1

    class Slow(Asset):
        async def begin(self, *given: Any) -> bool:
            passage.vendor_resized((132, 50, 0, 0))
            return await super().begin(*given)

    asset = Slow()
    assert await passage.open(asset, "shell", b"")
    assert asset.calls[-1] == "size 132x50"


@pytest.mark.parametrize("how", ["exit", "signal", "lost"])
async def test_a_program_that_is_over_before_its_start_is_confirmed_is_told_as_it_ended(how: str) -> None:
    session, vendor = Session(), Vendor()
    passage = TerminalPassage(session, vendor, Early())
    passage.number = 1

    class Quick(Asset):
        async def begin(self, *given: Any) -> bool:
            started = await super().begin(*given)
            if how == "exit":
                passage.exit_status_received(7)
            elif how == "signal":
                passage.exit_signal_received("TERM", False, "", "")
            self.over = self.sealed = True
            passage.connection_lost(None if how != "lost" else ConnectionError())
            return started

    assert await passage.open(Quick(), "exec", b"true")
    assert vendor.over, "or the client would wait for ever"
    assert vendor.status == {"exit": 7, "signal": None, "lost": 69}[how]
    assert session.noted[-2:] == [Kind.EXIT, Kind.CHANNEL_CLOSED]
    assert session.left == [1]


async def test_a_program_that_could_not_start_and_is_gone_is_left_to_whoever_gives_it_up() -> None:
    session, vendor = Session(), Vendor()
    passage = TerminalPassage(session, vendor, Early())
    passage.number = 1

    class Gone(Asset):
        async def begin(self, *given: Any) -> bool:
            await super().begin(*given)
            passage.connection_lost(None)
            return False

    assert not await passage.open(Gone(), "exec", b"true")
    assert session.left == []
    passage.abandon("refused by the asset")
    assert (session.left, vendor.status) == ([1], None)


async def test_nothing_passes_once_the_session_says_no() -> None:
    passage, session, vendor, asset = await running()
    session.over = True
    passage.vendor_sent(b"late")
    passage.data_received(b"late", None)
    passage.vendor_signalled("KILL")
    passage.vendor_resized((1, 1, 0, 0))
    passage.vendor_broke(5)
    passage.vendor_ended()
    assert (bytes(asset.sent), bytes(vendor.sent)) == (b"", b"")
    assert asset.calls == ["begin exec true"]


async def test_standard_error_stays_apart_in_the_evidence_too() -> None:
    passage, session, vendor, _ = await running()
    passage.data_received(b"out", None)
    passage.data_received(b"err", STDERR)
    assert session.crossed == [(Kind.TO_VENDOR, b"out"), (Kind.TO_VENDOR_ERR, b"err")]
    assert (bytes(vendor.sent), bytes(vendor.errors)) == (b"out", b"err")


async def test_on_a_terminal_unechoed_keys_pass_but_only_their_number_is_recorded() -> None:
    passage, session, _, asset = await running(Early(TERMINAL))
    passage.data_received(b"Password: ", None)
    passage.vendor_sent(b"hunter2")
    assert bytes(asset.sent) == b"hunter2"
    assert session.crossed[-1] == (Kind.HIDDEN, b'{"bytes":7}')


@pytest.mark.parametrize("terminal", [None, TERMINAL])
async def test_the_end_of_the_session_closes_both_sides_with_a_word(terminal: Window | None) -> None:
    passage, session, vendor, asset = await running(Early(terminal))
    passage.finish("window_end", "Your window has ended.", 77)
    passage.finish("window_end", "Your window has ended.", 77)
    assert passage.closed()
    assert vendor.status == 77
    assert bytes(vendor.errors) == b"\r\nYour window has ended.\r\n"
    # Closing would not stop a program without a terminal: it is sent KILL first.
    assert ("signal KILL" in asset.calls) is (terminal is None)
    assert asset.calls[-1] == "abort"
    assert session.left == [1]


async def test_a_client_that_takes_nothing_is_closed_all_the_same() -> None:
    passage, _, vendor, _ = await running()
    vendor.stuck = True
    passage.finish("killed", "Stopped.", 77)
    assert vendor.calls[-2:] == ["drop", "abort"]
    assert passage.closed()


@pytest.mark.parametrize(
    ("how", "status", "call"),
    [("exit", 7, None), ("signal", None, "signal TERM"), ("nothing", None, "close")],
)
async def test_the_program_s_end_is_told_as_it_was(how: str, status: int | None, call: str | None) -> None:
    passage, session, vendor, asset = await running()
    if how == "exit":
        passage.exit_status_received(7)
    elif how == "signal":
        passage.exit_signal_received("TERM", False, "", "")
    asset.over = asset.sealed = True
    passage.connection_lost(None)
    assert vendor.status == status
    assert call is None or vendor.calls[-1] == call
    assert session.noted[-2:] == [Kind.EXIT, Kind.CHANNEL_CLOSED]
    assert session.left == [1]
    assert not passage.awaits_exit()


async def test_either_slow_side_stops_the_other() -> None:
    passage, _, vendor, asset = await running()
    passage.vendor_slow()
    passage.vendor_ready()
    passage.pause_writing()
    passage.resume_writing()
    assert asset.calls[-2:] == ["pause", "resume"]
    assert vendor.calls[-2:] == ["pause", "resume"]


async def test_a_client_that_goes_takes_its_program_s_channel_along() -> None:
    passage, session, vendor, asset = await running()
    vendor.over = vendor.sealed = True
    passage.vendor_gone()
    assert asset.calls[-1] == "close"
    passage.connection_lost(None)
    assert session.left == [1]


@dataclass
class Asked:
    """A question that remembers what was typed at it."""

    begun: int = 0
    typed_at: bytearray = field(default_factory=bytearray)

    def begin(self, write: Any) -> None:
        self.begun += 1
        write("who?")

    def typed(self, data: bytes) -> None:
        self.typed_at += data


async def test_d04_while_the_gate_asks_what_is_typed_is_for_the_gate_alone() -> None:
    """D04: neither recorded nor passed on; a pause that came meanwhile goes on holding once it is answered."""
    session, vendor, asset, question = Session(), Vendor(), Asset(), Asked()
    passage = TerminalPassage(session, vendor, Early(TERMINAL), question=question)
    passage.number = 1
    passage.hold_input()
    passage.ask()  # it was locked before its program ran
    assert await passage.open(asset, "shell", b"")
    assert vendor.calls[-1] == "release", "held back, the code would never come"
    passage.hold_input()
    passage.vendor_sent(b"123456\r")
    assert (question.begun, bytes(question.typed_at), bytes(asset.sent)) == (1, b"123456\r", b"")
    assert session.crossed == []
    passage.ask_no_more()
    assert vendor.calls[-1] == "hold"
    passage.let_input_go()
    passage.vendor_sent(b"ls\r")
    assert bytes(asset.sent) == b"ls\r"


async def test_what_has_no_terminal_or_no_question_is_not_asked() -> None:
    for early, question in ((Early(), Asked()), (Early(TERMINAL), None)):
        session, vendor, asset = Session(), Vendor(), Asset()
        passage = TerminalPassage(session, vendor, early, question=question)
        passage.number = 1
        passage.ask()
        assert await passage.open(asset, "exec", b"cat")
        passage.vendor_sent(b"for the program")
        assert bytes(asset.sent) == b"for the program"
        passage.ask_no_more()
