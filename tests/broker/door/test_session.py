from typing import Any

import pytest

from broker.conduits.terminal.passage import MOST_EARLY_SIGNALS, Window
from broker.door.session import ProgramSession
from domain.access import PassageKind


class Programs:
    """A connection that remembers."""

    def __init__(self) -> None:
        self.refusals: list[tuple[PassageKind, str]] = []
        self.now_s = 0.0

    def start(self, session: ProgramSession, request: str, what: bytes) -> Any:
        raise AssertionError("no program in these tests")

    def refused(self, kind: PassageKind, detail: str) -> None:
        self.refusals.append((kind, detail))

    def boottime_s(self) -> float:
        return self.now_s


class Channel:
    terminal_modes = b"\x01\x00\x00\x00\x03\x00"


@pytest.fixture
def session() -> ProgramSession:
    made = ProgramSession(Programs())
    made.connection_made(Channel())
    return made


async def test_what_is_said_before_anybody_listens_is_kept_for_later(session: ProgramSession) -> None:
    assert session.pty_requested("xterm", (80, 24, 0, 0), {})
    assert session.environment_requested(b"LANG", b"C")
    session.terminal_size_changed(100, 30, 0, 0)
    session.signal_received("INT")
    assert session.eof_received()
    assert session.early.window == Window(b"xterm", (100, 30, 0, 0), Channel.terminal_modes)
    assert session.early.variables == {b"LANG": b"C"}
    assert (session.early.signals, session.early.at_end) == (["INT"], True)


async def test_early_signals_are_bounded(session: ProgramSession) -> None:
    for _ in range(1000):
        session.signal_received("INT")
    assert len(session.early.signals) == MOST_EARLY_SIGNALS


async def test_a_refused_variable_is_reported_by_name_alone(session: ProgramSession) -> None:
    assert not session.environment_requested(b"LD_PRELOAD\x1b", b"secret")
    assert session._programs.refusals == [(PassageKind.ENVIRONMENT, "LD_PRELOAD\\x1b")]


async def test_abuse_27_a_flood_of_sizes_is_one_timer(session: ProgramSession) -> None:
    session.pty_requested("xterm", (80, 24, 0, 0), {})
    for number in range(10_000):
        session.terminal_size_changed(number, 24, 0, 0)
    assert session.early.window is not None
    assert session.early.window.size[0] == 0
    assert session._size[0] == 1000
    session.connection_lost(None)


async def test_nobody_awaits_an_exit_without_a_program(session: ProgramSession) -> None:
    assert not session.awaits_exit()
