from dataclasses import replace
from datetime import timedelta

from approvals.filed import Filed
from broker.console.permits.ladder import called, matter_of
from broker.console.permits.terms import judge
from domain.permit import Permit, PermitState
from policies.facts import Facts
from tests.broker.console.house import House
from tests.policies.plant import charter


async def asked(house: House) -> tuple[Filed, Facts]:
    permit: Permit = await house.ask()
    filed = await house.approvals.filed(permit.id)
    assert filed is not None
    return filed, await house.desk.parts.admission.facts_now()


async def test_a_wish_says_who_is_called_when_and_how_they_are_reached_without_a_network(
    house: House,
) -> None:
    """J09, S-42: substitutes, timers and one off-network contact at each level."""
    filed, facts = await asked(house)
    now = facts.now + timedelta(minutes=6)
    rungs = called(matter_of(filed, judge(filed.permit, facts).terms, facts.charter, now), facts.charter, now)
    assert [(one.level, one.person, one.reached) for one in rungs] == [
        ("holder", "petra", True),
        ("stand-in", "deniz", True),
    ]
    assert {one.contact for one in rungs} == {"radio channel 2"}


async def test_what_is_over_calls_nobody(house: House) -> None:
    filed, facts = await asked(house)
    terms = judge(filed.permit, facts).terms
    assert matter_of(replace(filed, state=PermitState.REFUSED), terms, charter(), facts.now) is None
    late = filed.permit.window.end
    assert called(matter_of(filed, terms, charter(), facts.now), charter(), late) == ()
    assert called(None, charter(), facts.now) == ()
