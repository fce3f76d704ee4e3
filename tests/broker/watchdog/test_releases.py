"""Coming back is decided boundary by boundary, each by its holder with a code of their own."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broker.clock import SystemClock
from broker.layout import Layout
from broker.people.factors import SpentSteps
from broker.watchdog.interlocks import Agree, Interlocks, Isolate, Notice, Restore, apply
from broker.watchdog.overrides import override_purpose, review_purpose
from broker.watchdog.releases import Releases, needs_holders
from domain.canonical import instant_text
from domain.errors import DecisionError
from domain.events import (
    Isolated,
    LeavingNoticed,
    OverrideBegun,
    OverrideEnded,
    OverrideReviewed,
    RestoreAgreed,
    Restored,
    StateChanged,
)
from domain.ids import PersonId, ZoneId
from domain.plant import OperatingState
from tests.broker.processes.running import founded
from tests.broker.running import Leaves
from tests.broker.watchdog.test_watchdog import asked, serving
from tests.clock import FrozenClock

PETRA, OLGA, ANA = PersonId("petra"), PersonId("olga"), PersonId("ana")
SHUT = apply(Interlocks(), Isolate("vendor:brightwater", "milo", "incident at the vendor"))
BOUNDARY = "riverside"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = founded(tmp_path)
    made.watchdog_socket.parent.mkdir(exist_ok=True)
    return made


@pytest.fixture
def now() -> datetime:
    return SystemClock().now()


def spent(layout: Layout, person: PersonId, purpose: str, step: int = 7) -> int:
    SpentSteps(layout.spent_steps).spend(person, step, purpose)
    return step


def code(releases: Releases, held: Interlocks, command: Agree | Restore, at: datetime) -> str:
    with pytest.raises(DecisionError) as caught:
        releases.check(held, command, at)
    assert caught.value.fact
    return caught.value.code


def test_nobody_restores_a_suspended_vendor_alone(layout: Layout, now: datetime) -> None:
    """D09, I12: the interlock stays until each boundary's holder has said so."""
    releases = Releases(layout)
    assert code(releases, SHUT, Restore("vendor:brightwater", "milo", ""), now) == "holders_missing"
    agreed = apply(SHUT, Agree("vendor:brightwater", BOUNDARY, PETRA, 7))
    releases.check(agreed, Restore("vendor:brightwater", "milo", ""), now)


@pytest.mark.parametrize("scope", ["all", "zone:pumping", "site:riverside", "asset:plc-07", "person:ana"])
def test_what_is_no_suspension_is_restored_by_whoever_may_isolate(
    layout: Layout, now: datetime, scope: str
) -> None:
    held = apply(Interlocks(), Isolate(scope, "milo", ""))
    Releases(layout).check(held, Restore(scope, "milo", ""), now)


def test_a_holder_agrees_with_a_code_that_was_spent_on_exactly_this(layout: Layout, now: datetime) -> None:
    releases, said = Releases(layout), Agree("vendor:brightwater", BOUNDARY, PETRA, 7)
    assert code(releases, SHUT, said, now) == "code_not_spent_on_this"
    spent(layout, PETRA, "restore:vendor:kestrel:riverside")
    assert code(releases, SHUT, said, now) == "code_not_spent_on_this"
    right = Agree("vendor:brightwater", BOUNDARY, PETRA, spent(layout, PETRA, said.purpose, 8))
    releases.check(SHUT, right, now)


@pytest.mark.parametrize("by", ["ana", "olga", "milo", "nobody"])
def test_whoever_does_not_hold_the_right_there_can_not_agree(layout: Layout, now: datetime, by: str) -> None:
    """B10, I12: a vendor's person and an administrator least of all."""
    said = Agree("vendor:brightwater", BOUNDARY, PersonId(by), 7)
    spent(layout, PersonId(by), said.purpose)
    assert code(Releases(layout), SHUT, said, now) == "not_the_holder"


def test_there_is_nothing_to_agree_to_where_nothing_is_suspended(layout: Layout, now: datetime) -> None:
    said = Agree("vendor:kestrel", BOUNDARY, PETRA, 7)
    assert code(Releases(layout), SHUT, said, now) == "not_suspended"


def test_while_the_charter_can_not_be_read_nothing_suspended_comes_back(
    layout: Layout, now: datetime
) -> None:
    shutil.rmtree(layout.charters)
    assert (
        code(Releases(layout), SHUT, Restore("vendor:brightwater", "milo", ""), now) == "charter_unreadable"
    )


def test_a_notice_of_leaving_is_not_taken_back_without_identity(layout: Layout, now: datetime) -> None:
    """I04: only reductions by this route; coming back is a decision of whoever holds `identity`."""
    noticed = apply(Interlocks(), Notice(ANA, now + timedelta(days=1), "ana", "moves on"))
    assert needs_holders(noticed, "person:ana")
    assert code(Releases(layout), noticed, Restore("person:ana", "milo", ""), now) == "holders_missing"
    said = Agree("person:ana", BOUNDARY, OLGA, 7)
    spent(layout, OLGA, said.purpose)
    Releases(layout).check(noticed, said, now)


