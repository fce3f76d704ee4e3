from itertools import chain, combinations

from domain.access import Action, Grant
from domain.ids import AssetId
from policies.rules.action_within_conduit import ActionWithinConduit
from tests.for_each import for_each
from tests.policies.plant import asking, charter, facts, wanting, word

RULE = ActionWithinConduit()
FORWARD = (Grant.of("forward:5020"),)
ALLOWED = charter().conduits["dmz-pumping"].actions
CELLS = [frozenset(one) for one in chain.from_iterable(combinations(Action, n) for n in range(1, 5))]


@for_each("actions", CELLS, ids=lambda one: "+".join(sorted(one)))
def test_every_cell_of_the_action_matrix_is_as_the_conduit_says(actions: frozenset[Action]) -> None:
    """D13: in every cell of the four classes."""
    expected = "accept" if actions <= {Action.VIEW, Action.OPERATE} else "action_not_in_conduit"
    assert {Action.VIEW, Action.OPERATE} == ALLOWED
    for request in (wanting(FORWARD, asset=AssetId("plc-07")), asking(FORWARD, asset=AssetId("plc-07"))):
        changed = type(request)(**{**_fields(request), "actions": actions})
        assert word(RULE, changed, facts()) == expected


def _fields(request: object) -> dict[str, object]:
    return {name: getattr(request, name) for name in type(request).__dataclass_fields__}  # type: ignore[attr-defined]


def test_asking_without_an_action_is_refused() -> None:  # row: B05
    assert word(RULE, asking(actions=frozenset()), facts()) == "action_not_stated"


def test_at_the_door_no_action_means_all_that_the_permit_states() -> None:
    assert word(RULE, wanting(actions=frozenset()), facts()) == "accept"


def test_at_the_door_without_a_permit_it_is_permit_valids_to_refuse() -> None:
    assert word(RULE, wanting(actions=frozenset()), facts(standings=())) == "abstain"


def test_without_a_conduit_there_is_nothing_to_say() -> None:
    assert word(RULE, wanting(asset=AssetId("sis-1")), facts()) == "abstain"
