"""A vendor's word that one of its people goes: at once, only for its own people, and it only takes away."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broker.layout import Layout
from broker.leaving import Notices, give_notice, void_permits
from domain.errors import DecisionError, PeerError
from domain.ids import PersonId
from domain.parties import LeavingKind
from domain.permit import PermitState
from tests.broker.processes.running import founded
from tests.broker.running import Leaves
from tests.broker.watchdog.test_watchdog import serving
from tests.clock import FrozenClock
from tests.policies.plant import NOW, charter, permit

ANA, BEN = PersonId("ana"), PersonId("ben")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = founded(tmp_path)
    made.watchdog_socket.parent.mkdir(exist_ok=True)
    return made


async def test_a_company_gives_notice_of_its_own_people_only(layout: Layout) -> None:
    """I04: by the vendor's own word, without anybody of the plant, and at once."""
    clock = FrozenClock(NOW)
    notices = Notices(layout, charter, clock)
    async with serving(layout, Leaves(), clock) as watchdog:
        for person in ("ben", "petra", "nobody"):
            with pytest.raises(DecisionError) as caught:
                await notices.give(ANA, PersonId(person), LeavingKind.TERMINATED)
            assert caught.value.code == "not_your_company"
        assert watchdog.interlocks.isolated == frozenset()
        assert await notices.give(ANA, ANA, LeavingKind.TERMINATED) == NOW
        assert watchdog.interlocks.isolated == {"person:ana"}


async def test_a_reassignment_is_kept_until_the_end_of_the_next_day(layout: Layout) -> None:
    """I02: by the plant's own clock."""
    clock = FrozenClock(NOW)
    async with serving(layout, Leaves(), clock) as watchdog:
        until = await Notices(layout, charter, clock).give(ANA, ANA, LeavingKind.REASSIGNED)
        assert until == datetime(2026, 6, 2, 22, tzinfo=UTC)
        assert watchdog.interlocks.leaving == {"ana": until}


def test_a_termination_needs_no_watchdog_and_a_reassignment_does(layout: Layout) -> None:
    said = {"by": "local:root", "reason": "left", "at": NOW}
    assert give_notice(layout, charter(), ANA, LeavingKind.TERMINATED, **said) == NOW  # type: ignore[arg-type]
    with pytest.raises(PeerError):
        give_notice(layout, charter(), ANA, LeavingKind.REASSIGNED, **said)  # type: ignore[arg-type]


def test_nobody_of_the_plant_can_be_given_notice_of(layout: Layout) -> None:
    with pytest.raises(DecisionError):
        give_notice(layout, charter(), PersonId("petra"), LeavingKind.TERMINATED, by="x", reason="", at=NOW)


@dataclass(frozen=True)
class _Filed:
    state: PermitState
    permit: object = field(default_factory=permit)


@dataclass
class _Approvals:
    states: list[PermitState]
    revoked: list[tuple[str, str]] = field(default_factory=list)

    async def filed_of(self, person: PersonId) -> tuple[_Filed, ...]:
        assert person == ANA
        return tuple(_Filed(one) for one in self.states)

    async def revoke(self, permit: str, by: str, reason: str) -> None:
        assert reason
        self.revoked.append((permit, by))


async def test_every_open_permit_of_theirs_is_void(layout: Layout) -> None:
    """I01: all grants void; those that are closed already stay as they are."""
    approvals = _Approvals(
        [PermitState.REQUESTED, PermitState.APPROVED, PermitState.ACTIVE, PermitState.LAPSED]
    )
    await void_permits(approvals, ANA)  # type: ignore[arg-type]
    assert approvals.revoked == [(permit().id, "clock")] * 3
