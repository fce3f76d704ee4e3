import json
import os
import signal
import socket
from pathlib import Path

import pytest

from broker.layout import Layout
from broker.watchdog.interlock_file import InterlockFile, journal_beside
from broker.watchdog.journal import Journal
from broker.watchdog.kill_switch import ask_watchdog
from domain.errors import PeerError
from tests.broker import plant_side
from tests.broker.plant_side import Target, closed_by_peer, small_gate, until

SHUT = {"do": "isolate", "scope": "all", "by": "kim", "reason": "smoke"}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "run").mkdir()
    return Layout(tmp_path)


def test_isolating_works_with_no_watchdog_at_all(layout: Layout) -> None:
    """D09: offline, with nothing of the node answering."""
    answer = ask_watchdog(layout, SHUT)
    assert answer == {"ok": True, "acknowledged": False, "killed": [], "without_watchdog": True}
    assert InterlockFile(layout.interlocks).read().isolated == {"all"}
    assert Journal(journal_beside(layout.interlocks)).waiting() == 1


def test_abuse_04_with_a_dead_watchdog_isolating_kills_the_gate_and_closes_both_sides(layout: Layout) -> None:
    """D09: all are cut though the watchdog stands still."""
    target = Target()
    with (
        plant_side.watchdog(layout.folder) as dog,
        small_gate(layout.folder, target, 600, "linked") as (gate, port),
        socket.create_connection(("127.0.0.1", port)) as vendor,
    ):
        vendor.sendall(b"hello")
        until(lambda: target.received, "the gate forwards")
        os.kill(dog.pid, signal.SIGSTOP)  # its socket takes connections and never answers
        answer = ask_watchdog(layout, SHUT)
        assert answer["killed"] == [gate.pid]
        assert answer["without_watchdog"]
        assert gate.wait() == -signal.SIGKILL
        assert closed_by_peer(vendor)
        until(lambda: target.gone, "the asset's side is closed")
        os.kill(dog.pid, signal.SIGCONT)
        shown = ask_watchdog(layout, {"do": "show"})
        assert shown["interlocks"]["isolated"] == ["all"]
    target.close()


@pytest.mark.parametrize("written", [True, False])
def test_a_process_that_has_the_gates_old_number_is_left_alone(written: bool, layout: Layout) -> None:
    if written:
        layout.gate_pid.write_text(json.dumps({"pid": os.getpid(), "started": 1, "boot": "another"}))
    assert ask_watchdog(layout, SHUT)["killed"] == []


def test_everything_else_needs_the_watchdog_and_says_so(layout: Layout) -> None:
    for command in (
        {"do": "restore", "scope": "all"},
        {"do": "set-state", "zone": "cell-1", "state": "running"},
        {"do": "revoke", "permit": "p" * 26},
        {"do": "stop", "session": "s" * 26},
    ):
        with pytest.raises(PeerError, match="watchdog does not answer"):
            ask_watchdog(layout, command)
    assert not layout.interlocks.exists()


def test_what_holds_can_be_shown_without_the_watchdog(layout: Layout) -> None:
    ask_watchdog(layout, SHUT)
    shown = ask_watchdog(layout, {"do": "show"})
    assert shown["without_watchdog"]
    assert shown["interlocks"]["isolated"] == ["all"]
    layout.interlocks.write_text("garbage")
    with pytest.raises(PeerError, match="held shut"):
        ask_watchdog(layout, {"do": "show"})


def test_a_scope_that_is_none_is_refused_without_the_watchdog_too(layout: Layout) -> None:
    with pytest.raises(PeerError, match="does not understand"):
        ask_watchdog(layout, {"do": "isolate", "scope": "everything"})


def test_a_full_disk_does_not_keep_the_gate_alive(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(InterlockFile, "_replace", full)
    answer = ask_watchdog(layout, SHUT)
    assert not answer["ok"]
    assert "can't be written" in str(answer["error"])