async def test_the_last_holders_word_restores_and_each_word_is_a_leaf(layout: Layout) -> None:
    """I12: one act suspends; it comes back when every holder has agreed, and not before."""
    leaves = Leaves()
    async with serving(layout, leaves, FrozenClock(SystemClock().now())):
        await asked(layout, do="isolate", scope="product:bw-drives", by="milo", reason="recall")
        refused = await asked(layout, do="restore", scope="product:bw-drives", by="milo")
        assert (refused["ok"], refused["code"]) == (False, "holders_missing")
        step = spent(layout, PETRA, "restore:product:bw-drives:riverside")
        word = {
            "do": "agree",
            "scope": "product:bw-drives",
            "boundary": BOUNDARY,
            "by": "petra",
            "step": step,
        }
        assert (await asked(layout, **word))["ok"]
        shown = await asked(layout, do="show")
    held = shown["interlocks"]
    assert isinstance(held, dict)
    assert (held["isolated"], "agreed" in held) == ([], False)
    assert {type(one) for one in leaves.events} <= {Isolated, RestoreAgreed, Restored}


async def test_a_termination_shuts_the_person_out_at_once_and_for_good(layout: Layout) -> None:
    """I01, I04, I11: takes effect at once; a restart of the watchdog changes nothing; restoring alone does not help."""
    clock = FrozenClock(SystemClock().now())
    until = instant_text(clock.now())
    async with serving(layout, Leaves(), clock):
        answer = await asked(layout, do="notice", person="ana", until=until, by="ben", reason="left")
        assert answer["ok"]
    async with serving(layout, Leaves(), clock) as watchdog:
        assert watchdog.interlocks.isolated == {"person:ana"}
        assert not (await asked(layout, do="restore", scope="person:ana", by="milo"))["ok"]


async def test_a_reassignment_shuts_out_when_its_instant_comes(layout: Layout) -> None:
    """I02: enforced at the deadline; nobody acts then."""
    clock, leaves = FrozenClock(datetime(2026, 6, 1, 20, tzinfo=UTC)), Leaves()
    until = clock.now() + timedelta(hours=26)
    async with serving(layout, leaves, clock) as watchdog:
        await asked(layout, do="notice", person="ana", until=instant_text(until), by="ben", reason="moves on")
        assert watchdog.interlocks.isolated == frozenset()
        later = instant_text(until + timedelta(days=9))
        await asked(layout, do="notice", person="ana", until=later, by="ben", reason="stays longer after all")
        assert watchdog.interlocks.leaving == {"ana": until}
        clock.advance(timedelta(hours=26))
        for _ in range(300):
            if watchdog.interlocks.isolated:
                break
            await asyncio.sleep(0.02)
        assert watchdog.interlocks.isolated == {"person:ana"}
    assert any(isinstance(one, LeavingNoticed) for one in leaves.events)


async def test_d12_a_holder_s_override_lasts_over_a_restart_reverts_by_itself_and_waits_for_a_review(
    layout: Layout, now: datetime
) -> None:
    """D12: by whoever holds the right, with a code spent on exactly this; leaves, in order; reviewed by somebody else."""
    leaves = Leaves()
    purpose = override_purpose("zone:pumping", None, ZoneId("pumping"), OperatingState.RUNNING)
    said = {
        "do": "override",
        "scope": "zone:pumping",
        "reason": "crane",
        "until": "",
        "zone": "pumping",
        "state": "running",
    }
    async with serving(layout, leaves, SystemClock()):  # type: ignore[arg-type]  # the machine's own time, for its charter
        assert (await asked(layout, **said, by="ana", step=7))["code"] == "not_the_holder"
        assert (await asked(layout, **said, by="petra", step=7))["code"] == "code_not_spent_on_this"
        step = spent(layout, PETRA, purpose)
        assert (await asked(layout, **said, by="petra", step=step))["ok"] is True
        assert "shut already" in str((await asked(layout, **said, by="petra", step=step))["error"])
    async with serving(layout, leaves, SystemClock()):  # type: ignore[arg-type]  # as above
        shown = await asked(layout, do="show")
        assert shown["interlocks"]["isolated"] == ["zone:pumping"]  # type: ignore[index]  # JSON
        await asked(layout, do="set-state", zone="pumping", state="running", by="kim")
        async with asyncio.timeout(20):
            while not [one for one in leaves.events if isinstance(one, Restored)]:
                await asyncio.sleep(0.05)
        review = {"do": "review-override", "override": "1", "finding": "as agreed"}
        own = spent(layout, PETRA, review_purpose("1"), 8)
        assert (await asked(layout, **review, by="petra", step=own))["ok"] is False
        assert (await asked(layout, **review, by="ana", step=8))["code"] == "not_of_the_plant"
        other = spent(layout, OLGA, review_purpose("1"), 9)
        assert (await asked(layout, **review, by="olga", step=other))["ok"] is True
        async with asyncio.timeout(20):
            while not isinstance(leaves.events[-1], OverrideReviewed):
                await asyncio.sleep(0.05)
    told = [type(one) for one in leaves.events]
    assert told == [OverrideBegun, Isolated, StateChanged, OverrideEnded, Restored, OverrideReviewed]
    assert [one.why for one in leaves.events if isinstance(one, OverrideEnded)] == ["state"]
