from itertools import product

import pytest

from domain.ids import AssetId, ZoneId
from domain.plant import OperatingState
from policies.rules.operating_state import OperatingStateHolds
from tests.policies.plant import asking, charter, facts, standing, wanting, word

RULE = OperatingStateHolds()
ON_CONDUIT = charter().conduits["dmz-operations"].states
PERMITTED = [
    frozenset({OperatingState.RUNNING}),
    frozenset({OperatingState.MAINTENANCE, OperatingState.TURNAROUND}),
    frozenset({OperatingState.EMERGENCY, OperatingState.RUNNING}),
]


@pytest.mark.parametrize(
    ("state", "permitted"),
    list(product(OperatingState, PERMITTED)),
    ids=lambda one: str(one) if isinstance(one, OperatingState) else "+".join(sorted(one)),
)
def test_every_state_is_decided_by_permit_and_conduit_together(
    state: OperatingState, permitted: frozenset[OperatingState]
) -> None:
    # row: B11, # row: J04
    given = facts(states={ZoneId("operations"): state}, standings=(standing(states=permitted),))
    expected = "accept" if state in permitted and state in ON_CONDUIT else "operating_state"
    assert word(RULE, wanting(), given) == expected


@pytest.mark.parametrize(
    "states", [{}, {ZoneId("dmz"): OperatingState.RUNNING}, {ZoneId("operations"): None}], ids=repr
)
def test_an_unknown_state_refuses_at_the_door_and_while_asking(states: dict[ZoneId, OperatingState]) -> None:
    assert word(RULE, wanting(), facts(states=states)) == "state_unknown"
    assert word(RULE, asking(), facts(states=states)) == "state_unknown"


def test_while_asking_the_present_state_does_not_matter_because_the_window_may_lie_in_another() -> None:
    assert word(RULE, asking(), facts(states={ZoneId("operations"): OperatingState.SHUTDOWN})) == "accept"


def test_without_a_permit_the_conduits_states_decide() -> None:
    shut = {ZoneId("operations"): OperatingState.SHUTDOWN}
    assert word(RULE, wanting(), facts(standings=(), states=shut)) == "operating_state"
    assert word(RULE, wanting(), facts(standings=())) == "accept"


def test_without_an_asset_or_a_conduit_there_is_nothing_to_say() -> None:
    assert word(RULE, wanting(asset=AssetId("nothing")), facts()) == "abstain"
    assert word(RULE, wanting(asset=AssetId("sis-1")), facts()) == "abstain"
