from dataclasses import replace
from itertools import product

import pytest

from domain.access import Action
from domain.ids import AssetId, ZoneId
from domain.plant import Criticality, OperatingState
from policies.charter.charter import Charter
from policies.rules.operating_state_2 import OperatingStateHolds
from policies.state_rules import StateRules
from policies.state_table import KEYS, REFUSED, Cell, Outcome, StateTable
from tests.for_each import for_each
from tests.policies.plant import asking, charter, charter_with, facts, standing, wanting, word

RULE = OperatingStateHolds()
ON_CONDUIT = charter().conduits["dmz-operations"].states
PERMITTED = [
    frozenset({OperatingState.RUNNING}),
    frozenset({OperatingState.MAINTENANCE, OperatingState.TURNAROUND}),
    frozenset({OperatingState.EMERGENCY, OperatingState.RUNNING}),
]
HIGH = Criticality.HIGH


def charter_where(**outcomes: str) -> Charter:
    """The sample, where running lets each action at high criticality have an outcome, and nothing else passes."""
    cells = {
        (OperatingState.RUNNING, Action(action), HIGH): Cell.of(text) for action, text in outcomes.items()
    }
    rules = StateRules(StateTable(dict.fromkeys(KEYS, REFUSED) | cells), charter().state_rules.ask_again_for)
    return charter_with(state_rules=rules)


@for_each(
    ("state", "permitted"),
    list(product(OperatingState, PERMITTED)),
    ids=lambda one: str(one) if isinstance(one, OperatingState) else "+".join(sorted(one)),
)
def test_every_state_is_decided_by_permit_and_conduit_together(
    state: OperatingState, permitted: frozenset[OperatingState]
) -> None:
    """B11, J04: approval is good only for the states that it names."""
    given = facts(states={ZoneId("operations"): state}, standings=(standing(states=permitted),))
    expected = "accept" if state in permitted and state in ON_CONDUIT else "operating_state"
    assert word(RULE, wanting(), given) == expected


@for_each("key", KEYS, ids=" ".join)
def test_what_the_table_refuses_is_refused_in_that_state_whatever_the_permit_says(
    key: tuple[str, str, str],
) -> None:
    """J04, S-35: every cell of the table decides at the door."""
    state, action, criticality = OperatingState(key[0]), Action(key[1]), Criticality(key[2])
    sample = charter()
    station = AssetId("eng-ws-1")
    conduit = sample.conduits["dmz-operations"]
    changed = charter_with(
        assets={**sample.assets, station: replace(sample.assets[station], criticality=criticality)},
        zones={
            **sample.zones, "operations": replace(sample.zones[ZoneId("operations")], criticality=criticality)
        },
        conduits={**sample.conduits, conduit.id: replace(conduit, states=frozenset(OperatingState))},
    )  # fmt: skip
    permit = standing(states=frozenset(OperatingState), actions=frozenset({action}))
    given = facts(charter=changed, states={ZoneId("operations"): state}, standings=(permit,))
    cell = sample.state_rules.table.cells[key]
    expected = "state_refuses" if cell.outcome is Outcome.REFUSE else "accept"
    assert word(RULE, wanting(actions=frozenset({action})), given) == expected


def test_a_permit_counts_with_everything_that_it_names_however_little_is_wanted_now() -> None:
    changed = charter_where(view="allow", operate="refuse")
    given = facts(charter=changed)
    assert word(RULE, wanting(actions=frozenset({Action.VIEW})), given) == "state_refuses"


def test_what_needs_an_attendant_is_accepted_and_says_so() -> None:
    changed = charter_where(view="allow", operate="attended")
    verdict = RULE.judge(wanting(), facts(charter=changed))
    assert "watches" in verdict.sentence  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "states", [{}, {ZoneId("dmz"): OperatingState.RUNNING}, {ZoneId("operations"): None}], ids=repr
)
def test_an_unknown_state_refuses_at_the_door_and_while_asking(states: dict[ZoneId, OperatingState]) -> None:
    assert word(RULE, wanting(), facts(states=states)) == "state_unknown"
    assert word(RULE, asking(), facts(states=states)) == "state_unknown"


def test_while_asking_the_present_state_does_not_matter_because_the_window_may_lie_in_another() -> None:
    assert word(RULE, asking(), facts(states={ZoneId("operations"): OperatingState.SHUTDOWN})) == "accept"


def test_a_wish_that_no_state_of_the_conduit_would_ever_allow_is_not_filed() -> None:
    changed = charter_where(view="allow")
    assert word(RULE, asking(), facts(charter=changed)) == "state_never_allows"
    assert word(RULE, asking(actions=frozenset({Action.VIEW})), facts(charter=changed)) == "accept"


def test_without_a_permit_the_conduits_states_decide() -> None:
    shut = {ZoneId("operations"): OperatingState.SHUTDOWN}
    assert word(RULE, wanting(), facts(standings=(), states=shut)) == "operating_state"
    assert word(RULE, wanting(), facts(standings=())) == "accept"


def test_a_wish_for_nothing_is_refused() -> None:
    assert word(RULE, wanting(actions=frozenset()), facts(standings=())) == "state_refuses"


def test_without_an_asset_or_a_conduit_there_is_nothing_to_say() -> None:
    assert word(RULE, wanting(asset=AssetId("nothing")), facts()) == "abstain"
    assert word(RULE, wanting(asset=AssetId("sis-1")), facts()) == "abstain"
