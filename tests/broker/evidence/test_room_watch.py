from dataclasses import replace
from datetime import UTC, datetime

import pytest

from broker.evidence.room_watch import RoomWatch
from domain.errors import EvidenceError
from domain.events import Event, EvidenceRoomAlarmed, EvidenceRoomRegained
from recorder.backlog import Alarm, Disk, Refusal, Room
from tests.clock import FrozenClock

CALM = Room(0, 0, None, Disk(9, 10, 1), 0, 0, None, 3, (), None)
OLD = replace(CALM, waiting=1, oldest=datetime(2026, 3, 1, tzinfo=UTC), alarms=(Alarm.BACKLOG_OLD,))
FULL = replace(OLD, refusal=Refusal.DISK_FILLING)


class Gate:
    """A watch over what a test puts there."""

    def __init__(self) -> None:
        self.room: Room | OSError = CALM
        self.told: list[Event] = []
        self.silent = False
        self.watch = RoomWatch(self.look, self.keep, FrozenClock())

    def look(self, _now: datetime) -> Room:
        if isinstance(self.room, OSError):
            raise self.room
        return self.room

    async def keep(self, event: Event) -> None:
        if self.silent:
            raise EvidenceError("The signer is silent.")
        self.told.append(event)

    async def sees(self, room: Room | OSError) -> tuple[str, ...]:
        self.room = room
        await self.watch.look()
        return self.watch.faults()


async def test_e02_only_a_refusal_keeps_new_sessions_out_and_room_lets_them_in_again() -> None:
    gate = Gate()
    assert await gate.sees(CALM) == ()
    assert await gate.sees(OLD) == ()
    assert await gate.sees(FULL) == ("disk_filling",)
    assert await gate.sees(CALM) == ()


async def test_h11_each_change_is_told_once_and_so_is_its_end() -> None:
    """H11: a leaf, which people are told of, when it begins and when it ends."""
    gate = Gate()
    for room in (CALM, OLD, OLD, FULL, FULL, CALM, CALM):
        await gate.sees(room)
    assert [type(one) for one in gate.told] == [
        EvidenceRoomAlarmed,
        EvidenceRoomAlarmed,
        EvidenceRoomRegained,
    ]
    first, second, _ = gate.told
    assert isinstance(first, EvidenceRoomAlarmed)
    assert isinstance(second, EvidenceRoomAlarmed)
    assert (first.alarms, first.refusal, first.waiting) == (("backlog_old",), "", 1)
    assert (second.refusal, second.days_left) == ("disk_filling", 3)


async def test_what_could_not_be_told_is_told_later_and_refuses_all_the_same() -> None:
    gate = Gate()
    gate.silent = True
    assert await gate.sees(FULL) == ("disk_filling",)
    gate.silent = False
    await gate.sees(FULL)
    assert len(gate.told) == 1


async def test_a_folder_that_can_t_be_seen_lets_nothing_in() -> None:
    gate = Gate()
    assert await gate.sees(OSError("gone")) == ("recorder",)
    assert await gate.sees(CALM) == ()


@pytest.mark.parametrize("refusal", Refusal)
async def test_the_fault_has_the_refusal_s_own_code(refusal: Refusal) -> None:
    assert await Gate().sees(replace(CALM, refusal=refusal)) == (refusal.value,)
