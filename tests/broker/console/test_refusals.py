import pytest

from broker.console.refusals import of_decision, of_error
from domain.access import Allow, Deny, Reason
from domain.errors import (
    ConfigError,
    DecisionError,
    EvidenceError,
    PeerError,
    PenstockError,
    ProofError,
    TransitionError,
)
from domain.ids import RuleId
from tests.policies.plant import CLOSES, PERMIT


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ProofError("x", code="wrong_challenge"), 403, "wrong_challenge"),
        (DecisionError("x", code="lost_race"), 409, "lost_race"),
        (TransitionError("x"), 409, "permit_moved_on"),
        (EvidenceError("x"), 503, "no_evidence"),
        (PeerError("x"), 503, "not_reachable"),
        (ConfigError("x"), 400, "not_possible"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, PenstockError) else str(value),
)
def test_each_error_has_its_status_and_its_code(error: PenstockError, status: int, code: str) -> None:
    refusal = of_error(error)
    assert (refusal.status, refusal.code, refusal.sentence) == (status, code, "x")


def test_only_the_first_reason_leaves_the_plant_and_not_whether_an_asset_exists() -> None:
    unknown = Reason(RuleId("a/1"), "unknown_asset", "There is no such asset.")
    other = Reason(RuleId("b/1"), "no_contract", "The contract does not name it.")
    assert of_decision(Deny((unknown, other))).code == of_decision(Deny((other,))).code == "not_available"


def test_a_decision_that_is_no_denial_but_filed_nothing_says_so() -> None:
    assert of_decision(Allow((), PERMIT, CLOSES)).code == "no_conduit"
