from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from broker.watchdog.interlock_leaves import leaves_of
from broker.watchdog.interlocks import (
    Command,
    Interlocks,
    Isolate,
    Restore,
    Revoke,
    SetSignals,
    SetState,
    Stop,
    apply,
)
from broker.watchdog.pauses import Pause
from broker.watchdog.zone_states import Permitted
from domain.events import Event, Isolated, Restored, SessionPaused, StateChanged
from domain.ids import PermitId, SessionId, ZoneId
from domain.plant import OperatingState

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CELL = ZoneId("cell-1")
MAINTENANCE, START_UP = OperatingState.MAINTENANCE, OperatingState.START_UP


def told(command: Command, before: Interlocks | None = None) -> tuple[Event, ...]:
    before = before or Interlocks()
    return leaves_of(command, before, apply(before, command), NOON, "acknowledged")


@pytest.mark.parametrize(
    ("command", "leaves"),
    [
        pytest.param(
            Isolate("zone:cell-1", "kim", "smoke"),
            [Isolated(at=NOON, scope="zone:cell-1", by="kim", reason="smoke", enforced="acknowledged")],
            id="shut",
        ),
        pytest.param(
            Stop(SessionId("s" * 26), "kim", ""),
            [Isolated(at=NOON, scope=f"session:{'s' * 26}", by="kim", reason="", enforced="acknowledged")],
            id="one session stopped",
        ),
        pytest.param(
            Pause(SessionId("s" * 26), "kim", "wrong valve"),
            [
                SessionPaused(
                    at=NOON,
                    session=SessionId("s" * 26),
                    by="kim",
                    reason="wrong valve",
                    enforced="acknowledged",
                )
            ],
            id="one session paused",
        ),
        pytest.param(
            Restore("all", "kim", "clear"),
            [Restored(at=NOON, scope="all", by="kim", reason="clear")],
            id="restored",
        ),
        pytest.param(
            SetState(CELL, MAINTENANCE, "kim", "pump 3"),
            [StateChanged(at=NOON, zone=CELL, before="", after="maintenance", by="kim", reason="pump 3")],
            id="a state",
        ),
        pytest.param(Revoke(PermitId("p" * 26), "kim", ""), [], id="a revocation was told before"),
    ],
)
def test_each_change_is_told_with_who_and_why(command: Command, leaves: Sequence[Event]) -> None:
    assert told(command) == tuple(leaves)


def test_a_state_that_its_signal_does_not_permit_is_told_as_what_is_in_force() -> None:
    silent = SetSignals(
        {CELL: Permitted("key switch", frozenset({MAINTENANCE}), OperatingState.RUNNING, on=False)}
    )
    (leaf,) = told(SetState(CELL, MAINTENANCE, "kim"), apply(Interlocks(), silent))
    assert isinstance(leaf, StateChanged)
    assert leaf.after != "maintenance"
    assert "does not permit it" in leaf.reason


def test_a_signal_that_takes_a_state_away_is_who_changed_it() -> None:
    on = SetSignals(
        {CELL: Permitted("key switch", frozenset({MAINTENANCE}), OperatingState.RUNNING, on=True)}
    )
    held = apply(apply(Interlocks(), on), SetState(CELL, MAINTENANCE, "kim"))
    off = SetSignals(
        {CELL: Permitted("key switch", frozenset({MAINTENANCE}), OperatingState.RUNNING, on=False)}
    )
    (leaf,) = told(off, held)
    assert isinstance(leaf, StateChanged)
    assert (leaf.by, leaf.reason) == ("signal:cell-1", "key switch says no")
