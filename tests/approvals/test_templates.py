"""Standing templates where a permit is confirmed: who may, how often, and that no two count as one."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.quorum import Beforehand, Terms, deciders, may_approve
from broker.database.engine import open_engine
from domain.errors import DecisionError
from domain.events import PermitChanged, TemplateUsed
from domain.ids import PersonId
from domain.permit import Permit, PermitState
from tests.approvals.desk import BEA, DAN, NOW, SAM, permit, terms
from tests.approvals.office import Office
from tests.clock import FrozenClock

TEMPLATE = "ab" * 32
WEEK = timedelta(days=7)


@pytest.fixture
def office(plant: AsyncEngine, clock: FrozenClock) -> Office:
    return Office(plant, clock)


def confirming(uses: int = 2, *signed: PersonId) -> Terms:
    """Bea and Dan may confirm, as holder and deputy; Sam signed the template."""
    return replace(terms(), beforehand=Beforehand(TEMPLATE, frozenset(signed or (SAM,)), uses, WEEK))


async def asked(office: Office, **changed: object) -> Permit:
    return await office.asked(template=TEMPLATE, **changed)


async def outcome(office: Office, wish: Permit, given: Terms, person: PersonId = BEA) -> str:
    try:
        return str(await office.approve(wish, person, terms=given))
    except DecisionError as error:
        return error.code


async def test_a_template_is_used_as_often_as_its_period_allows_and_then_once_it_is_over(
    office: Office,
) -> None:
    """B16: counted where the permit is approved, and told."""
    codes = [await outcome(office, await asked(office), confirming(2)) for _ in range(3)]
    assert codes == ["approved", "approved", "template_used_up"]
    told = office.ledger.of(TemplateUsed)
    assert [(one.use, one.uses, one.by, one.template) for one in told] == [
        (1, 2, BEA, TEMPLATE),
        (2, 2, BEA, TEMPLATE),
    ]
    office.clock.advance(WEEK)
    window = permit().window
    later = replace(window, start=window.start + WEEK, end=window.end + WEEK)
    late = await asked(office, window=later, requested_at=office.clock.now())
    assert await outcome(office, late, confirming(2)) == "approved"


async def test_what_was_revoked_since_counts_as_used(office: Office) -> None:
    wish = await asked(office)
    assert await outcome(office, wish, confirming(1)) == "approved"
    await office.approvals.revoke(wish.id, SAM, "Not today.")
    assert await outcome(office, await asked(office), confirming(1)) == "template_used_up"


async def test_of_many_confirmed_at_once_no_more_count_than_are_allowed(office: Office) -> None:
    """B16: on either database, by two nodes at once."""
    wishes = [await asked(office) for _ in range(8)]
    second = open_engine(office.engine.url.render_as_string(hide_password=False))
    try:
        there = Office(second, office.clock)
        there.desk = office.desk
        done = [
            outcome(node, wish, confirming(3)) for node, wish in zip((office, there) * 4, wishes, strict=True)
        ]
        found = Counter(await asyncio.gather(*done))
    finally:
        await second.dispose()
    assert found == {"approved": 3, "template_used_up": 5}
    told = [*office.ledger.of(TemplateUsed), *there.ledger.of(TemplateUsed)]
    assert sorted(one.use for one in told) == [1, 2, 3]
    assert len([*office.ledger.of(PermitChanged), *there.ledger.of(PermitChanged)]) == 3


async def test_another_template_and_none_count_for_themselves(office: Office) -> None:
    assert await outcome(office, await asked(office), confirming(1)) == "approved"
    assert await outcome(office, await office.asked(), terms()) == "approved"
    assert [one.permit.template for one in await office.approvals.inside(TEMPLATE)] == [TEMPLATE]
    with pytest.raises(ValueError, match="another permit's"):
        await office.approve(await office.asked(), terms=confirming(5))


async def test_whoever_signed_it_beforehand_does_not_confirm(office: Office) -> None:
    """B10: the one who agreed beforehand and the one on shift are two."""
    given = confirming(2, BEA)
    assert await outcome(office, await asked(office), given) == "own_template"
    assert await outcome(office, await asked(office), given, DAN) == "approved"
    assert deciders(given, NOW) == (DAN,)
    assert may_approve(given, next(iter(given.required)), DAN, NOW)


async def test_without_a_leaf_no_use_counts(office: Office) -> None:
    wish = await asked(office)
    office.ledger.failing = True
    with pytest.raises(Exception, match="signer"):
        await office.approve(wish, terms=confirming(1))
    office.ledger.failing = False
    assert await office.state(wish) is PermitState.REQUESTED
    assert await outcome(office, wish, confirming(1)) == "approved"
