"""The same wish for a new state: filed, decided and read by the ways that every permit goes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from broker.admission import Seen
from broker.asking_again import AskingAgain
from broker.sessions.hold_course import No, NotYet, Yes
from domain.access import Action, Grant, PassageKind
from domain.ids import ConduitId
from domain.permit import Permit, PermitState
from domain.plant import OperatingState
from tests.broker.console.house import House, house_at
from tests.broker.test_admission import approve, at_the_gate, wants
from tests.clock import FrozenClock
from tests.policies.plant import charter

MAINTENANCE, RUNNING = OperatingState.MAINTENANCE, OperatingState.RUNNING
IN_MAINTENANCE = Seen(dict.fromkeys(charter().zones, MAINTENANCE), frozenset(), frozenset(), ())


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[House]:
    async with house_at(tmp_path, clock) as one:
        one.enrol("petra")
        yield one


def asker(house: House, seen: Seen = IN_MAINTENANCE) -> AskingAgain:
    return AskingAgain(at_the_gate(house, seen=seen), charter, house.approvals.withdraw, house.clock)


async def asked(house: House) -> tuple[Permit, Permit]:
    first = await house.ask()
    wish = await asker(house).ask(first, MAINTENANCE)
    assert wish is not None
    return first, wish


async def test_b11_the_wish_is_exactly_the_permit_for_the_new_state_alone(house: House) -> None:
    """B11: person, asset, conduit, passages, actions and end are the same; only the state is new."""
    first, wish = await asked(house)
    assert wish.states == {MAINTENANCE}
    for name in (
        "person",
        "vendor",
        "asset",
        "conduit",
        "grants",
        "actions",
        "purpose",
        "work_order",
        "site",
    ):
        assert getattr(wish, name) == getattr(first, name), name
    assert wish.window.end == first.window.end
    assert wish.id != first.id


async def test_b11_the_answer_is_yes_once_it_is_approved_and_verifies_here(house: House) -> None:
    """B11: re-approval of exactly this; nothing that a row merely says."""
    _, wish = await asked(house)
    assert await asker(house).answer(wish, wants()) == NotYet()
    await approve(house, wish)
    answer = await asker(house).answer(wish, wants())
    assert isinstance(answer, Yes)
    assert len(answer.approvals) == 1


async def test_a_permit_for_all_ports_of_an_asset_is_answered_too(house: House) -> None:
    first = await house.ask(
        asset="plc-07",
        passage=(Grant(PassageKind.FORWARD),),
        actions=frozenset({Action.VIEW}),
        conduit=ConduitId("dmz-pumping"),
    )
    wish = await asker(house).ask(first, OperatingState.TURNAROUND)
    assert wish is not None
    await approve(house, wish)
    seen = Seen(dict.fromkeys(charter().zones, OperatingState.TURNAROUND), frozenset(), frozenset(), ())
    came = replace(wants(), asset=wish.asset)
    assert isinstance(await asker(house, seen).answer(wish, came), Yes)


async def test_an_approval_of_another_permit_is_no_answer(house: House) -> None:
    first, wish = await asked(house)
    await approve(house, first)
    assert await asker(house).answer(wish, wants()) == NotYet()


async def test_a_wish_that_is_taken_back_is_answered_with_no(house: House) -> None:
    _, wish = await asked(house)
    await asker(house).take_back(wish)
    assert await asker(house).answer(wish, wants()) == No()
    filed = await house.approvals.filed(wish.id)
    assert filed is not None
    assert filed.state is PermitState.WITHDRAWN


async def test_what_may_pass_is_no_answer_yet(house: House) -> None:
    """An isolation, or a state that changes once more, says nothing about this wish."""
    _, wish = await asked(house)
    await approve(house, wish)
    shut = Seen(IN_MAINTENANCE.states, frozenset({"all"}), frozenset(), ())
    assert await asker(house, shut).answer(wish, wants()) == NotYet()
    running = Seen(dict.fromkeys(charter().zones, RUNNING), frozenset(), frozenset(), ())
    assert await asker(house, running).answer(wish, wants()) == NotYet()


async def test_a_state_that_the_conduit_does_not_name_is_not_asked_for(house: House) -> None:
    first = await house.ask()
    assert await asker(house).ask(first, OperatingState.EMERGENCY) is None


async def test_after_the_window_nobody_is_asked(house: House) -> None:
    first = await house.ask()
    house.clock.advance(first.window.end - house.clock.now())
    assert await asker(house).ask(first, MAINTENANCE) is None


async def test_who_did_not_come_as_a_client_gets_no_yes(house: House) -> None:
    _, wish = await asked(house)
    await approve(house, wish)
    assert await asker(house).answer(wish, None) == No()


async def test_a_yes_is_for_the_client_that_the_permit_names(house: House) -> None:
    """B05: another tool, key or network is another wish."""
    _, wish = await asked(house)
    await approve(house, wish)
    assert await asker(house).answer(wish, replace(wants(), key="SHA256:another")) == NotYet()
