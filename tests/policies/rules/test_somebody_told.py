"""Truth table: block_start waits for a confirmation, an alarm does not, and break-glass is not kept out."""

from typing import Any

import pytest

from domain.access import Allow, Deny
from domain.permit import PermitState
from policies.engine import decide
from policies.rules.somebody_told import SomebodyTold
from policies.start_notice import StartTerms, Unheard
from tests.for_each import for_each
from tests.policies.plant import PERMIT, asking, charter_with, facts, standing, wanting, word
from tests.policies.test_glass import GLASS, given

RULE = SomebodyTold()


def over(boundary: str, unheard: Unheard = Unheard.BLOCK_START) -> dict[str, Any]:
    return {"charter": charter_with(start_terms=(StartTerms(boundary, unheard=unheard),))}


HEARD = {"heard": frozenset({PERMIT})}


@for_each(
    ("changes", "expected"),
    [
        pytest.param({}, "accept", id="a charter that says nothing"),
        pytest.param(over("riverside", Unheard.ALARM), "accept", id="an alarm is enough"),
        pytest.param(over("riverside", Unheard.NOTHING), "accept", id="nothing follows"),
        pytest.param(over("riverside"), "nobody_told", id="B06: nobody confirmed"),
        pytest.param(over("riverside") | HEARD, "accept", id="B06: somebody confirmed"),
        pytest.param(
            over("riverside") | {"heard": frozenset({"q" * 26})}, "nobody_told", id="of another permit"
        ),
        pytest.param(over("dmz-operations"), "nobody_told", id="the conduit's own terms"),
        pytest.param(over("pumping"), "accept", id="another zone's terms"),
        pytest.param(over("riverside") | {"standings": ()}, "abstain", id="no permit"),
        pytest.param(
            over("riverside") | {"standings": (standing(PermitState.REQUESTED),)},
            "abstain",
            id="not approved yet",
        ),
        pytest.param(
            over("riverside") | {"standings": (standing(PermitState.ACTIVE),)},
            "nobody_told",
            id="in use already",
        ),
    ],
)
def test_whether_somebody_of_the_plant_knows(changes: dict[str, Any], expected: str) -> None:
    assert word(RULE, wanting(), facts(**changes)) == expected


def test_it_has_nothing_to_say_while_asking() -> None:
    assert word(RULE, asking(), facts(**over("riverside"))) == "abstain"


def test_break_glass_is_for_when_nobody_answers() -> None:
    assert word(RULE, wanting(), given(GLASS)) == "abstain"


def test_the_engine_keeps_the_door_shut_until_one_delivery_was_confirmed() -> None:
    """B06: block_start holds, with a stable code, a sentence and a remedy; then it opens."""
    shut = decide(wanting(), facts(**over("riverside")), facts().charter.rules)
    assert isinstance(shut, Deny)
    (reason,) = shut.reasons
    assert (reason.code, bool(reason.sentence), bool(reason.remedy)) == ("nobody_told", True, True)
    assert isinstance(decide(wanting(), facts(**over("riverside"), **HEARD), facts().charter.rules), Allow)
